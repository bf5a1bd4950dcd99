import type { RequestSpec } from '../../fixtures/agent/protocol.js';

/** A request of an arm in k6's words. */
export function k6RequestOf({ host, port, path = '/', authority, headers = [] }: RequestSpec): {
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
} {
  return {
    target: `http://${host}:${port}${path}`,
    headers: { ...Object.fromEntries(headers), ...(authority && { host: authority }) },
  };
}
