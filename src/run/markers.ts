/** Which markers a phase needs: on the servers it is about, and through the proxies of the clients that ask. */
import type { Phase } from '../cases/case.js';
import { HTTP_PORT, httpPortOf } from '../cases/controls.js';
import { sourcesThatMay } from './controls.js';
import { accessMarker, markerPath, splitMarker, type Marker } from './gate.js';
import type { Lane } from './lane.js';
import { offers } from './plan.js';

/** Targets configure the proxies of their sources too, which may hear of a change later than those of the servers. */
const CLIENT_POLICY = 'feature:client-side-policy';

/** `before` holds the identities that targets named until now: what is taken away must show as well. */
export function markersFor(lane: Lane, phase: Phase, before: ReadonlySet<string>): readonly Marker[] {
  const { fixture, epoch } = lane;
  const hasClientPolicy = offers(lane.mesh.capabilities, CLIENT_POLICY);
  const accounts = fixture.markers.includes('server-access') ? concernedAccounts(fixture.serviceOf, phase, before) : [];
  // Of two targets that overlap only one may decide (ACC-10 asks). A server that is a client as well shows its configuration there.
  const overlapped = hasClientPolicy
    ? accounts.filter((account) => sourcesThatMay(phase.objects, account, markerPath(epoch)).length > 0)
    : [];
  const wantsSplit =
    (fixture.markers.includes('client-split') && phase.bare !== true) ||
    (fixture.markers.includes('client-policy') && hasClientPolicy) ||
    // A split is followed by the proxies of clients, of which a server's consent says nothing.
    (phase.bare !== true && phase.objects.some(({ kind }) => kind === 'TrafficSplit'));
  const clients = [...clientsOf(lane, phase), ...overlapped.map((account) => fixture.serviceOf[account] ?? account)];
  return [
    ...accounts
      .filter((account) => !overlapped.includes(account))
      .map((account) => accessMarker(lane, account, epoch, portsAsked(phase, fixture.serviceOf[account]))),
    ...(wantsSplit ? [splitMarker(lane, clients, epoch, portsOfSplit(lane, phase))] : []),
  ];
}

/** On a port of its own a proxy may learn of a change later than on the one that shows the marker. */
function portsAsked(phase: Phase, service?: string): readonly number[] {
  const cells = (phase.cells ?? []).filter(({ to }) => service === undefined || to.split(':')[0] === service);
  return [...new Set([HTTP_PORT, ...cells.map(httpPortOf)])];
}

function portsOfSplit({ fixture }: Lane, phase: Phase): readonly number[] {
  return portsAsked(phase).filter((port) => fixture.markerPorts.includes(port));
}

function concernedAccounts(
  serviceOf: Readonly<Record<string, string>>,
  phase: Phase,
  before: ReadonlySet<string>,
): readonly string[] {
  const accounts = Object.keys(serviceOf);
  const asked = phase.bare === true ? [] : (phase.cells ?? []).map(({ to }) => to.split(':')[0]);
  const granted = phase.objects.flatMap((one) => (one.kind === 'TrafficTarget' ? [one.destination.name] : []));
  const concerned = accounts.filter(
    (account) => asked.includes(serviceOf[account]) || granted.includes(account) || before.has(account),
  );
  const [first] = accounts;
  // Something must show that the change has arrived, even where the phase itself names nobody.
  return phase.bare === true || concerned.length === 0
    ? [...new Set([...concerned, ...(first ? [first] : [])])]
    : concerned;
}

function clientsOf(lane: Lane, phase: Phase): readonly string[] {
  const asking = [...(phase.samples ?? []), ...(phase.cells ?? [])].map(({ from }) => from);
  // A pod that the case starts later cannot be asked yet.
  const meshed = [...new Set(asking)].filter((from) => lane.has(from) && lane.pod(from).pod.meshed);
  return meshed.length === 0 ? ['c1'] : meshed;
}
