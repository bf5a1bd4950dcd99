/**
 * Traffic access: one AuthorizationPolicy per TrafficTarget, selecting the pods of the destination's service account. What needs a
 * regular expression is merged by an EnvoyFilter into the RBAC filter that the policies of the pod have made: both are lists of
 * permissions that add up, as targets do. The filter is always there, because every enrolled namespace denies by default.
 */
import type { Faithfulness } from '../../../src/mesh/driver.js';
import type { IdentityRef, Json, KubeObject, TrafficTarget } from '../../../src/smi/model.js';
import { toPermission, toPolicyCondition, type PolicyCondition } from './http-rules.js';
import { accountLabels, metadataFor } from './names.js';
import { conditionsOf, type HttpCondition, type Specs } from './specs.js';
import type { Part, World } from './world.js';

type Ports = readonly number[] | 'all';

/** A grant in parts: what a policy can say, and what only the proxy itself understands. */
interface Grant {
  readonly rules: readonly PolicyRule[];
  readonly beyond: readonly { readonly condition: HttpCondition; readonly words: readonly string[] }[];
  readonly reasons: readonly string[];
}

interface PolicyRule {
  readonly ports: Ports;
  /** Absent: whatever the protocol. */
  readonly http?: PolicyCondition;
}

const EXACT: Faithfulness = { fidelity: 'exact', reasons: [] };

export function translateTarget(target: TrafficTarget, specs: Specs, world: World): Part {
  const { destination, metadata } = target;
  const sources = target.sources.filter(isAccount);
  // Nobody to let in, or nowhere to: denied by default, which is what SMI says too.
  if (!isAccount(destination) || sources.length === 0) return { objects: [], faithfulness: EXACT };
  const namespace = destination.namespace ?? metadata.namespace;
  const principals = sources.map(
    (source) => `${world.trustDomain}/ns/${source.namespace ?? metadata.namespace}/sa/${source.name}`,
  );
  const tcpPorts = narrow(portsOf(target, specs), destination.port);
  const grant = grantOf(target, specs, tcpPorts, world);
  const throughFilter = world.mode === 'exact' ? grant.beyond.map(({ condition }) => condition) : [];
  const objects = [
    ...(throughFilter.length === 0 ? [] : [envoyFilter(target, namespace, principals, throughFilter, tcpPorts)]),
    ...(grant.rules.length === 0 ? [] : [policy(target, namespace, principals, grant.rules)]),
  ];
  return { objects, faithfulness: judge(target, grant, world.mode) };
}

function grantOf(target: TrafficTarget, specs: Specs, ports: Ports, world: World): Grant {
  const groups = target.rules.filter(({ kind }) => kind === 'HTTPRouteGroup');
  const hasTcp = target.rules.some(({ kind }) => kind === 'TCPRoute');
  if (ports !== 'all' && ports.length === 0) return { rules: [], beyond: [], reasons: [] };
  // TCP routes alone admit whatever is spoken on their ports.
  if (groups.length === 0) return { rules: hasTcp ? [{ ports }] : [], beyond: [], reasons: [] };
  const found = groups.flatMap(({ name, matches }) => {
    const group = specs.group(target.metadata.namespace, name);
    return group === undefined ? [] : [conditionsOf(group, matches)];
  });
  const said = found.flatMap(({ all }) => all).map((condition) => ({ condition, as: toPolicyCondition(condition) }));
  const rules = said.flatMap(({ as }): PolicyRule[] => ('beyond' in as ? [] : [{ ports, http: as }]));
  const beyond = said.flatMap(({ condition, as }) => ('beyond' in as ? [{ condition, words: as.beyond }] : []));
  const streams = hasTcp ? streamPorts(target, ports, world) : [];
  return {
    rules: streams.length === 0 ? rules : [...rules, { ports: streams }],
    beyond,
    reasons: found.flatMap(({ reasons }) => reasons),
  };
}

/** The ports that a target's TCP routes name; all of them where it has none, for then HTTP routes hold on every port. */
function portsOf(target: TrafficTarget, specs: Specs): Ports {
  const rules = target.rules.filter(({ kind }) => kind === 'TCPRoute');
  if (rules.length === 0) return 'all';
  const routes = rules.flatMap(({ name }) => specs.tcpRoute(target.metadata.namespace, name) ?? []);
  if (routes.some(({ ports }) => ports.length === 0)) return 'all';
  return [...new Set(routes.flatMap(({ ports }) => ports))].toSorted((a, b) => a - b);
}

function narrow(ports: Ports, only: number | undefined): Ports {
  if (only === undefined) return ports;
  return ports === 'all' || ports.includes(only) ? [only] : [];
}

/** Beside HTTP routes a TCP route admits streams only where no HTTP is spoken; a policy cannot ask for that, so the ports are named. */
function streamPorts(target: TrafficTarget, ports: Ports, { pods }: World): readonly number[] {
  const { destination, metadata } = target;
  const namespace = destination.namespace ?? metadata.namespace;
  const served = pods
    .filter((pod) => pod.namespace === namespace && pod.serviceAccount === destination.name)
    .flatMap((pod) => pod.ports.flatMap(({ port, protocol }) => (protocol === 'tcp' ? [port] : [])));
  return [...new Set(served)].filter((port) => ports === 'all' || ports.includes(port)).toSorted((a, b) => a - b);
}

function policy(
  source: TrafficTarget,
  namespace: string,
  principals: readonly string[],
  rules: readonly PolicyRule[],
): KubeObject {
  return {
    apiVersion: 'security.istio.io/v1',
    kind: 'AuthorizationPolicy',
    metadata: metadataFor(source, namespace),
    spec: {
      selector: { matchLabels: accountLabels(source.destination.name) },
      action: 'ALLOW',
      rules: rules.map((rule) => ({ from: [{ source: { principals } }], ...requests(rule) })),
    },
  };
}

function requests({ ports, http }: PolicyRule): { readonly [key: string]: Json } {
  const operation = { ...(ports === 'all' ? {} : { ports: ports.map(String) }), ...http?.operation };
  const when = (http?.when ?? []).map(({ key, values }) => ({ key, values }));
  return {
    ...(Object.keys(operation).length === 0 ? {} : { to: [{ operation }] }),
    ...(when.length === 0 ? {} : { when }),
  };
}

function envoyFilter(
  source: TrafficTarget,
  namespace: string,
  principals: readonly string[],
  conditions: readonly HttpCondition[],
  ports: Ports,
): KubeObject {
  const metadata = metadataFor(source, namespace);
  const filter = 'envoy.filters.http.rbac';
  const permissions = conditions.map((condition) => toPermission(condition, ports));
  const identities = principals.map((principal) => ({
    authenticated: { principal_name: { exact: `spiffe://${principal}` } },
  }));
  const listener = {
    filterChain: { filter: { name: 'envoy.filters.network.http_connection_manager', subFilter: { name: filter } } },
  };
  const typedConfig = {
    '@type': 'type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC',
    rules: { policies: { [`smi[${namespace}]-${metadata.name}`]: { permissions, principals: identities } } },
  };
  return {
    apiVersion: 'networking.istio.io/v1alpha3',
    kind: 'EnvoyFilter',
    metadata,
    spec: {
      workloadSelector: { labels: accountLabels(source.destination.name) },
      configPatches: [
        {
          applyTo: 'HTTP_FILTER',
          match: { context: 'SIDECAR_INBOUND', listener },
          patch: { operation: 'MERGE', value: { name: filter, typed_config: typedConfig } },
        },
      ],
    },
  };
}

function judge(target: TrafficTarget, grant: Grant, mode: World['mode']): Faithfulness {
  const words = grant.beyond.map((one) => `match ${one.condition.name} (${one.words.join(', ')})`);
  const lost = [
    ...(mode === 'plain'
      ? words.map((word) => `${word} is left out: an AuthorizationPolicy has no regular expressions`)
      : []),
    ...(target.rules.some(({ kind }) => kind === 'UDPRoute')
      ? ['its UDPRoute is left out: UDP passes beside the proxies']
      : []),
  ];
  const told = mode === 'exact' ? words.map((word) => `${word} through an EnvoyFilter`) : [];
  const reasons = [...grant.reasons, ...told, ...lost];
  if (lost.length === 0) return { fidelity: 'exact', reasons };
  const saysSomething = grant.rules.length > 0 || (mode === 'exact' && grant.beyond.length > 0);
  return { fidelity: saysSomething ? 'lossy' : 'unsupported', reasons };
}

function isAccount({ kind }: IdentityRef): boolean {
  return kind === 'ServiceAccount';
}
