/** The control plane as Kubernetes objects. */
import { METRICS_RULES } from '../../../src/metrics/kube-rules.js';
import type { Json, KubeObject } from '../../../src/smi/model.js';
import { CONFIG_FILE, CONTROL_PLANE_PORTS, type ControlPlaneConfig } from './control-protocol.js';
import { METRICS_SERVICE_PORT } from './metrics-api.js';

export const CONTROL_PLANE_NAMESPACE = 'meshgauge-reference';
export const CONTROL_PLANE = 'control-plane';
export const ADMISSION_HOST = `${CONTROL_PLANE}.${CONTROL_PLANE_NAMESPACE}.svc`;

const USER_ID = 65_532;
const CONFIG_VOLUME = 'config';
const ADMISSION_TIMEOUT_S = 5;

type Labels = Readonly<Record<string, string>>;

/** Everything before the pod, in the order to apply. */
export function groundManifests(labels: Labels, config: ControlPlaneConfig): readonly KubeObject[] {
  const account = { kind: 'ServiceAccount', name: CONTROL_PLANE, namespace: CONTROL_PLANE_NAMESPACE };
  const role = `${CONTROL_PLANE_NAMESPACE}-${CONTROL_PLANE}`;
  const hasMetrics = config.metrics !== undefined;
  const read = (apiGroups: readonly string[], resources: readonly string[]): Json => ({
    apiGroups,
    resources,
    verbs: ['get', 'list', 'watch'],
  });
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: CONTROL_PLANE_NAMESPACE, labels } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: own(labels) },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: role, labels },
      rules: [
        read([''], ['namespaces', 'pods', 'services']),
        read(['access.smi-spec.io', 'specs.smi-spec.io', 'split.smi-spec.io'], ['*']),
        ...(hasMetrics ? METRICS_RULES : []),
      ],
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: role, labels },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
      subjects: [account],
    },
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: own(labels),
      stringData: { 'config.json': JSON.stringify(config) },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: own(labels),
      spec: {
        selector: { app: CONTROL_PLANE },
        ports: [
          { name: 'xds', port: CONTROL_PLANE_PORTS.xds, targetPort: CONTROL_PLANE_PORTS.xds },
          { name: 'admission', port: 443, targetPort: CONTROL_PLANE_PORTS.admission },
          ...(hasMetrics ? [METRICS_SERVICE_PORT] : []),
        ],
      },
    },
  ];
}

/** A bare pod that is not started again: its root of trust lives as long as the process, and so do its proxies' certificates. */
export function controlPlanePod(labels: Labels, image: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: own({ ...labels, app: CONTROL_PLANE }),
    spec: {
      serviceAccountName: CONTROL_PLANE,
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 2,
      securityContext: { runAsNonRoot: true, runAsUser: USER_ID, runAsGroup: USER_ID, fsGroup: USER_ID },
      containers: [
        {
          name: CONTROL_PLANE,
          image,
          imagePullPolicy: 'IfNotPresent',
          ports: [
            { name: 'xds', containerPort: CONTROL_PLANE_PORTS.xds },
            { name: 'admission', containerPort: CONTROL_PLANE_PORTS.admission },
          ],
          // The last port to open; the control port is for the pod's own loopback alone.
          readinessProbe: { tcpSocket: { port: CONTROL_PLANE_PORTS.admission }, periodSeconds: 1 },
          securityContext: {
            readOnlyRootFilesystem: true,
            allowPrivilegeEscalation: false,
            capabilities: { drop: ['ALL'] },
          },
          volumeMounts: [{ name: CONFIG_VOLUME, mountPath: CONFIG_FILE.replace(/\/[^/]+$/, ''), readOnly: true }],
        },
      ],
      volumes: [{ name: CONFIG_VOLUME, secret: { secretName: CONTROL_PLANE, defaultMode: 0o440 } }],
    },
  };
}

/** Asks the control plane about every route group of the namespaces with `namespaceLabels`. */
export function admissionHook(labels: Labels, namespaceLabels: Labels, caPem: string): KubeObject {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: CONTROL_PLANE_NAMESPACE, labels },
    webhooks: [
      {
        name: 'reference.meshgauge.dev',
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
        failurePolicy: 'Fail',
        timeoutSeconds: ADMISSION_TIMEOUT_S,
        // Each version as it was sent: nothing could convert it.
        matchPolicy: 'Exact',
        namespaceSelector: { matchLabels: namespaceLabels },
        rules: [
          {
            apiGroups: ['specs.smi-spec.io'],
            apiVersions: ['*'],
            operations: ['CREATE', 'UPDATE'],
            resources: ['httproutegroups'],
          },
        ],
        clientConfig: {
          caBundle: Buffer.from(caPem).toString('base64'),
          service: { name: CONTROL_PLANE, namespace: CONTROL_PLANE_NAMESPACE, path: '/' },
        },
      },
    ],
  };
}

function own(labels: Labels): KubeObject['metadata'] {
  return { name: CONTROL_PLANE, namespace: CONTROL_PLANE_NAMESPACE, labels };
}
