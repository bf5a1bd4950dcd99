/** Whoever had something first gives its account to whoever has it later. */
import type { FaultHooks } from '../fault.js';

export function firstAccountBy(keyOf: (proxyId: string, address: string) => string): Pick<FaultHooks, 'certified'> {
  const first = new Map<string, string>();
  return {
    certified: ({ namespace, serviceAccount }, proxyId, address) => {
      const key = keyOf(proxyId, address);
      const account = first.get(key) ?? serviceAccount;
      first.set(key, account);
      return { namespace, serviceAccount: account };
    },
  };
}
