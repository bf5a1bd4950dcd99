/** The proxy beside an app: where the app listens, and how the proxy is started and known to be ready. */
import { join } from 'node:path';
import type { ListenAddress } from '../../fixtures/agent/protocol.js';
import { HarnessError } from '../../src/errors/harness-error.js';
import {
  portKey,
  type Pod,
  type PodPort,
  type PortKey,
  type Redirection,
  type Sidecar,
} from '../../src/mesh/driver.js';
import { isLive } from './admin.js';
import { ENVOY_FLAGS } from './envoy/bootstrap.js';
import { ANY_ADDRESS, LOOPBACK } from './resources/common.js';
import { PROXY_PORTS } from './resources/proxy.js';
import type { BootstrapJson } from './xds/gen/envoy/config/bootstrap/v3/bootstrap_pb.js';

const BOOTSTRAP_FILE = 'envoy.json';
/** One poll of readiness waits no longer than this for outstanding acknowledgements. */
const ANSWER_TIMEOUT_MS = 500;
/** The kernel's limit for the path of a Unix socket, without its terminating zero. */
const MAX_SOCKET_PATH = 107;

/** Streams move behind Unix sockets; datagrams, which a proxy cannot send there, to a port of the pod that nothing advertises. */
export function moveApp(pod: Pod): ReadonlyMap<PortKey, ListenAddress> {
  return new Map(
    pod.ports.map((port, index): [PortKey, ListenAddress] => [
      portKey(port),
      port.protocol === 'udp'
        ? { kind: 'udp', host: pod.ip, port: PROXY_PORTS.firstApp + index }
        : { kind: 'unix', path: socketPath(pod, `${port.port}.sock`) },
    ]),
  );
}

/** The user of a proxy that connections are redirected to: its own are spared. */
export const PROXY_USER_ID = 1337;

export const REDIRECTION: Redirection = {
  inboundPort: PROXY_PORTS.inbound,
  outboundPort: PROXY_PORTS.outbound,
  proxyUserId: PROXY_USER_ID,
  openPorts: [PROXY_PORTS.udpTunnel],
};

/** Streams stay where they are, since they are redirected; datagrams, which are not, are taken on loopback only. */
export function redirectedListen(pod: Pick<Pod, 'ports'>): ReadonlyMap<PortKey, ListenAddress> {
  return new Map(pod.ports.map((port, index) => [portKey(port), redirectedAddress(port, index)]));
}

function redirectedAddress({ port, protocol }: PodPort, index: number): ListenAddress {
  if (protocol === 'udp') return { kind: 'udp', host: LOOPBACK, port: PROXY_PORTS.firstApp + index };
  return { kind: 'tcp', host: ANY_ADDRESS, port };
}

export function adminSocket(pod: Pod): string {
  return socketPath(pod, 'a.sock');
}

/** The Envoy to run: a file of this host, or a command of an image. */
export interface EnvoyProgram {
  readonly command: string;
  readonly image?: string;
  readonly userId?: number;
}

export function envoySidecar(
  pod: Pod,
  { command, ...container }: EnvoyProgram,
  envoy: { readonly bootstrap: BootstrapJson; hasAnswered(timeoutMs: number): Promise<boolean> },
): Sidecar {
  return {
    name: 'envoy',
    command,
    args: ['-c', join(pod.dir, BOOTSTRAP_FILE), ...ENVOY_FLAGS],
    ...container,
    files: [{ path: BOOTSTRAP_FILE, content: JSON.stringify(envoy.bootstrap), mode: 0o600 }],
    ready: async () => (await isLive(adminSocket(pod))) && envoy.hasAnswered(ANSWER_TIMEOUT_MS),
  };
}

function socketPath(pod: Pod, file: string): string {
  const path = join(pod.dir, file);
  if (Buffer.byteLength(path) <= MAX_SOCKET_PATH) return path;
  throw new HarnessError({
    code: 'E_SOCKET_PATH',
    message: `the path of a Unix socket is too long (${Buffer.byteLength(path)} of at most ${MAX_SOCKET_PATH} bytes): ${path}`,
    hint: 'point TMPDIR to a shorter folder',
  });
}
