/** One pod of a plan as Kubernetes objects. */
import type { AgentConfig, ListenAddress } from '../../../fixtures/agent/protocol.js';
import { HarnessError } from '../../errors/harness-error.js';
import { type Pod, type PodPlan, type PodPort, type Sidecar, portKey } from '../../mesh/driver.js';
import type { Json, KubeObject } from '../../smi/model.js';
import { iptablesRules } from '../redirection.js';

/** Where a pod's private files are, as its programs see them. */
export const POD_DIR = '/etc/meshgauge/pod';
/** Where the agent takes orders, on the pod's own loopback only. */
export const CONTROL_PORT = 15_999;
export const AGENT = 'agent';
const REDIRECT = 'redirect';

const AGENT_USER_ID = 65_532;
const AGENT_FILE = 'agent.json';
const RULES_FILE = 'redirect.rules';
const RESOURCES = { requests: { cpu: '10m', memory: '32Mi' } };

export interface PodImages {
  readonly agent: string;
  /** Holds `iptables-restore`. */
  readonly shell?: string;
}

export interface PodManifestOptions {
  readonly images: PodImages;
  readonly labels: Readonly<Record<string, string>>;
  readonly token: string;
  /** Never used twice: what a node remembers of an earlier pod of the same name must not come back. */
  readonly secretName: string;
}

/** What runs when no mesh has a say: the app on every address of the pod, which nobody knows yet, and nothing beside it. */
export function clusterPlan(pod: Pod): PodPlan {
  return { pod, listen: new Map(pod.ports.map((port) => [portKey(port), listenEverywhere(port)])), sidecars: [] };
}

export function agentConfig({ pod, listen }: PodPlan, token: string): AgentConfig {
  return {
    pod: pod.name,
    namespace: pod.namespace,
    serviceAccount: pod.serviceAccount,
    token,
    control: { kind: 'tcp', host: '127.0.0.1', port: CONTROL_PORT },
    ports: pod.ports.map((port) => ({
      port: port.port,
      protocol: port.protocol,
      listen: listen.get(portKey(port)) ?? listenEverywhere(port),
    })),
  };
}

export function serviceAccountManifest(
  namespace: string,
  name: string,
  labels: Readonly<Record<string, string>>,
): KubeObject {
  return { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace, labels } };
}

/** The files of a pod. A key of a Secret is no path: the pod says where each goes. */
export function secretManifest(plan: PodPlan, options: PodManifestOptions): KubeObject {
  const files = podFiles(plan, options.token);
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: options.secretName, namespace: plan.pod.namespace, labels: options.labels },
    stringData: Object.fromEntries(files.map(({ content }, index) => [`file-${index}`, content])),
  };
}

export function podManifest(plan: PodPlan, options: PodManifestOptions): KubeObject {
  const { pod, sidecars, redirection } = plan;
  const marks = { 'meshgauge.dev/pod': pod.name, 'meshgauge.dev/service-account': pod.serviceAccount };
  const items = podFiles(plan, options.token).map(({ path, mode }, index) => ({ key: `file-${index}`, path, mode }));
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: pod.name,
      namespace: pod.namespace,
      labels: { ...options.labels, ...pod.labels, ...marks, ...plan.labels },
      ...(plan.annotations && { annotations: plan.annotations }),
    },
    spec: {
      serviceAccountName: pod.serviceAccount,
      // A dead agent shall be seen, not replaced: its successor would know nothing of what came before.
      restartPolicy: 'Never',
      enableServiceLinks: false,
      terminationGracePeriodSeconds: 1,
      ...(pod.ports.some(({ port }) => port < 1024) && { securityContext: lowPorts() }),
      ...(redirection && { initContainers: [redirectContainer(pod, options.images)] }),
      containers: [agentContainer(pod, options.images), ...sidecars.map((sidecar) => sidecarContainer(pod, sidecar))],
      volumes: [
        { name: 'meshgauge-pod', secret: { secretName: options.secretName, items } },
        { name: 'meshgauge-tmp', emptyDir: {} },
      ],
    },
  };
}

function agentContainer(pod: Pod, images: PodImages): Json {
  return {
    name: AGENT,
    image: images.agent,
    imagePullPolicy: 'IfNotPresent',
    args: [`${POD_DIR}/${AGENT_FILE}`],
    ports: pod.ports.map(({ name, port, protocol }) => ({
      name,
      containerPort: port,
      protocol: protocol === 'udp' ? 'UDP' : 'TCP',
    })),
    resources: RESOURCES,
    securityContext: restricted(AGENT_USER_ID),
    volumeMounts: mounts(),
  };
}

function sidecarContainer(pod: Pod, sidecar: Sidecar): Json {
  const { name, image, command, args, env = {}, userId } = sidecar;
  if (image === undefined) throw incomplete(pod, `its sidecar ${name} has no image`);
  return {
    name,
    image,
    imagePullPolicy: 'IfNotPresent',
    command: [command],
    args,
    env: Object.entries(env).map(([key, value]) => ({ name: key, value })),
    resources: RESOURCES,
    securityContext: restricted(userId ?? AGENT_USER_ID),
    volumeMounts: mounts(),
  };
}

/** Ends before the agent starts, so that not one connection goes past the proxy. */
function redirectContainer(pod: Pod, images: PodImages): Json {
  if (images.shell === undefined)
    throw incomplete(pod, 'its connections shall be redirected, but no image with iptables is known');
  return {
    name: REDIRECT,
    image: images.shell,
    imagePullPolicy: 'IfNotPresent',
    command: ['iptables-restore'],
    args: ['--noflush', `${POD_DIR}/${RULES_FILE}`],
    resources: RESOURCES,
    securityContext: rootWith('NET_ADMIN', 'NET_RAW'),
    // iptables writes a lock below /run.
    volumeMounts: [...mounts(), { name: 'meshgauge-tmp', mountPath: '/run' }],
  };
}

/** For what works on the pod's network: root with these capabilities and no other. */
export function rootWith(...capabilities: readonly string[]): Json {
  return {
    runAsUser: 0,
    runAsGroup: 0,
    runAsNonRoot: false,
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'], add: capabilities },
  };
}

function restricted(userId: number): Json {
  return {
    runAsUser: userId,
    runAsGroup: userId,
    runAsNonRoot: userId !== 0,
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
    seccompProfile: { type: 'RuntimeDefault' },
  };
}

/** Where every program of a pod may write. */
export const TMP_MOUNT = { name: 'meshgauge-tmp', mountPath: '/tmp' };

function mounts(): readonly Json[] {
  return [{ name: 'meshgauge-pod', mountPath: POD_DIR, readOnly: true }, TMP_MOUNT];
}

/** Lets users other than root listen on all ports of this pod; one of the settings that every cluster holds safe. */
function lowPorts(): Json {
  return { sysctls: [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '0' }] };
}

interface PodFile {
  readonly path: string;
  readonly content: string;
  readonly mode: number;
}

/** Readable for all users of the pod, because each of its programs may have one of its own. */
function podFiles(plan: PodPlan, token: string): readonly PodFile[] {
  const { pod, sidecars, redirection } = plan;
  const config = JSON.stringify(agentConfig(plan, token), undefined, 2);
  const own = [
    { path: AGENT_FILE, content: config, mode: 0o444 },
    ...(redirection ? [{ path: RULES_FILE, content: iptablesRules(redirection), mode: 0o444 }] : []),
  ];
  const others = sidecars.flatMap(({ files }) =>
    files.map(({ path, content, mode = 0 }) => ({ path, content, mode: mode | 0o444 })),
  );
  const outside = others.find(({ path }) => path.startsWith('/') || path.split('/').includes('..'));
  if (outside !== undefined) throw incomplete(pod, `${outside.path} lies outside its folder`);
  return [...own, ...others];
}

function listenEverywhere({ port, protocol }: PodPort): ListenAddress {
  return { kind: protocol === 'udp' ? 'udp' : 'tcp', host: '0.0.0.0', port };
}

function incomplete(pod: Pod, what: string): HarnessError {
  return new HarnessError({
    code: 'E_POD_START',
    message: `pod ${pod.namespace}/${pod.name} cannot be made: ${what}`,
    hint: 'a driver must say of everything it puts into a pod of a cluster where it comes from',
  });
}
