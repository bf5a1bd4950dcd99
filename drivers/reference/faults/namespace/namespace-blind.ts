import type { HTTPRouteGroup, SmiObject, TCPRoute, TrafficTarget, UDPRoute } from '../../../../src/smi/model.js';
import { ANY } from '../../policy/identity.js';
import type { Grant } from '../../policy/access.js';
import { objectKey, replacingGrants, type Fault } from '../fault.js';

export const namespaceBlind: Fault = {
  name: 'namespace-blind',
  description: 'identities are compared by account name alone, and a traffic spec of any namespace will do',
  alsoBreaks: [{ cases: ['ACC-21', 'ACC-22'], why: 'another reading of what the text leaves open' }],
  create: () => ({ objects: spreadOverNamespaces, ...replacingGrants((grants) => grants.map(forgetNamespaces)) }),
};

function forgetNamespaces(grant: Grant): Grant {
  if (grant.peers.kind !== 'identities') return grant;
  const identities = grant.peers.identities.map(({ serviceAccount }) => ({ namespace: ANY, serviceAccount }));
  return { ...grant, peers: { kind: 'identities', identities } };
}

/** Copies every spec into the namespaces that lack it, and every target into each namespace, pointed at its account there. */
function spreadOverNamespaces(objects: readonly SmiObject[]): readonly SmiObject[] {
  const namespaces = [...new Set(objects.flatMap(namespacesOf))];
  const present = new Set(objects.map(objectKey));
  return objects.flatMap((object): readonly SmiObject[] => {
    if (object.kind === 'TrafficTarget') {
      return namespaces.map((namespace): TrafficTarget => ({
        ...object,
        metadata: { ...object.metadata, namespace },
        destination: { ...object.destination, namespace },
      }));
    }
    if (!isSpec(object)) return [object];
    const copies = namespaces
      .map((namespace) => ({ ...object, metadata: { ...object.metadata, namespace } }))
      .filter((copy) => !present.has(objectKey(copy)));
    return [object, ...copies];
  });
}

function isSpec(object: SmiObject): object is HTTPRouteGroup | TCPRoute | UDPRoute {
  return object.kind === 'HTTPRouteGroup' || object.kind === 'TCPRoute' || object.kind === 'UDPRoute';
}

function namespacesOf(object: SmiObject): string[] {
  const mentioned =
    object.kind === 'TrafficTarget'
      ? [object.destination.namespace, ...object.sources.map((source) => source.namespace)]
      : [];
  return [object.metadata.namespace, ...mentioned].filter((namespace) => namespace !== undefined);
}
