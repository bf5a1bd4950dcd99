/** What the containers of a pod are made of. Pure: the files and the engine are somebody else's. */
import { randomBytes } from 'node:crypto';
import { basename, join } from 'node:path';
import type { AgentConfig, ListenAddress } from '../../../fixtures/agent/protocol.js';
import { HarnessError } from '../../errors/harness-error.js';
import { type Pod, type PodPlan, type PodPort, type Sidecar, portKey } from '../../mesh/driver.js';
import { iptablesRules } from '../redirection.js';
import { ANY_DEVICE, tcpdumpArgs } from '../tcpdump.js';
import type { ContainerSpec } from './container.js';

const AGENT_FILE = 'agent.json';
const RULES_FILE = 'redirect.rules';
const CONTROL_SOCKET = 'c.sock';
/** Printed by the container that holds the network namespace once the rules are in force. */
export const HOLDER_READY = 'ready';

export interface PodImages {
  readonly agent: string;
  /** Holds `sh`, `sleep` and `iptables-restore`. */
  readonly shell: string;
}

/** A container without its place in the network, which depends on what runs already. */
export type Blueprint = Omit<ContainerSpec, 'place'>;

/** What runs when no mesh has a say: the app on every address of the pod, and nothing beside it. */
export function containerPlan(pod: Pod): PodPlan {
  return { pod, listen: new Map(pod.ports.map((port) => [portKey(port), listenEverywhere(port)])), sidecars: [] };
}

function listenEverywhere({ port, protocol }: PodPort): ListenAddress {
  return { kind: protocol === 'udp' ? 'udp' : 'tcp', host: '0.0.0.0', port };
}

export function agentConfig({ pod, listen }: PodPlan): AgentConfig {
  return {
    pod: pod.name,
    namespace: pod.namespace,
    serviceAccount: pod.serviceAccount,
    token: randomBytes(16).toString('hex'),
    control: { kind: 'unix', path: join(pod.dir, CONTROL_SOCKET) },
    ports: pod.ports.map((port) => ({
      port: port.port,
      protocol: port.protocol,
      listen: listen.get(portKey(port)) ?? listenEverywhere(port),
    })),
  };
}

/** The files of a pod, by their path in its folder. */
export function podFiles({ redirection, sidecars }: PodPlan, config: AgentConfig): ReadonlyMap<string, string> {
  return new Map([
    [AGENT_FILE, JSON.stringify(config, undefined, 2)],
    ...(redirection === undefined ? [] : [[RULES_FILE, iptablesRules(redirection)] as const]),
    ...sidecars.flatMap(({ files }) => files.map(({ path, content }) => [path, content] as const)),
  ]);
}

/** Holds the network namespace. The rules of redirection are in force before anything else of the pod runs. */
export function holderContainer({ pod, redirection }: PodPlan, runId: string, images: PodImages): Blueprint {
  const steps = [
    ...(redirection === undefined ? [] : [`iptables-restore --noflush < ${RULES_FILE}`]),
    `echo ${HOLDER_READY}`,
    'exec sleep infinity',
  ];
  return {
    ...describe(pod, runId, 'network'),
    image: images.shell,
    entrypoint: ['/bin/sh'],
    args: ['-c', steps.join(' && ')],
    user: '0',
    capabilities: redirection === undefined ? [] : ['NET_ADMIN', 'NET_RAW'],
  };
}

/** `user`: must be able to write into the pod's folder, and leave there sockets that this process may open. */
export function agentContainer(pod: Pod, runId: string, images: PodImages, user: string | undefined): Blueprint {
  return {
    ...describe(pod, runId, 'agent'),
    image: images.agent,
    args: [join(pod.dir, AGENT_FILE)],
    ...(user !== undefined && { user }),
  };
}

export function sidecarContainer(pod: Pod, runId: string, sidecar: Sidecar): Blueprint {
  const { image, userId, env } = sidecar;
  if (image === undefined) {
    throw new HarnessError({
      code: 'E_DRIVER_CONTRACT',
      message: `the mesh names no image for ${sidecar.name} of pod ${pod.namespace}/${pod.name}`,
      hint: 'a driver that supports containers says in which image each sidecar is',
    });
  }
  return {
    ...describe(pod, runId, sidecar.name),
    image,
    entrypoint: [sidecar.command],
    args: sidecar.args,
    ...(env && { env }),
    ...(userId !== undefined && { user: String(userId) }),
  };
}

/** Looks at the wire of a pod from within its network namespace, and writes what it sees into the pod's folder. */
export function wireContainer(
  pod: Pod,
  runId: string,
  images: PodImages,
  { name, port }: { readonly name: string; readonly port: number },
): Blueprint {
  const file = join(pod.dir, `${name}.pcap`);
  return {
    ...describe(pod, runId, name),
    image: images.shell,
    entrypoint: ['tcpdump'],
    args: tcpdumpArgs({ ip: pod.ip, port }, { device: ANY_DEVICE, file, asRoot: true }),
    user: '0',
    capabilities: ['NET_RAW', 'SETUID', 'SETGID'],
  };
}

function describe(
  pod: Pod,
  runId: string,
  name: string,
): Pick<Blueprint, 'name' | 'fullName' | 'runId' | 'dir' | 'logFile'> {
  return {
    name,
    // The folder's name begins with a number: namesakes in two namespaces, or one after the other, stay apart.
    fullName: `meshgauge-${runId}-${basename(pod.dir)}-${name}`,
    runId,
    dir: pod.dir,
    logFile: join(pod.dir, `${name}.log`),
  };
}
