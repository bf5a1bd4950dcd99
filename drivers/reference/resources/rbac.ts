/** Grants as role-based access control: whatever no policy allows is denied. */
import type { AnyJson } from '@bufbuild/protobuf/wkt';
import { ANY, spiffeId } from '../policy/identity.js';
import type { Grant, Peers } from '../policy/access.js';
import type { FilterJson } from '../xds/gen/envoy/config/listener/v3/listener_components_pb.js';
import type { PolicyJson, PrincipalJson, RBACJson } from '../xds/gen/envoy/config/rbac/v3/rbac_pb.js';
import {
  RBACPerRouteSchema,
  RBACSchema as HttpRbacSchema,
} from '../xds/gen/envoy/extensions/filters/http/rbac/v3/rbac_pb.js';
import type { HttpFilterJson } from '../xds/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js';
import { RBACSchema as NetworkRbacSchema } from '../xds/gen/envoy/extensions/filters/network/rbac/v3/rbac_pb.js';
import { typedConfig } from '../xds/resource.js';
import { escapeRegex, toPermission } from './conditions.js';

const HTTP_RBAC = 'envoy.filters.http.rbac';

/** The filter denies by itself; what it allows is said by the routes, so that a change needs no new listener. */
export const HTTP_RBAC_FILTER: HttpFilterJson = {
  name: HTTP_RBAC,
  typedConfig: typedConfig(HttpRbacSchema, { rules: { action: 'ALLOW' } }),
};

/** `typedPerFilterConfig` of a virtual host or route. */
export function allowOnRoute(trustDomain: string, grants: readonly Grant[]): Record<string, AnyJson> {
  return { [HTTP_RBAC]: typedConfig(RBACPerRouteSchema, { rbac: { rules: toRules(trustDomain, grants) } }) };
}

/** Switches authorization off for a virtual host. */
export function allowUnchecked(): Record<string, AnyJson> {
  return { [HTTP_RBAC]: typedConfig(RBACPerRouteSchema, {}) };
}

export function networkRbac(trustDomain: string, statPrefix: string, grants: readonly Grant[]): FilterJson {
  return {
    name: 'envoy.filters.network.rbac',
    typedConfig: typedConfig(NetworkRbacSchema, { statPrefix, rules: toRules(trustDomain, grants) }),
  };
}

function toRules(trustDomain: string, grants: readonly Grant[]): RBACJson {
  const policies = grants.map((grant, index): [string, PolicyJson] => [
    `grant-${String(index).padStart(4, '0')}`,
    {
      permissions: grant.conditions === undefined ? [{ any: true }] : grant.conditions.map(toPermission),
      principals: toPrincipals(trustDomain, grant.peers),
    },
  ]);
  return { action: 'ALLOW', policies: Object.fromEntries(policies) };
}

function toPrincipals(trustDomain: string, peers: Peers): PrincipalJson[] {
  if (peers.kind === 'anyone') return [{ any: true }];
  if (peers.kind === 'authenticated') return [{ authenticated: {} }];
  return peers.identities.map((identity) => ({
    authenticated: {
      principalName:
        identity.namespace === ANY
          ? {
              safeRegex: {
                regex: `spiffe://${escapeRegex(trustDomain)}/ns/[^/]+/sa/${escapeRegex(identity.serviceAccount)}`,
              },
            }
          : { exact: spiffeId(trustDomain, identity) },
    },
  }));
}
