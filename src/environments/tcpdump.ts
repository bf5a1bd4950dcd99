/** How tcpdump is told what to capture, and what it says of it: the same on this host and in containers. */
import type { WirePlace } from './capture.js';

/** No segment is longer, however much a device puts into one. */
const SNAPSHOT_BYTES = 65_535;
/** In KiB. The ring of the kernel has slots of the size of a snapshot: with what is usual it had eight, and dropped what came at once. */
const BUFFER_KIB = 32_768;

/** Packets are written as they come and whole. `asRoot`: it would choose another user, who may not write there. */
export function tcpdumpArgs(
  { ip, port }: WirePlace,
  { device, file, asRoot }: { readonly device: string; readonly file: string; readonly asRoot: boolean },
): readonly string[] {
  return [
    ...['-i', device, '-n', '-s', String(SNAPSHOT_BYTES), '-B', String(BUFFER_KIB), '-U', '--immediate-mode'],
    ...(asRoot ? ['-Z', 'root'] : []),
    ...['-w', file, `tcp and host ${ip} and port ${port}`],
  ];
}

/** All devices of a network namespace, each packet with the kind of its device: what travels on loopback is told apart. */
export const ANY_DEVICE = 'any';

export function isListening(log: string): boolean {
  return log.includes('listening on ');
}

/** From its last words; none when it was not let finish. */
export function droppedPackets(log: string): number | undefined {
  const dropped = /^(\d+) packets? dropped by kernel$/m.exec(log)?.[1];
  return dropped === undefined ? undefined : Number(dropped);
}
