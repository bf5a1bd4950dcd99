/** What meshgauge and an executable say to each other: one JSON object a line, requests on stdin, answers on stdout. */
import { z } from 'zod';
import type { ListenAddress } from '../../fixtures/agent/protocol.js';
import type { Environment } from '../../src/environments/environment.js';
import type { Capabilities, Deviation, Expression, PodPlan, PortKey, Redirection } from '../../src/mesh/driver.js';
import type { KubeObject } from '../../src/smi/model.js';

/** The version of this protocol. */
const PROTOCOL_VERSION = 1;

/** Asked of every executable, and those that it says it answers. */
const OPTIONAL_METHODS = [
  'preflight',
  'enrol',
  'decorate',
  'ready',
  'express',
  'proxies',
  'setMode',
  'rotateCertificates',
] as const;
export type OptionalMethod = (typeof OPTIONAL_METHODS)[number];
export type Method = 'describe' | 'install' | 'uninstall' | OptionalMethod;

/** How long an answer may take, in milliseconds. */
export const TIMEOUT_MS: Readonly<Record<Method, number>> = {
  describe: 10_000,
  preflight: 60_000,
  install: 600_000,
  enrol: 60_000,
  decorate: 60_000,
  ready: 10_000,
  express: 30_000,
  proxies: 60_000,
  setMode: 60_000,
  rotateCertificates: 60_000,
  uninstall: 300_000,
};

const Failure = z.object({
  code: z.string().regex(/^E_[A-Z]+(_[A-Z]+)*$/),
  message: z.string().min(1),
  hint: z.string().min(1),
  /** 4 for a mistake of the user, otherwise 3. */
  exitCode: z.union([z.literal(3), z.literal(4)]).optional(),
});

export const AnswerSchema = z.union([
  z.strictObject({ id: z.number(), error: Failure }),
  z.strictObject({ id: z.number(), result: z.unknown().optional() }),
]);

const Text = z.string().min(1);
const PortProtocol = z.enum(['http', 'tcp', 'udp']);
const AccessVersion = z.enum(['v1alpha1', 'v1alpha2', 'v1alpha3']);
const LaterVersion = z.enum(['v1alpha1', 'v1alpha2', 'v1alpha3', 'v1alpha4']);
const Kind = z.enum(['TrafficTarget', 'HTTPRouteGroup', 'TCPRoute', 'UDPRoute', 'TrafficSplit', 'TrafficMetrics']);

const CapabilitiesSchema: z.ZodType<Capabilities> = z.strictObject({
  access: z.array(AccessVersion),
  specs: z.array(LaterVersion),
  split: z.array(LaterVersion),
  headers: z.array(z.enum(['list', 'map'])),
  kinds: z.array(Kind),
  protocols: z.array(PortProtocol),
  mtls: z.array(z.enum(['strict', 'permissive', 'off'])),
  features: z.array(z.string()),
  identity: z.enum(['service-account', 'service', 'none']),
});

const DeviationSchema: z.ZodType<Deviation> = z.strictObject({
  case: Text,
  verdict: z.enum(['fail', 'inconclusive', 'error', 'unsupported']),
  what: Text,
  evidence: Text,
  version: Text,
});

export const DescriptionSchema = z.strictObject({
  protocol: z.literal(PROTOCOL_VERSION),
  name: Text,
  description: Text,
  versions: z.object({ mesh: Text }).catchall(z.string()),
  environments: z.array(Text).min(1),
  capabilities: CapabilitiesSchema,
  methods: z.array(z.enum(OPTIONAL_METHODS)).default([]),
  faults: z.array(z.strictObject({ name: Text, description: Text })).default([]),
  deviations: z.array(DeviationSchema).default([]),
  /** Images that the nodes of a cluster must have before `install`. */
  images: z.array(Text).default([]),
  convergeDeadlineMs: z.number().int().positive().optional(),
});
export type Description = z.infer<typeof DescriptionSchema>;

export const ProblemsSchema = z.strictObject({ problems: z.array(Failure) });

const KeyOfPort: z.ZodType<PortKey> = z.templateLiteral([z.enum(['tcp', 'udp']), '/', z.number().int()]);
const Listen: z.ZodType<ListenAddress> = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('unix'), path: Text }),
  z.strictObject({ kind: z.enum(['tcp', 'udp']), host: Text, port: z.number().int() }),
]);
const SidecarSchema = z.strictObject({
  name: Text,
  command: Text,
  args: z.array(z.string()).default([]),
  env: z.record(z.string(), z.string()).optional(),
  files: z.array(z.strictObject({ path: Text, content: z.string(), mode: z.number().int().optional() })).default([]),
  image: z.string().optional(),
  userId: z.number().int().optional(),
});
const RedirectionSchema: z.ZodType<Redirection> = z.strictObject({
  inboundPort: z.number().int(),
  outboundPort: z.number().int(),
  proxyUserId: z.number().int(),
  openPorts: z.array(z.number().int()),
});

/** What an executable adds to a pod; what it leaves out stays as it is. */
export const DecorationSchema = z.strictObject({
  listen: z.record(KeyOfPort, Listen).optional(),
  sidecars: z.array(SidecarSchema).default([]),
  labels: z.record(z.string(), z.string()).optional(),
  annotations: z.record(z.string(), z.string()).optional(),
  redirection: RedirectionSchema.optional(),
});
export type Decoration = z.infer<typeof DecorationSchema>;

export const ReadySchema = z.strictObject({ ready: z.boolean() });

const Manifest = z.custom<KubeObject>(
  (value) =>
    z.looseObject({ apiVersion: Text, kind: Text, metadata: z.looseObject({ name: Text }) }).safeParse(value).success,
  'is no Kubernetes object with apiVersion, kind and metadata.name',
);
export const ExpressionSchema: z.ZodType<Expression> = z.strictObject({
  objects: z.array(Manifest),
  faithfulness: z.array(
    z.strictObject({
      fidelity: z.enum(['native', 'exact', 'lossy', 'unsupported']),
      reasons: z.array(z.string()),
    }),
  ),
});

export const ProxiesSchema = z.strictObject({
  proxies: z.array(
    z.strictObject({
      pod: Text,
      namespace: Text,
      acknowledged: z.record(z.string(), z.string()).default({}),
      rejected: z.array(z.strictObject({ type: z.string(), message: z.string(), at: z.number() })).default([]),
      stats: z.record(z.string(), z.number()).default({}),
    }),
  ),
});

/** What an executable must know of the environment. */
export function describeEnvironment(env: Environment): object {
  const { name, interception, cluster } = env;
  if (cluster === undefined) return { name, interception };
  const { kubeconfigPath, context } = cluster.kube;
  return { name, interception, cluster: { kubeconfigPath, context, runId: cluster.runId, labels: cluster.labels } };
}

/** A plan as it travels: maps become objects, and sidecars of others stay behind. */
export function describePlan({ pod, listen }: PodPlan): object {
  return {
    pod: { ...pod, physicalPorts: Object.fromEntries(pod.physicalPorts) },
    listen: Object.fromEntries(listen),
  };
}
