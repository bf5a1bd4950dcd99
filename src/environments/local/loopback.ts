import { randomInt } from 'node:crypto';
import { type Server, createServer } from 'node:net';
import { HarnessError } from '../../errors/harness-error.js';

/** Addresses of one kind: a freed one comes back last, so that nobody meets the successor of a pod by accident. */
export class AddressPool {
  readonly #prefix: string;
  readonly #free: number[];
  readonly #taken = new Set<number>();

  /** Hands out `prefix.first` to `prefix.last`; `prefix` is the first three bytes. */
  constructor(prefix: string, first: number, last: number) {
    this.#prefix = prefix;
    this.#free = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  }

  /** The next free address, or the wanted one. */
  take(wanted?: string): string {
    const host = wanted === undefined ? this.#free.shift() : this.#takeWanted(wanted);
    if (host === undefined) {
      throw new HarnessError({
        code: 'E_ADDRESSES_EXHAUSTED',
        message: `all ${this.#taken.size} addresses of ${this.#prefix}.0/24 are in use`,
        hint: 'use fewer lanes (`--lanes N`)',
      });
    }
    this.#taken.add(host);
    return `${this.#prefix}.${host}`;
  }

  release(address: string): void {
    const host = hostOf(address);
    if (this.#taken.delete(host)) this.#free.push(host);
  }

  #takeWanted(wanted: string): number {
    const index = wanted.startsWith(`${this.#prefix}.`) ? this.#free.indexOf(hostOf(wanted)) : -1;
    if (index < 0) {
      throw new HarnessError({
        code: 'E_ADDRESS_TAKEN',
        message: `the address ${wanted} is in use or is none of ${this.#prefix}.0/24`,
        hint: 'stop the pod that has it first',
      });
    }
    this.#free.splice(index, 1);
    return hostOf(wanted);
  }
}

/** Two neighbouring /24 networks of this host's loopback that belong to one run: the first for pods, the second for services. */
export interface LoopbackBlock extends AsyncDisposable {
  /** For people: `127.A.B.0/23`. */
  readonly network: string;
  /** An address of the block that is neither a pod's nor a service's. */
  readonly ownAddress: string;
  readonly pods: AddressPool;
  readonly services: AddressPool;
}

/** Takes a block that no other run on this host has; it is free again when disposed of, or when this process ends. */
export async function claimLoopbackBlock(): Promise<LoopbackBlock> {
  for (let attempt = 0; attempt < 64; attempt++) {
    const a = randomInt(64, 128);
    const b = 2 * randomInt(0, 128);
    const lock = await lockBlock(`127.${a}.${b}`);
    if (lock === undefined) continue;
    return {
      network: `127.${a}.${b}.0/23`,
      ownAddress: `127.${a}.${b}.1`,
      pods: new AddressPool(`127.${a}.${b}`, 10, 254),
      services: new AddressPool(`127.${a}.${b + 1}`, 1, 254),
      [Symbol.asyncDispose]: () => new Promise((resolve) => lock.close(() => resolve())),
    };
  }
  throw new HarnessError({
    code: 'E_LOOPBACK_BLOCK',
    message: 'no free block of loopback addresses was found in 127.64.0.0/10',
    hint: 'end other runs of meshgauge on this host',
  });
}

/**
 * The lock is a socket in the abstract namespace: like the loopback addresses it belongs to the network namespace,
 * no other program's port can be in its way, and the kernel drops it with the process.
 */
async function lockBlock(block: string): Promise<Server | undefined> {
  const server = createServer((socket) => socket.destroy());
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error),
    );
    server.listen(`\0meshgauge/${block}`, () => {
      server.unref();
      resolve(server);
    });
  });
}

function hostOf(address: string): number {
  return Number(address.slice(address.lastIndexOf('.') + 1));
}
