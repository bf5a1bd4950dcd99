/** Traffic access: which peers may do what at one pod. Enforced by the proxy of the pod that is called. */
import type { AppProtocol } from '../../../fixtures/agent/protocol.js';
import type { Pod } from '../../../src/mesh/driver.js';
import type { IdentityRef, TrafficTarget } from '../../../src/smi/model.js';
import type { Identity } from './identity.js';
import { conditionsOf, type HttpCondition, type SpecIndex } from './specs.js';
import type { World } from './world.js';

/** Who: named identities, every peer with a certificate of the mesh, or really anyone. */
export type Peers =
  | { readonly kind: 'identities'; readonly identities: readonly Identity[] }
  | { readonly kind: 'authenticated' }
  | { readonly kind: 'anyone' };

/** One permission. Grants of a port are ORed, and so are the conditions of a grant; no `conditions` means any request. */
export interface Grant {
  readonly peers: Peers;
  readonly conditions?: readonly HttpCondition[];
}

export interface InboundPort {
  readonly port: number;
  readonly protocol: AppProtocol;
  /** None: everything is denied. */
  readonly grants: readonly Grant[];
}

/** `authorized` takes plaintext as a peer without identity; `unchecked` takes it and asks nothing. */
export type Plaintext = 'refused' | 'authorized' | 'unchecked';

export interface InboundPolicy {
  readonly plaintext: Plaintext;
  readonly ports: readonly InboundPort[];
}

export const ANYONE: Grant = { peers: { kind: 'anyone' } };

/** The policy at one pod: deny by default, targets add up. */
export function compileInbound(world: World, specs: SpecIndex, pod: Pod): InboundPolicy {
  const mode = world.modes.get(pod.namespace);
  const targets = world.objects
    .filter((object) => object.kind === 'TrafficTarget')
    .filter((target) => isDestination(target, pod));
  return {
    plaintext: mode?.mtls === 'permissive' ? 'authorized' : 'refused',
    ports: pod.ports.map(({ port, protocol }) => ({
      port,
      protocol,
      grants: mode?.access === 'allow' ? [ANYONE] : targets.flatMap((target) => grantOf(target, specs, port, protocol)),
    })),
  };
}

/**
 * A target lives in the namespace of its destination: who may write there has the permission of the service owner. From elsewhere
 * a client could grant itself access.
 */
function isDestination({ destination, metadata }: TrafficTarget, pod: Pod): boolean {
  return (
    destination.kind === 'ServiceAccount' &&
    destination.name === pod.serviceAccount &&
    (destination.namespace ?? metadata.namespace) === pod.namespace &&
    metadata.namespace === pod.namespace
  );
}

function grantOf(target: TrafficTarget, specs: SpecIndex, port: number, protocol: AppProtocol): Grant[] {
  const identities = target.sources.filter(isServiceAccount).map((source) => ({
    namespace: source.namespace ?? target.metadata.namespace,
    serviceAccount: source.name,
  }));
  if (identities.length === 0 || (target.destination.port ?? port) !== port) return [];
  const peers: Peers = { kind: 'identities', identities };
  if (protocol === 'http') return grantHttp(target, specs, port, peers);
  return coversPort(target, specs, port, protocol) ? [{ peers }] : [];
}

/** HTTP routes grant, TCP routes beside them restrict the port; TCP routes alone admit HTTP on their ports. */
function grantHttp(target: TrafficTarget, specs: SpecIndex, port: number, peers: Peers): Grant[] {
  const hasTcp = target.rules.some((rule) => rule.kind === 'TCPRoute');
  if (hasTcp && !coversPort(target, specs, port, 'tcp')) return [];
  const groups = target.rules.filter((rule) => rule.kind === 'HTTPRouteGroup');
  if (groups.length === 0) return hasTcp ? [{ peers }] : [];
  const conditions = groups.flatMap((rule) => {
    const group = specs.group(target.metadata.namespace, rule.name);
    return group === undefined ? [] : conditionsOf(group, rule.matches);
  });
  return conditions.length === 0 ? [] : [{ peers, conditions }];
}

function coversPort(target: TrafficTarget, specs: SpecIndex, port: number, protocol: 'tcp' | 'udp'): boolean {
  const kind = protocol === 'tcp' ? 'TCPRoute' : 'UDPRoute';
  return target.rules
    .filter((rule) => rule.kind === kind)
    .map((rule) => specs[protocol](target.metadata.namespace, rule.name))
    .some((route) => route !== undefined && (route.ports.length === 0 || route.ports.includes(port)));
}

function isServiceAccount(source: IdentityRef): boolean {
  return source.kind === 'ServiceAccount';
}
