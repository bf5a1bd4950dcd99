/** Words of cases for what travels between pods. */
import type { Json } from '../smi/model.js';
import type { WireSummary } from '../wire/summarise.js';

/** A port of a pod, and the text that is looked for in what travels to and from it. */
export interface WatchedPort {
  readonly pod: string;
  readonly port: number;
  readonly marker: string;
}

/** What was seen, and how many packets the kernel could not hand over; or why nothing could be. */
export type WireFact = (WireSummary & { readonly dropped: number }) | { readonly impossible: string };

/** The name under which a case records it. */
export const wireFactName = ({ pod, port }: Pick<WatchedPort, 'pod' | 'port'>): string => `wire of ${pod}:${port}`;

/** Reads a fact back from evidence. */
export function asWireFact(value: Json | undefined): WireFact | undefined {
  return value === undefined ? undefined : (value as unknown as WireFact);
}
