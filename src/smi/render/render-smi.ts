import type { KubeObject, ObjectMeta, SmiObject, SmiProfile } from '../model.js';
import { GROUP_OF } from '../model.js';
import { present } from '../present.js';
import { hasSpecWrapper, kindsOf, profileApiVersion } from '../versions.js';
import { renderTrafficTarget } from './access.js';
import { renderTrafficMetrics } from './metrics.js';
import type { Loss, Rendered, RenderedFields } from './rendered.js';
import { renderHttpRouteGroup, renderRoutePorts } from './specs.js';
import { renderTrafficSplit } from './split.js';

/** Writes an object down in the versions of a profile. What a version cannot carry is a loss, never left out in silence. */
export function renderSmi(object: SmiObject, profile: SmiProfile): Rendered {
  const group = GROUP_OF[object.kind];
  const apiVersion = profileApiVersion(object.kind, profile);
  if (!kindsOf(group, profile[group]).includes(object.kind))
    return { manifest: null, losses: [missingKind(object, apiVersion)] };
  const { fields, losses } = renderFields(object, profile);
  const isWrapped = hasSpecWrapper(object.kind, profile[group]);
  const head = { apiVersion, kind: object.kind, metadata: renderMetadata(object.metadata) };
  const manifest: KubeObject = isWrapped ? { ...head, spec: fields } : { ...head, ...fields };
  return { manifest, losses };
}

function renderFields(object: SmiObject, profile: SmiProfile): RenderedFields {
  switch (object.kind) {
    case 'TrafficTarget':
      return renderTrafficTarget(object, profile.access);
    case 'HTTPRouteGroup':
      return renderHttpRouteGroup(object, profile.specs, profile.headers);
    case 'TCPRoute':
    case 'UDPRoute':
      return renderRoutePorts(object, profile.specs);
    case 'TrafficSplit':
      return renderTrafficSplit(object, profile.split);
    case 'TrafficMetrics':
      return renderTrafficMetrics(object);
  }
}

function renderMetadata({ name, namespace, labels, annotations }: ObjectMeta): KubeObject['metadata'] {
  return present<KubeObject['metadata']>({ name, namespace, labels, annotations });
}

function missingKind(object: SmiObject, apiVersion: string): Loss {
  return {
    path: 'kind',
    what: `${object.kind} does not exist in ${apiVersion}`,
    consequence: 'the object cannot be expressed; what it allows stays denied',
  };
}
