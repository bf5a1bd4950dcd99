/**
 * Looks at the wire of one pod: a container that is added to the running pod, in its network namespace and with the capabilities that
 * tcpdump needs. It stays, waiting, until the pod goes: such containers cannot be taken away.
 */
import { KubeError } from '../../kube/kube.js';
import type { Pod } from '../../mesh/driver.js';
import type { Json, KubeObject } from '../../smi/model.js';
import { CannotCapture, type WireCapture } from '../capture.js';
import { ANY_DEVICE, droppedPackets, tcpdumpArgs } from '../tcpdump.js';
import type { PodGround } from './cluster-pod.js';
import { rootWith, TMP_MOUNT } from './pod-manifest.js';
import { wordsOf } from './refusals.js';

const CONTAINER = 'wire';
const START_DEADLINE_MS = 60_000;
const EXEC_TIMEOUT_MS = 30_000;
/** The API, or a policy in it, does not let us. */
const REFUSALS = [400, 403, 404, 405, 422];

/** Waits until tcpdump listens or has ended. The first argument begins the names of its files, the rest are its own. */
const START = `
wire=$1; shift
(
  sh -c 'echo $$ >"$0.pid"; exec tcpdump "$@"' "$wire" "$@" 2>"$wire.log"
  echo "exit $?" >>"$wire.log"
) </dev/null >/dev/null 2>&1 &
until grep -qE '^exit |listening on ' "$wire.log" 2>/dev/null; do sleep 0.05; done
cat "$wire.log" >&2
! grep -q '^exit ' "$wire.log"
`;
/** All that was captured until now, and the last words of tcpdump, which come when it has written everything. */
const STOP = `
wire=$1
kill -TERM "$(cat "$wire.pid")"
for turn in $(seq 200); do grep -q '^exit ' "$wire.log" && break; sleep 0.05; done
cat "$wire.log" >&2
base64 -w 0 "$wire.pcap"
rm -f "$wire".*
`;

export class PodWire {
  readonly #ground: PodGround;
  readonly #pod: Pod;
  #container: Promise<void> | undefined;
  #captures = 0;

  constructor(ground: PodGround, pod: Pod) {
    this.#ground = ground;
    this.#pod = pod;
  }

  /** @throws CannotCapture where the cluster, or somebody's policy in it, does not let us */
  async capture(port: number): Promise<WireCapture> {
    await (this.#container ??= this.#addContainer());
    const wire = `/tmp/wire-${++this.#captures}`;
    const args = tcpdumpArgs({ ip: this.#pod.ip, port }, { device: ANY_DEVICE, file: `${wire}.pcap`, asRoot: true });
    const started = await this.#run(START, wire, ...args);
    if (started.exitCode !== 0)
      throw new CannotCapture(`tcpdump in pod ${this.#pod.name}: ${lastLine(started.stderr)}`);
    return {
      stop: async () => {
        const { stdout, stderr } = await this.#run(STOP, wire);
        const dropped = droppedPackets(stderr);
        if (dropped === undefined)
          throw new CannotCapture(`tcpdump in pod ${this.#pod.name} did not end in order: ${lastLine(stderr)}`);
        return { pcap: Buffer.from(stdout, 'base64'), dropped };
      },
    };
  }

  async #addContainer(): Promise<void> {
    const { cluster, images, pods, signal } = this.#ground;
    const { namespace, name } = this.#pod;
    if (images.shell === undefined) throw new CannotCapture('no image with tcpdump is known');
    const patch = { spec: { ephemeralContainers: [wireContainer(images.shell)] } };
    await this.#allowed(() =>
      cluster.kube.patch({ apiVersion: 'v1', kind: 'Pod', namespace, name }, patch, 'ephemeralcontainers'),
    );
    let state: ContainerState | undefined;
    const isSettled = (): boolean => {
      state = stateOf(pods.get(namespace, name));
      return state?.running !== undefined || state?.terminated !== undefined;
    };
    if ((await pods.until(isSettled, { deadlineMs: START_DEADLINE_MS, signal })) && state?.running !== undefined)
      return;
    throw new CannotCapture(`container ${CONTAINER} of pod ${name} does not run: ${JSON.stringify(state ?? 'unseen')}`);
  }

  async #run(
    script: string,
    ...args: readonly string[]
  ): Promise<{ stdout: string; stderr: string; exitCode: number }> {
    const { namespace, name: pod } = this.#pod;
    return this.#allowed(() =>
      this.#ground.cluster.kube.exec(
        { namespace, pod, container: CONTAINER },
        ['sh', '-c', script, CONTAINER, ...args],
        { timeoutMs: EXEC_TIMEOUT_MS },
      ),
    );
  }

  async #allowed<Result>(call: () => Promise<Result>): Promise<Result> {
    try {
      return await call();
    } catch (error) {
      if (error instanceof KubeError && REFUSALS.includes(error.status)) throw new CannotCapture(wordsOf(error));
      throw error;
    }
  }
}

function wireContainer(image: string): Json {
  return {
    name: CONTAINER,
    image,
    imagePullPolicy: 'IfNotPresent',
    command: ['sleep', 'infinity'],
    // It becomes the user that it is already, which takes the other two.
    securityContext: rootWith('NET_RAW', 'SETUID', 'SETGID'),
    volumeMounts: [TMP_MOUNT],
  };
}

interface ContainerState {
  readonly running?: unknown;
  readonly waiting?: unknown;
  readonly terminated?: unknown;
}

function stateOf(pod: KubeObject | undefined): ContainerState | undefined {
  const status = pod?.['status'] as
    | { readonly ephemeralContainerStatuses?: readonly { readonly name: string; readonly state?: ContainerState }[] }
    | undefined;
  return status?.ephemeralContainerStatuses?.find(({ name }) => name === CONTAINER)?.state;
}

/** Of tcpdump itself: how it ended was added by us. */
function lastLine(text: string): string {
  const lines = text.split('\n').filter((line) => line !== '' && !/^exit \d+$/.test(line));
  return lines.at(-1) ?? 'it said nothing';
}
