/** Agents as the pods of one indexed Job: they only send, so they listen to nothing but their orders. */
import type { AgentConfig } from '../../fixtures/agent/protocol.js';
import type { KubeObject } from '../smi/model.js';

/** Where the agent takes orders, on the pod's own loopback only. */
export const CONTROL_PORT = 15_999;
const AGENT_CONTAINER = 'agent';
const CONFIG = { dir: '/etc/meshgauge/pod', file: 'agent.json' } as const;
const AGENT_USER_ID = 65_532;
/** Of the agents' names among themselves; the Job's controller writes it. */
export const INDEX_ANNOTATION = 'batch.kubernetes.io/job-completion-index';

export interface LoadJobOptions {
  readonly name: string;
  readonly namespace: string;
  readonly agents: number;
  readonly image: string;
  readonly token: string;
  /** The pods end after so long, should nobody be left to end them. */
  readonly lifetimeMs: number;
  /** Of every object. */
  readonly labels: Readonly<Record<string, string>>;
  /** Of the pods as well: where a mesh takes in pods that say so, they say it. */
  readonly podLabels?: Readonly<Record<string, string>>;
  readonly podAnnotations?: Readonly<Record<string, string>>;
  readonly serviceAccount?: string;
}

export function loadJobObjects(options: LoadJobOptions): readonly KubeObject[] {
  const { name, namespace, labels } = options;
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace, labels },
    stringData: { [CONFIG.file]: JSON.stringify(agentConfig(options)) },
  };
  return [secret, jobManifest(options)];
}

/** All pods of a Job are made of one template, so they share a name for themselves and a token. */
function agentConfig({ name, namespace, token, serviceAccount = 'default' }: LoadJobOptions): AgentConfig {
  const control = { kind: 'tcp', host: '127.0.0.1', port: CONTROL_PORT } as const;
  return { pod: name, namespace, serviceAccount, token, control, ports: [] };
}

function jobManifest(options: LoadJobOptions): KubeObject {
  const { name, namespace, agents, labels, podLabels, podAnnotations, lifetimeMs, serviceAccount, image } = options;
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace, labels },
    spec: {
      completionMode: 'Indexed',
      completions: agents,
      parallelism: agents,
      // One that ended early measured something else than was asked for: better none than a second try.
      backoffLimit: 0,
      activeDeadlineSeconds: Math.ceil(lifetimeMs / 1000),
      ttlSecondsAfterFinished: 60,
      template: {
        metadata: { labels: { ...labels, ...podLabels }, ...(podAnnotations && { annotations: podAnnotations }) },
        spec: {
          ...(serviceAccount === undefined ? {} : { serviceAccountName: serviceAccount }),
          restartPolicy: 'Never',
          enableServiceLinks: false,
          terminationGracePeriodSeconds: 1,
          // On nodes of their own where there are enough: one agent must not take another's processor.
          topologySpreadConstraints: [
            {
              maxSkew: 1,
              topologyKey: 'kubernetes.io/hostname',
              whenUnsatisfiable: 'ScheduleAnyway',
              labelSelector: { matchLabels: { 'batch.kubernetes.io/job-name': name } },
            },
          ],
          containers: [
            {
              name: AGENT_CONTAINER,
              image,
              imagePullPolicy: 'IfNotPresent',
              args: [`${CONFIG.dir}/${CONFIG.file}`],
              resources: { requests: { cpu: '10m', memory: '64Mi' } },
              securityContext: {
                runAsUser: AGENT_USER_ID,
                runAsGroup: AGENT_USER_ID,
                runAsNonRoot: true,
                allowPrivilegeEscalation: false,
                readOnlyRootFilesystem: true,
                capabilities: { drop: ['ALL'] },
                seccompProfile: { type: 'RuntimeDefault' },
              },
              volumeMounts: [
                { name: 'config', mountPath: CONFIG.dir, readOnly: true },
                { name: 'tmp', mountPath: '/tmp' },
              ],
            },
          ],
          volumes: [
            { name: 'config', secret: { secretName: name } },
            { name: 'tmp', emptyDir: {} },
          ],
        },
      },
    },
  };
}
