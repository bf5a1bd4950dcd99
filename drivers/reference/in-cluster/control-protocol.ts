/** What the driver and the control plane's pod say to each other: JSON over HTTP on a port of the pod's loopback. */
import { z } from 'zod';
import type { Usage } from '../../../fixtures/agent/protocol.js';
import type { NamespaceMode, PodSpec, SimulatedPod } from '../../../src/mesh/driver.js';

/** Ports of the control plane's pod. */
export const CONTROL_PLANE_PORTS = { xds: 15_010, control: 15_900, admission: 15_443, metrics: 15_444 } as const;
/** Of every proxy's admin interface, on the loopback of its pod. */
export const ADMIN_PORT = 15_000;
/** Where the pod finds its configuration. */
export const CONFIG_FILE = '/etc/meshgauge/control-plane/config.json';
/** Label of the namespaces that the mesh serves. */
export const MESH_LABEL = 'meshgauge.dev/reference-mesh';
/** Annotation of a meshed pod: the id of its proxy, another one whenever a pod of that name is made. */
export const PROXY_ANNOTATION = 'meshgauge.dev/reference-proxy';

const MetricsConfigSchema = z.object({
  windowMs: z.number().positive(),
  /** The API server that may ask: see `Aggregator`. */
  clientCaPem: z.string().min(1),
  clientNames: z.array(z.string()).readonly(),
});
export type MetricsConfig = z.infer<typeof MetricsConfigSchema>;

/** Written by the driver, read once at the start. */
export const ControlPlaneConfigSchema = z.object({
  /** Asked of everybody who speaks on the control port. */
  token: z.string().min(16),
  faults: z.array(z.string()),
  /** Host name under which the API server calls the admission hook, and the metrics API. */
  admissionHost: z.string().min(1),
  /** Present where traffic metrics are wanted. */
  metrics: MetricsConfigSchema.optional(),
});
export type ControlPlaneConfig = z.infer<typeof ControlPlaneConfigSchema>;

const Port = z.object({
  name: z.string(),
  port: z.number().int().min(1).max(65_535),
  protocol: z.enum(['http', 'tcp', 'udp']),
});

const Spec = z.object({
  name: z.string(),
  namespace: z.string(),
  serviceAccount: z.string(),
  labels: z.record(z.string(), z.string()),
  meshed: z.boolean(),
  ports: z.array(Port),
});
export const PodSpecSchema: z.ZodType<PodSpec> = Spec;
export const SimulatedPodSchema: z.ZodType<SimulatedPod> = Spec.extend({ ip: z.string().min(1) });

export const UsageSchema: z.ZodType<Usage> = z.object({
  cpuUs: z.number(),
  residentBytes: z.number(),
  at: z.number(),
});

export const ModeSchema = z.object({
  mtls: z.enum(['strict', 'permissive']).optional(),
  access: z.enum(['deny', 'allow']).optional(),
});

/** Drops what is absent, as the model of modes wants it. */
export function toMode({ mtls, access }: z.infer<typeof ModeSchema>): NamespaceMode {
  return { ...(mtls === undefined ? {} : { mtls }), ...(access === undefined ? {} : { access }) };
}

/** What a proxy must know to reach the control plane. */
export const CredentialsSchema = z.object({ certPem: z.string(), keyPem: z.string() });
export type Credentials = z.infer<typeof CredentialsSchema>;

export const HealthSchema = z.object({ caPem: z.string(), controlPlaneSpiffeId: z.string() });
export type Health = z.infer<typeof HealthSchema>;

const ProxyStateSchema = z.object({
  id: z.string(),
  pod: z.string(),
  namespace: z.string(),
  acknowledged: z.record(z.string(), z.string()),
  rejected: z.array(z.object({ type: z.string(), message: z.string(), at: z.number() })),
});
export const StateSchema = z.object({ proxies: z.array(ProxyStateSchema), problems: z.array(z.string()) });
export type State = z.infer<typeof StateSchema>;

/** What one proxy is served, by type URL; private keys stay out. */
export const ServedProxySchema = z.object({
  pod: z.string(),
  namespace: z.string(),
  served: z.record(z.string(), z.unknown()),
});
export type ServedProxy = z.infer<typeof ServedProxySchema>;

/** The body of every answer that is no success. */
export const ErrorSchema = z.object({ code: z.string(), message: z.string(), hint: z.string() });
