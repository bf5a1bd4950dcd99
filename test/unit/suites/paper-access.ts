/** What a mesh on paper lets in. */
import type { Cell, Phase } from '../../../src/cases/case.js';
import { HOME, identity } from '../../../src/cases/objects.js';
import type {
  HTTPRouteGroup,
  HttpMatch,
  IdentityRef,
  SmiObject,
  TCPRoute,
  TrafficTarget,
  UDPRoute,
} from '../../../src/smi/model.js';
import { ACCESS } from '../../../suites/fixtures.js';
import { accountOf, type Place } from './paper-places.js';
import type { PaperMesh } from './specs-mesh.js';

/** The pod outside the mesh of the fixture. */
const OUTSIDE = 'stranger';
/** Who every pod may always reach. */
const OPEN = 'ctl';

/** Whether the request of a cell is let in while these objects are in force. */
export function isAllowed(
  mesh: PaperMesh,
  objects: readonly SmiObject[],
  phase: Phase,
  cell: Cell,
  place: Place,
): boolean {
  if (place.pod === OUTSIDE) return true;
  const isPlain = cell.from === OUTSIDE || cell.way !== undefined;
  if (isPlain && mesh.plaintext !== 'believed') return mesh.plaintext === 'accepted';
  if (mesh.answer !== undefined) return mesh.answer === 'allow';
  if (place.pod === OPEN) return true;
  const account = isPlain ? claimedAccount(cell) : (mesh.accountOf?.(phase, cell.from) ?? accountOf(cell.from));
  if (account === undefined) return false;
  const client = identity(account);
  return objects
    .filter((object): object is TrafficTarget => object.kind === 'TrafficTarget')
    .filter((target) => isDestination(mesh, target, place))
    .filter(({ sources, metadata }) =>
      sources.some((source) => mesh.sources === 'ignored' || isSource(mesh, source, metadata.namespace, client)),
    )
    .some((target) => grants(mesh, objects, target, cell, place));
}

const claimedAccount = ({ headers = [] }: Cell): string | undefined =>
  headers.flatMap(([name, value]) =>
    name === 'x-forwarded-client-cert' ? /URI=\S+\/sa\/(\w+)/.exec(value)?.[1] : [],
  )[0];

function isDestination(mesh: PaperMesh, { destination, metadata }: TrafficTarget, { pod }: Place): boolean {
  if (mesh.kinds === 'checked' && destination.kind !== 'ServiceAccount') return false;
  if (ACCESS.serviceOf[destination.name] !== pod) return false;
  if (mesh.namespaces === 'ignored' || mesh.destinations === 'any namespace') return true;
  const namespace = destination.namespace ?? metadata.namespace;
  return namespace === HOME && (mesh.destinations === 'named ones anywhere' || metadata.namespace === HOME);
}

function isSource(mesh: PaperMesh, source: IdentityRef, own: string, client: IdentityRef): boolean {
  if (mesh.kinds === 'checked' && source.kind !== 'ServiceAccount') return false;
  if (source.name !== client.name) return false;
  if (mesh.namespaces === 'ignored') return true;
  const { namespace = mesh.placeless === 'nobody' ? '' : own } = source;
  return namespace === client.namespace;
}

/** HTTP routes grant, a TCP route beside them restricts the port. */
function grants(
  mesh: PaperMesh,
  objects: readonly SmiObject[],
  target: TrafficTarget,
  cell: Cell,
  place: Place,
): boolean {
  const asked = mesh.numbers === 'target port' ? place.targetPort : place.port;
  const { port = asked } = target.destination;
  if (mesh.ports === 'checked' && port !== asked) return false;
  if (cell.protocol === 'udp') return coversPort(false, specsOf<UDPRoute>(mesh, objects, target, 'UDPRoute'), asked);
  const byTcp = coversPort(mesh.ports === 'ignored', specsOf<TCPRoute>(mesh, objects, target, 'TCPRoute'), asked);
  if (cell.protocol === 'tcp') return byTcp;
  const hasTcp = target.rules.some(({ kind }) => kind === 'TCPRoute');
  if (hasTcp && !byTcp) return false;
  const rules = target.rules.filter(({ kind }) => kind === 'HTTPRouteGroup');
  if (rules.length === 0) return hasTcp && mesh.tcpAlone[cell.over ?? 'http'];
  const groups = specsOf<HTTPRouteGroup>(mesh, objects, target, 'HTTPRouteGroup');
  return rules.some(({ name, matches: wanted }) => {
    const known = groups.filter(({ metadata }) => metadata.name === name).flatMap(({ matches }) => matches);
    const unknown = wanted?.some((one) => !known.some((match) => match.name === one)) ?? false;
    if (unknown && mesh.unknownMatch === 'spoils the target') return false;
    return known
      .filter((match) => wanted?.includes(match.name) ?? true)
      .some((match) => isMatch(mesh, match, cell, place));
  });
}

/** The specs of a kind that the rules of a target name: those of its own namespace. */
function specsOf<Spec extends HTTPRouteGroup | TCPRoute | UDPRoute>(
  mesh: PaperMesh,
  objects: readonly SmiObject[],
  { metadata, rules }: TrafficTarget,
  kind: Spec['kind'],
): Spec[] {
  return objects
    .filter((object): object is Spec => object.kind === kind)
    .filter((spec) => rules.some((rule) => rule.kind === kind && rule.name === spec.metadata.name))
    .filter((spec) => mesh.namespaces === 'ignored' || spec.metadata.namespace === metadata.namespace);
}

function coversPort(isAny: boolean, routes: readonly (TCPRoute | UDPRoute)[], port: number): boolean {
  return routes.some(({ ports }) => isAny || ports.length === 0 || ports.includes(port));
}

function isMatch(mesh: PaperMesh, { pathRegex, methods, headers }: HttpMatch, cell: Cell, place: Place): boolean {
  const path = mesh.rewrite(cell.path ?? '/');
  const method = cell.method ?? 'GET';
  return (
    (pathRegex === undefined || mesh.compare(pathRegex, path)) &&
    (methods === undefined || mesh.methods === 'ignored' || methods.includes('*') || methods.includes(method)) &&
    (headers ?? []).every(({ name, regex }) =>
      valuesOf(mesh, name.toLowerCase(), cell, place).some((value) => mesh.compare(regex, value)),
    )
  );
}

function valuesOf(mesh: PaperMesh, name: string, { headers = [] }: Cell, { pod, port }: Place): readonly string[] {
  if (name === 'host' && mesh.host === 'never') return [];
  const sent = headers.filter(([one]) => one.toLowerCase() === name).map(([, value]) => value);
  if (sent.length > 0) return sent.length > 1 ? mesh.repeated(sent) : sent;
  if (name === 'host') return [`${pod}.paper-ns1:${port}`];
  return mesh.absentHeader === 'empty string' ? [''] : [];
}
