/** Pods that do not exist, for proxies that are simulated. */
import type { SimulatedPod } from '../mesh/driver.js';

/** 198.18.0.0/15 is kept for benchmarks (RFC 2544): no network has it. */
const FIRST_ADDRESS = { high: 198, low: 18 };
export const MOST_CLIENTS = 2 * 254 * 254;

/** Pods number `from` to `to`, all of one service account; each looks like a small web server. */
export function makeClients(namespace: string, from: number, to: number): readonly SimulatedPod[] {
  return Array.from({ length: to - from }, (_, offset): SimulatedPod => {
    const index = from + offset;
    return {
      name: `client-${index}`,
      namespace,
      serviceAccount: 'client',
      labels: { app: 'client' },
      meshed: true,
      ports: [{ name: 'http', port: 8080, protocol: 'http' }],
      ip: addressOf(index),
    };
  });
}

function addressOf(index: number): string {
  const { high, low } = FIRST_ADDRESS;
  const [block, rest] = [Math.floor(index / (254 * 254)), index % (254 * 254)];
  return `${high}.${low + block}.${1 + Math.floor(rest / 254)}.${1 + (rest % 254)}`;
}
