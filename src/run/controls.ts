/** The requests that stand beside a denial, so that it can be told from a failure. */
import { RE2JS } from 're2js';
import type { BatchItem } from '../../fixtures/agent/protocol.js';
import type { Cell, Phase } from '../cases/case.js';
import { clientControlKey, httpPortOf, serverControlKey } from '../cases/controls.js';
import { HOME } from '../cases/objects.js';
import type { HTTPRouteGroup, RuleRef, SmiObject } from '../smi/model.js';
import { markerPath } from './gate.js';
import type { Lane } from './lane.js';

const CONTROL_COUNT = 3;

/**
 * The client reaches what it always may; somebody who may reaches the server by the marker path (not in a bare phase, which has
 * none): the witness, and with it a source whose own grant in this phase covers that path as well. Which of two overlapping
 * targets a mesh obeys is the question of a case of its own; that the server lives shows either way.
 */
export function controlsOf(
  lane: Lane,
  phase: Pick<Phase, 'objects' | 'bare' | 'services'>,
  cell: Cell,
): readonly (BatchItem & { readonly from: string })[] {
  const { witness, controlTarget, serviceOf } = lane.fixture;
  const ask = (from: string, to: string, path: string) => lane.requestOf({ from, to, protocol: 'http', path });
  const client = {
    from: cell.from,
    cell: clientControlKey(cell),
    count: CONTROL_COUNT,
    spec: ask(cell.from, controlTarget(cell.from), '/control'),
  };
  if (phase.bare === true) return [client];
  const service = cell.to.split(':')[0] ?? cell.to;
  const path = markerPath(lane.epoch);
  const known = Object.keys(serviceOf).find((name) => serviceOf[name] === service);
  const accounts = known === undefined ? accountsBehind(lane, phase, service) : [known];
  const [granted = [], ...others] = accounts.map((account) => sourcesThatMay(phase.objects, account, path));
  const everywhere = granted.filter((name) => others.every((one) => one.includes(name)));
  const servers = [witness, ...everywhere.filter((name) => lane.has(name)).slice(0, 1)].map((from) => {
    const spec = ask(from, `${service}:${httpPortOf(cell)}`, path);
    return { from, cell: serverControlKey(cell), count: CONTROL_COUNT, spec };
  });
  return [client, ...servers];
}

/** Of a service that the phase brings along: the accounts of all pods it selects. */
function accountsBehind(lane: Lane, { services = [] }: Pick<Phase, 'services'>, name: string): readonly string[] {
  const selector = services.find((one) => one.name === name && (one.namespace ?? HOME) === HOME)?.selector;
  if (selector === undefined) return [];
  const pods = lane.servers().filter(({ pod }) => {
    const isSelected = Object.entries(selector).every(([label, value]) => pod.labels[label] === value);
    return isSelected && lane.logical(pod.namespace) === HOME;
  });
  return [...new Set(pods.map(({ pod }) => pod.serviceAccount))];
}

/** Sources that a target of these objects lets GET `path` on every port of `account`, by the names of their pods. */
export function sourcesThatMay(objects: readonly SmiObject[], account: string, path: string): readonly string[] {
  const groups = objects.filter((object): object is HTTPRouteGroup => object.kind === 'HTTPRouteGroup');
  return objects.flatMap((object) => {
    if (object.kind !== 'TrafficTarget') return [];
    const { destination, rules, sources, metadata } = object;
    if (destination.name !== account || destination.namespace !== metadata.namespace) return [];
    // A port or a TCP rule may restrict the routes to another port.
    if (destination.port !== undefined || rules.some(({ kind }) => kind !== 'HTTPRouteGroup')) return [];
    if (!rules.some((rule) => covers(rule, metadata.namespace, groups, path))) return [];
    return sources
      .filter(({ kind }) => kind === 'ServiceAccount')
      .map(({ name, namespace = metadata.namespace }) => (namespace === HOME ? name : `${namespace}/${name}`));
  });
}

function covers(rule: RuleRef, namespace: string, groups: readonly HTTPRouteGroup[], path: string): boolean {
  const group = groups.find(({ metadata }) => metadata.name === rule.name && metadata.namespace === namespace);
  return (group?.matches ?? []).some(({ name, pathRegex, methods, headers }) => {
    if (rule.matches !== undefined && !rule.matches.includes(name)) return false;
    if ((headers ?? []).length > 0) return false;
    const isAnswered = methods === undefined || methods.includes('*') || methods.includes('GET');
    // A match that names no path is about any.
    return isAnswered && (pathRegex === undefined || coversPath(pathRegex, path));
  });
}

function coversPath(pathRegex: string, path: string): boolean {
  try {
    return RE2JS.matches(pathRegex, path);
  } catch {
    // A case may apply an expression that is none: it covers nothing.
    return false;
  }
}
