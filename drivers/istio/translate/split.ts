/** Traffic split: one Gateway API route per port of the root service, attached to that service (GAMMA). */
import type { ServicePort } from '../../../src/mesh/driver.js';
import type { Json, KubeObject, TrafficSplit } from '../../../src/smi/model.js';
import { metadataFor } from './names.js';
import { ANYTHING_ELSE, toRouteMatches, type RouteMatch } from './route-matches.js';
import { conditionsOf, type HttpCondition, type Specs } from './specs.js';
import { toWholeWeights } from './weights.js';
import type { Part, World } from './world.js';

/** Limits of the Gateway API's schema. */
const MAX_BACKENDS = 16;
const MAX_MATCHES = 64;
const GATEWAY_API = 'gateway.networking.k8s.io/v1';
/** A share that must fail goes here. */
const NOWHERE = 'no-such-service';

interface Share {
  readonly service: string;
  readonly weight: number;
}

/** A thing that the routes cannot say. */
class Unsayable extends Error {}

export function translateSplit(split: TrafficSplit, specs: Specs, world: World): Part {
  const { namespace } = split.metadata;
  try {
    const rootName = ownName(split.service, namespace);
    if (rootName === undefined)
      throw new Unsayable(`the root ${split.service} is not a service of the split's namespace`);
    if (split.backends.some(({ weight }) => !Number.isFinite(weight) || weight < 0))
      throw new Unsayable('a weight is not a number of 0 or more');
    const root = world.services.find((service) => service.namespace === namespace && service.name === rootName);
    const { conditions, reasons: narrowed } = conditionsIn(split, specs);
    const matches = conditions?.flatMap(matchesOf);
    if ((matches?.length ?? 0) > MAX_MATCHES) throw new Unsayable(`there are more than ${MAX_MATCHES} matches`);
    const routes = (root?.ports ?? []).flatMap((port) => routeOf({ split, root: rootName, port, matches, world }));
    const reasons = [
      ...(root === undefined ? [`there is no service ${rootName} whose traffic could be split`] : []),
      ...narrowed,
      ...new Set(routes.flatMap((route) => route.reasons)),
    ];
    const isLossy = routes.some(({ exact }) => !exact);
    const objects = routes.map(({ object }) => object);
    return { objects, faithfulness: { fidelity: isLossy ? 'lossy' : 'exact', reasons } };
  } catch (error) {
    if (!(error instanceof Unsayable)) throw error;
    return { objects: [], faithfulness: { fidelity: 'unsupported', reasons: [error.message] } };
  }
}

interface RouteRequest {
  readonly split: TrafficSplit;
  readonly root: string;
  readonly port: ServicePort;
  /** Present when only some requests are split. */
  readonly matches: readonly RouteMatch[] | undefined;
  readonly world: World;
}

interface Route {
  readonly object: KubeObject;
  readonly exact: boolean;
  readonly reasons: readonly string[];
}

function routeOf({ split, root, port, matches, world }: RouteRequest): Route[] {
  if (port.protocol === 'udp') return [];
  const isStream = port.protocol === 'tcp';
  // Without a request there is nothing to match, and without a match nothing to split.
  if (matches !== undefined && (isStream || matches.length === 0)) return [];
  const shares = sharesOf(split, port, world);
  if (shares.length > MAX_BACKENDS) throw new Unsayable(`there are more than ${MAX_BACKENDS} backends`);
  const { weights, exact } = toWholeWeights(shares.map(({ weight }) => weight));
  const backendRefs = shares.map(({ service }, index) => ({
    name: service,
    port: port.port,
    weight: weights[index] ?? 0,
  }));
  const parentRefs = [{ group: '', kind: 'Service', name: root, port: port.port }];
  const others = { matches: [{ ...ANYTHING_ELSE }], backendRefs: [{ name: root, port: port.port, weight: 1 }] };
  // A stream route must name a backend even where none has a weight.
  const streamRefs = backendRefs.length === 0 ? [{ name: NOWHERE, port: port.port, weight: 0 }] : backendRefs;
  const rules: Json = isStream
    ? [{ backendRefs: streamRefs }]
    : matches === undefined
      ? [{ backendRefs }]
      : [{ matches: matches.map((match) => ({ ...match })), backendRefs }, others];
  return [
    {
      object: {
        apiVersion: GATEWAY_API,
        kind: isStream ? 'TCPRoute' : 'HTTPRoute',
        metadata: metadataFor(split, split.metadata.namespace, port.port),
        spec: { parentRefs, rules },
      },
      exact,
      reasons: exact ? [] : ['weights this far apart are rounded to whole numbers up to 1,000,000'],
    },
  ];
}

/**
 * A backend without the root's port gets nothing; one that does not exist keeps its share, which fails. Backends are services of the
 * split's namespace: a name from another one is the name of nothing.
 */
function sharesOf(split: TrafficSplit, port: ServicePort, { services }: World): Share[] {
  const { namespace } = split.metadata;
  const shares = new Map<string, number>();
  for (const backend of split.backends) {
    const name = ownName(backend.service, namespace) ?? NOWHERE;
    const service = services.find((one) => one.namespace === namespace && one.name === name);
    const isIncluded =
      service === undefined ||
      service.ports.some((candidate) => candidate.port === port.port && candidate.protocol === port.protocol);
    if (isIncluded && backend.weight > 0) shares.set(name, (shares.get(name) ?? 0) + backend.weight);
  }
  return [...shares].map(([service, weight]) => ({ service, weight }));
}

/** Undefined: all requests. A group that is not there makes the whole condition unknown, and unknown matches nothing. */
function conditionsIn(
  split: TrafficSplit,
  specs: Specs,
): { readonly conditions?: readonly HttpCondition[]; readonly reasons: readonly string[] } {
  if (split.matches === undefined || split.matches.length === 0) return { reasons: [] };
  const groups = split.matches.map(({ kind, name }) => ({
    name,
    group: kind === 'HTTPRouteGroup' ? specs.group(split.metadata.namespace, name) : undefined,
  }));
  const missing = groups.filter(({ group }) => group === undefined).map(({ name }) => name);
  if (missing.length > 0)
    return { conditions: [], reasons: [`nothing is split: there is no HTTPRouteGroup ${missing.join(', ')}`] };
  const parts = groups.flatMap(({ group }) => (group === undefined ? [] : [conditionsOf(group)]));
  return { conditions: parts.flatMap(({ all }) => all), reasons: parts.flatMap(({ reasons }) => reasons) };
}

function matchesOf(condition: HttpCondition): readonly RouteMatch[] {
  const matches = toRouteMatches(condition);
  if ('beyond' in matches)
    throw new Unsayable(`match ${condition.name}: an HTTPRoute cannot ask for ${matches.beyond}`);
  return matches.all;
}

/** The service a name means inside a namespace, plain or fully qualified; undefined for a name in another one. */
function ownName(name: string, namespace: string): string | undefined {
  const [plain = '', ...rest] = name.split('.');
  if (plain === '') return undefined;
  const places = ['', namespace, `${namespace}.svc`, `${namespace}.svc.cluster.local`];
  return places.includes(rest.join('.')) ? plain : undefined;
}
