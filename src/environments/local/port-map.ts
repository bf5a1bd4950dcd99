import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { HarnessError } from '../../errors/harness-error.js';
import type { PortKey } from '../../mesh/driver.js';
import { type PortHolder, findPortHolder } from './port-holder.js';

/** Tried in this order when the user gave no offset. */
export const AUTOMATIC_OFFSETS: readonly number[] = [0, 10_000, 20_000, 30_000];

/** Why a port cannot be bound: somebody listens on every address, or the number is reserved to root. */
export interface PortConflict {
  readonly key: PortKey;
  readonly address: string;
  readonly physicalPort: number;
  readonly reason: string;
  readonly holder?: PortHolder;
}

/** Tries to bind every port, moved by `offset`, on `address`; answers those that cannot be bound. */
export async function portConflicts(
  address: string,
  keys: readonly PortKey[],
  offset: number,
): Promise<readonly PortConflict[]> {
  const conflicts = await Promise.all(keys.map((key) => findConflict(address, key, offset)));
  return conflicts.filter((conflict) => conflict !== undefined);
}

/** E_PORT_IN_USE for all of the conflicts at once. */
export function portInUseError(conflicts: readonly PortConflict[], tried: readonly number[]): HarnessError {
  const list = conflicts.map(describeConflict).join('; ');
  return new HarnessError({
    code: 'E_PORT_IN_USE',
    message: `ports cannot be bound with an offset of ${tried.join(', ')}: ${list}`,
    hint: 'choose an offset that moves all ports to free ones, for example `--port-offset 21000`, or end the program that holds them',
  });
}

/**
 * From the port numbers that evidence shows to the numbers really bound: usually the same, moved by an offset where this
 * host already uses one. TCP and UDP of one number move together. Once given, an answer stays for the whole run.
 */
export class PortMap {
  readonly #address: string;
  readonly #offsets: readonly number[];
  readonly #physical = new Map<number, number>();
  #queue: Promise<unknown> = Promise.resolve();

  /** `address`: a loopback address for trials; `offset`: the user's choice, otherwise automatic. */
  constructor(address: string, offset?: number) {
    this.#address = address;
    this.#offsets = offset === undefined ? AUTOMATIC_OFFSETS : [offset];
  }

  /** The physical port of each key. New ports of one call get the first offset that suits all of them. */
  async reserve(keys: readonly PortKey[]): Promise<ReadonlyMap<PortKey, number>> {
    const reserved = this.#queue.then(() => this.#reserveNew(keys));
    this.#queue = reserved.catch(() => undefined);
    await reserved;
    return new Map(keys.map((key) => [key, this.physical(portNumber(key))]));
  }

  /** The physical port of a port that was reserved before. */
  physical(port: number): number {
    const physical = this.#physical.get(port);
    if (physical === undefined) throw new Error(`port ${port} was never reserved`);
    return physical;
  }

  async #reserveNew(keys: readonly PortKey[]): Promise<void> {
    const ports = [...new Set(keys.map(portNumber))].filter((port) => !this.#physical.has(port));
    const bothTransports = ports.flatMap((port): PortKey[] => [`tcp/${port}`, `udp/${port}`]);
    const conflicts: PortConflict[] = [];
    for (const offset of this.#offsets) {
      const found = [
        ...this.#doublyUsed(ports, offset),
        ...(await portConflicts(this.#address, bothTransports, offset)),
      ];
      conflicts.push(...found);
      if (found.length > 0) continue;
      for (const port of ports) this.#physical.set(port, port + offset);
      return;
    }
    throw portInUseError(conflicts, this.#offsets);
  }

  /** Two logical ports must not meet on one physical port: 8080 moved by 10000 and a real 18080. */
  #doublyUsed(ports: readonly number[], offset: number): PortConflict[] {
    const used = new Set(this.#physical.values());
    const met = ports.filter((port) => used.has(port + offset));
    return met.map((port) => ({
      key: `tcp/${port}`,
      address: this.#address,
      physicalPort: port + offset,
      reason: 'another port of this run was moved there',
    }));
  }
}

async function findConflict(address: string, key: PortKey, offset: number): Promise<PortConflict | undefined> {
  const physicalPort = portNumber(key) + offset;
  if (physicalPort > 65_535) return { key, address, physicalPort, reason: 'there is no such port' };
  const errno = await tryBind(transportOf(key), address, physicalPort);
  if (errno === undefined) return undefined;
  const holder = errno === 'EADDRINUSE' ? await findPortHolder(transportOf(key), address, physicalPort) : undefined;
  return { key, address, physicalPort, reason: errno, ...(holder && { holder }) };
}

/** The errno of the failure, undefined when binding works. */
async function tryBind(transport: 'tcp' | 'udp', host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const fail = (error: NodeJS.ErrnoException): void => resolve(error.code ?? error.message);
    if (transport === 'tcp') {
      const server = createServer();
      server.once('error', fail);
      server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
    } else {
      const socket = createSocket('udp4');
      socket.once('error', (error) => socket.close(() => fail(error)));
      socket.bind({ address: host, port, exclusive: true }, () => socket.close(() => resolve(undefined)));
    }
  });
}

function describeConflict(conflict: PortConflict): string {
  const holder = conflict.holder && `, held by ${conflict.holder.program} (pid ${conflict.holder.pid})`;
  return `${transportOf(conflict.key)} ${conflict.address}:${conflict.physicalPort} ${conflict.reason}${holder ?? ''}`;
}

function transportOf(key: PortKey): 'tcp' | 'udp' {
  return key.startsWith('udp/') ? 'udp' : 'tcp';
}

function portNumber(key: PortKey): number {
  return Number(key.slice(4));
}
