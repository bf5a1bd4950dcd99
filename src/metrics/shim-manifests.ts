/** The shim of the metrics API as Kubernetes objects: a pod that looks at proxies, and an APIService that leads to it. */
import { z } from 'zod';
import type { Json, KubeObject } from '../smi/model.js';
import { AGGREGATOR_READER, metricsApiService } from './aggregated.js';
import { METRICS_RULES } from './kube-rules.js';

/** Where the pod finds its configuration. */
export const SHIM_CONFIG_FILE = '/etc/meshgauge/metrics/config.json';
export const SHIM_PORT = 15_444;

/** Written once, read at the start of the pod. */
export const ShimConfigSchema = z.object({
  /** Whose proxies they are. */
  mesh: z.string().min(1),
  windowMs: z.number().positive(),
  certPem: z.string().min(1),
  keyPem: z.string().min(1),
});
export type ShimConfig = z.infer<typeof ShimConfigSchema>;

export interface ShimPlace {
  readonly namespace: string;
  readonly image: string;
  readonly caPem: string;
}

const NAME = 'metrics-shim';
const RBAC = 'rbac.authorization.k8s.io';
const LABELS = { app: NAME };
const VOLUME = 'config';
const USER_ID = 65_532;

/** Under which the API server asks. */
export const shimHost = (namespace: string): string => `${NAME}.${namespace}.svc`;

/** In the order to apply. */
export function shimManifests(config: ShimConfig, { namespace, image, caPem }: ShimPlace): readonly KubeObject[] {
  const own = { name: NAME, namespace, labels: LABELS };
  const account = { kind: 'ServiceAccount', name: NAME, namespace };
  const clusterRole = `${namespace}-${NAME}`;
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: own },
    {
      apiVersion: `${RBAC}/v1`,
      kind: 'ClusterRole',
      metadata: { name: clusterRole, labels: LABELS },
      rules: METRICS_RULES,
    },
    {
      ...{ apiVersion: `${RBAC}/v1`, kind: 'ClusterRoleBinding', metadata: { name: clusterRole, labels: LABELS } },
      roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: clusterRole },
      subjects: [account],
    },
    {
      apiVersion: `${RBAC}/v1`,
      kind: 'RoleBinding',
      metadata: { name: clusterRole, namespace: AGGREGATOR_READER.namespace, labels: LABELS },
      roleRef: { apiGroup: RBAC, kind: 'Role', name: AGGREGATOR_READER.role },
      subjects: [account],
    },
    { apiVersion: 'v1', kind: 'Secret', metadata: own, stringData: { 'config.json': JSON.stringify(config) } },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: own,
      spec: { selector: LABELS, ports: [{ name: 'https', port: 443, targetPort: SHIM_PORT }] },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: own,
      spec: {
        replicas: 1,
        selector: { matchLabels: LABELS },
        template: { metadata: { labels: LABELS }, spec: podSpec(image) },
      },
    },
    metricsApiService(LABELS, caPem, { namespace, name: NAME, port: 443 }),
  ];
}

function podSpec(image: string): Json {
  return {
    serviceAccountName: NAME,
    securityContext: { runAsNonRoot: true, runAsUser: USER_ID, runAsGroup: USER_ID, fsGroup: USER_ID },
    containers: [
      {
        name: NAME,
        image,
        imagePullPolicy: 'IfNotPresent',
        ports: [{ name: 'https', containerPort: SHIM_PORT }],
        readinessProbe: { tcpSocket: { port: SHIM_PORT }, periodSeconds: 2 },
        securityContext: {
          readOnlyRootFilesystem: true,
          allowPrivilegeEscalation: false,
          capabilities: { drop: ['ALL'] },
        },
        volumeMounts: [{ name: VOLUME, mountPath: SHIM_CONFIG_FILE.replace(/\/[^/]+$/, ''), readOnly: true }],
      },
    ],
    volumes: [{ name: VOLUME, secret: { secretName: NAME, defaultMode: 0o440 } }],
  };
}
