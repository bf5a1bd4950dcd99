/** Names and marks of the objects that stand for SMI objects: the same SMI object always gets the same ones. */
import { createHash } from 'node:crypto';
import type { KubeObject, SmiObject } from '../../../src/smi/model.js';

/** Pods carry their service account under this label, for selectors know labels only. */
const ACCOUNT_LABEL = 'meshgauge.dev/service-account';

const MANAGED_BY = { 'app.kubernetes.io/managed-by': 'meshgauge' } as const;
const MAX_READABLE = 200;

/** Kubernetes limits label values to 63 characters, names of service accounts to 253. */
export function accountLabels(serviceAccount: string): { readonly [ACCOUNT_LABEL]: string } {
  const value =
    serviceAccount.length <= 63 ? serviceAccount : `${serviceAccount.slice(0, 50)}-${digest(serviceAccount)}`;
  return { [ACCOUNT_LABEL]: value };
}

/** Name, namespace and marks of an object made from `source`; `part` tells several objects of one source and kind apart. */
export function metadataFor(source: SmiObject, namespace: string, part?: number): KubeObject['metadata'] {
  const { kind, metadata } = source;
  const origin = `${kind}/${metadata.namespace}/${metadata.name}`;
  const readable = metadata.name.slice(0, MAX_READABLE).replace(/[.-]+$/, '');
  return {
    name: [readable, ...(part === undefined ? [] : [String(part)]), digest(origin)].join('-'),
    namespace,
    labels: MANAGED_BY,
    annotations: { 'meshgauge.dev/smi': origin },
  };
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}
