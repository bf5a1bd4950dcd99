import { createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import { RUN_LABEL } from '../../kube/cluster.js';
import { type ContainerHandle, type Docker, engineError, isGone } from './engine.js';

const TAIL_BYTES = 4_096;
const TAIL_LINES = 20;

/** Where a container is in the network: on an address of its own, or in the network namespace of another container. */
export type Place = { readonly network: string; readonly ip: string } | { readonly beside: Container };

export interface ContainerSpec {
  /** Its name in messages. */
  readonly name: string;
  /** Its name in the engine. */
  readonly fullName: string;
  readonly runId: string;
  readonly image: string;
  /** Replaces the program of the image. */
  readonly entrypoint?: readonly string[];
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** `uid` or `uid:gid`; default: the image's. */
  readonly user?: string;
  readonly capabilities?: readonly string[];
  readonly place: Place;
  /** A folder of this host that is in the container under the same path. */
  readonly dir: string;
  /** Gets stdout and stderr. */
  readonly logFile: string;
}

export interface ContainerExit {
  /** Unknown when the engine did not answer any more. */
  readonly code: number | null;
  /** False when it ended without having been told to. */
  readonly expected: boolean;
}

/** One running container, with no more rights than it was given. */
export class Container {
  readonly spec: ContainerSpec;
  readonly id: string;
  /** Resolves when it has ended and its log is written. */
  readonly exited: Promise<ContainerExit>;
  readonly #handle: ContainerHandle;
  #stopping = false;

  private constructor(spec: ContainerSpec, handle: ContainerHandle, ended: Promise<number | null>) {
    this.spec = spec;
    this.id = handle.id;
    this.#handle = handle;
    this.exited = ended.then((code) => ({ code, expected: this.#stopping }));
  }

  /** @throws HarnessError E_CONTAINER_ENGINE when the engine cannot start it */
  static async start(docker: Docker, spec: ContainerSpec): Promise<Container> {
    let handle: ContainerHandle | undefined;
    try {
      handle = await docker.createContainer(creation(spec));
      const log = await openLog(docker, handle, spec.logFile);
      await handle.start();
      return new Container(spec, handle, awaitEnd(handle, log.written));
    } catch (error) {
      await handle?.remove({ force: true, v: true }).catch(() => undefined);
      throw engineError(`container ${spec.fullName} could not be started`, error);
    }
  }

  /** Tells its program to end, waits until it has, and removes it. */
  async finish(): Promise<void> {
    this.#stopping = true;
    await this.#handle.kill({ signal: 'SIGTERM' }).catch((error: unknown) => {
      if (!isGone(error)) throw engineError(`container ${this.spec.fullName} could not be told to end`, error);
    });
    await this.exited;
    await this.remove();
  }

  /** Ends it at once and removes it. Its log stays. */
  async remove(): Promise<void> {
    this.#stopping = true;
    await this.#handle.remove({ force: true, v: true }).catch((error: unknown) => {
      if (!isGone(error)) throw engineError(`container ${this.spec.fullName} could not be removed`, error);
    });
    // The engine may forget the container before it answers how it ended.
    await this.exited;
  }

  /** The last lines of the log. */
  async logTail(): Promise<string> {
    await using log = await open(this.spec.logFile);
    const { size } = await log.stat();
    const start = Math.max(0, size - TAIL_BYTES);
    const { buffer, bytesRead } = await log.read(Buffer.alloc(size - start), 0, size - start, start);
    return buffer.toString('utf8', 0, bytesRead).trimEnd().split('\n').slice(-TAIL_LINES).join('\n');
  }
}

function creation(spec: ContainerSpec): Parameters<Docker['createContainer']>[0] {
  const { place } = spec;
  const network =
    'beside' in place
      ? { HostConfig: { NetworkMode: `container:${place.beside.id}` } }
      : {
          HostConfig: { NetworkMode: place.network },
          NetworkingConfig: { EndpointsConfig: { [place.network]: { IPAMConfig: { IPv4Address: place.ip } } } },
        };
  return {
    ...network,
    name: spec.fullName,
    Image: spec.image,
    Labels: { [RUN_LABEL]: spec.runId },
    ...(spec.entrypoint && { Entrypoint: [...spec.entrypoint] }),
    Cmd: [...spec.args],
    Env: Object.entries(spec.env ?? {}).map(([key, value]) => `${key}=${value}`),
    ...(spec.user !== undefined && { User: spec.user }),
    WorkingDir: spec.dir,
    HostConfig: {
      ...network.HostConfig,
      Binds: [`${spec.dir}:${spec.dir}:z`],
      CapDrop: ['ALL'],
      CapAdd: [...(spec.capabilities ?? [])],
      SecurityOpt: ['no-new-privileges'],
      ReadonlyRootfs: true,
      Tmpfs: { '/run': '', '/tmp': '' },
    },
  };
}

async function awaitEnd(handle: ContainerHandle, written: Promise<void>): Promise<number | null> {
  const ended = handle.wait() as Promise<{ StatusCode: number }>;
  const code = await ended.then(
    ({ StatusCode }) => StatusCode,
    () => null,
  );
  await written;
  return code;
}

/** Attached before the start, so that the first line is there as well; `written` once the container has said its last. */
async function openLog(
  docker: Docker,
  handle: ContainerHandle,
  file: string,
): Promise<{ readonly written: Promise<void> }> {
  const log = createWriteStream(file, { flags: 'a', mode: 0o600 });
  const output = await handle.attach({ stream: true, stdout: true, stderr: true });
  docker.modem.demuxStream(output, log, log);
  const written = finished(output, { writable: false })
    .catch(() => undefined)
    .then(async () => {
      log.end();
      await finished(log);
    });
  return { written };
}
