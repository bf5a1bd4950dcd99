/** Pods and services of a Kubernetes API in the words of the harness. */
import { z } from 'zod';
import type { AppProtocol } from '../../../fixtures/agent/protocol.js';
import type { Pod, Service } from '../../../src/mesh/driver.js';
import type { KubeObject } from '../../../src/smi/model.js';
import { PROXY_ANNOTATION } from './control-protocol.js';

const Texts = z.record(z.string(), z.string()).default({});
const Metadata = z.object({
  name: z.string(),
  namespace: z.string(),
  labels: Texts,
  annotations: Texts,
  deletionTimestamp: z.string().optional(),
});

const ContainerPort = z.object({
  name: z.string().default(''),
  containerPort: z.number(),
  protocol: z.string().default('TCP'),
});
const KubePod = z.object({
  metadata: Metadata,
  spec: z.object({
    serviceAccountName: z.string().default('default'),
    containers: z.array(z.object({ ports: z.array(ContainerPort).default([]) })).default([]),
  }),
  status: z.object({ phase: z.string().default(''), podIP: z.string().default('') }).default({ phase: '', podIP: '' }),
});

const KubeServicePort = z.object({
  name: z.string().optional(),
  port: z.number(),
  targetPort: z.union([z.number(), z.string()]).optional(),
  protocol: z.string().default('TCP'),
  appProtocol: z.string().default(''),
});
const KubeService = z.object({
  metadata: Metadata,
  spec: z.object({
    selector: Texts,
    clusterIP: z.string().optional(),
    ports: z.array(KubeServicePort).default([]),
  }),
});

/** A pod with a proxy that can be called now; undefined for every other one. */
export function toPod(object: KubeObject): Pod | undefined {
  const { metadata, spec, status } = KubePod.parse(object);
  const isCallable = status.phase === 'Running' && status.podIP !== '' && metadata.deletionTimestamp === undefined;
  if (!isCallable || metadata.annotations[PROXY_ANNOTATION] === undefined) return undefined;
  return {
    name: metadata.name,
    namespace: metadata.namespace,
    serviceAccount: spec.serviceAccountName,
    labels: metadata.labels,
    meshed: true,
    ports: spec.containers.flatMap(({ ports }) =>
      ports.map(({ name, containerPort, protocol }) => ({
        name,
        port: containerPort,
        protocol: readProtocol(protocol, name),
      })),
    ),
    ip: status.podIP,
    dir: '',
    physicalPorts: new Map(),
  };
}

/** The id of a pod's proxy, whatever state the pod is in. */
export function proxyIdOf(object: KubeObject): string | undefined {
  return KubePod.parse(object).metadata.annotations[PROXY_ANNOTATION];
}

/** A service; a port whose target is a name stands for the port of the same number. */
export function toService(object: KubeObject): Service {
  const { metadata, spec } = KubeService.parse(object);
  const { clusterIP = 'None' } = spec;
  return {
    name: metadata.name,
    namespace: metadata.namespace,
    selector: spec.selector,
    ports: spec.ports.map(({ name, port, targetPort, protocol, appProtocol }) => ({
      ...(name === undefined ? {} : { name }),
      port,
      targetPort: typeof targetPort === 'number' ? targetPort : port,
      protocol: readProtocol(protocol, appProtocol === '' ? (name ?? '') : appProtocol),
    })),
    ...(clusterIP === '' || clusterIP === 'None' ? {} : { clusterIP }),
    physicalPorts: new Map(),
  };
}

/** As meshes read it: the application protocol, or the first word of the port's name; anything else is a stream of bytes. */
function readProtocol(transport: string, hint: string): AppProtocol {
  if (transport === 'UDP') return 'udp';
  return /^(http|http2|h2c|grpc|kubernetes\.io\/(h2c|ws))(-|$)/.test(hint) ? 'http' : 'tcp';
}
