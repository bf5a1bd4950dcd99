/** Waiting for the control plane: its programs, and what they make by themselves once they run. */
import type { Kube } from '../../src/kube/kube.js';
import type { KubeObject, ObjectRef } from '../../src/smi/model.js';
import { DEPLOYMENTS, type Installation } from './installation.js';

interface Expected {
  readonly ref: ObjectRef;
  readonly what: string;
  readonly isReady: (object: KubeObject) => boolean;
}

const DEFINITIONS = [
  'traffictargets.access.smi-spec.io',
  'httproutegroups.specs.smi-spec.io',
  'tcproutes.specs.smi-spec.io',
  'trafficsplits.split.smi-spec.io',
  'meshconfigs.config.openservicemesh.io',
];

/** @throws HarnessError E_KUBE_WAIT naming the first part that is not there in time */
export async function awaitControlPlane(kube: Kube, installation: Installation, deadlineMs: number): Promise<void> {
  const end = performance.now() + deadlineMs;
  for (const { ref, what, isReady } of expectedParts(installation)) {
    const left = Math.max(0, end - performance.now());
    await kube.waitFor(ref, (object) => object !== undefined && isReady(object), { deadlineMs: left, what });
  }
}

function expectedParts({ namespace, meshName }: Installation): readonly Expected[] {
  const admission = 'admissionregistration.k8s.io/v1';
  return [
    ...DEPLOYMENTS.map((name) => ({
      ref: { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name },
      what: `${name} to run`,
      isReady: (object: KubeObject) => hasCondition(object, 'Available'),
    })),
    ...DEFINITIONS.map((name) => ({
      ref: { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', namespace: '', name },
      what: `${name} to be served`,
      isReady: (object: KubeObject) => hasCondition(object, 'Established'),
    })),
    {
      ref: {
        apiVersion: admission,
        kind: 'MutatingWebhookConfiguration',
        namespace: '',
        name: `osm-webhook-${meshName}`,
      },
      what: 'the injector to register itself',
      isReady: isTrusted,
    },
    {
      ref: {
        apiVersion: admission,
        kind: 'ValidatingWebhookConfiguration',
        namespace: '',
        name: `osm-validator-mesh-${meshName}`,
      },
      what: 'the validator to register itself',
      isReady: isTrusted,
    },
  ];
}

function hasCondition(object: KubeObject, type: string): boolean {
  const status = object['status'] as { readonly conditions?: readonly { type: string; status: string }[] } | undefined;
  return status?.conditions?.some((condition) => condition.type === type && condition.status === 'True') === true;
}

/** The API server can only call a webhook whose certificate it can check. */
function isTrusted(object: KubeObject): boolean {
  const webhooks = object['webhooks'] as
    readonly { readonly clientConfig?: { readonly caBundle?: string } }[] | undefined;
  return webhooks?.every(({ clientConfig }) => clientConfig?.caBundle !== undefined) === true && webhooks.length > 0;
}
