/** Conditions on one request, in the two languages a proxy has for them: permissions and route matches. */
import type { PermissionJson } from '../xds/gen/envoy/config/rbac/v3/rbac_pb.js';
import type { HeaderMatcherJson, RouteMatchJson } from '../xds/gen/envoy/config/route/v3/route_components_pb.js';
import type { HttpCondition } from '../policy/specs.js';

/** Paths are compared without the query, and every expression matches in full. */
export function toPermission(condition: HttpCondition): PermissionJson {
  const rules: PermissionJson[] = [
    ...(condition.pathRegex === undefined
      ? []
      : [{ urlPath: { path: { safeRegex: { regex: condition.pathRegex } } } }]),
    ...toHeaderMatchers(condition).map((header) => ({ header })),
  ];
  return rules.length === 0 ? { any: true } : { andRules: { rules } };
}

export function toRouteMatch(condition: HttpCondition): RouteMatchJson {
  const path = condition.pathRegex === undefined ? { prefix: '/' } : { safeRegex: { regex: condition.pathRegex } };
  return { ...path, headers: toHeaderMatchers(condition) };
}

/** A header that is absent never matches. */
function toHeaderMatchers({ methods, headers }: HttpCondition): HeaderMatcherJson[] {
  return [
    ...(methods === undefined ? [] : [matchHeader(':method', methods.map(escapeRegex).join('|'))]),
    ...headers.map(({ name, regex }) =>
      matchHeader(name.toLowerCase() === 'host' ? ':authority' : name.toLowerCase(), regex),
    ),
  ];
}

function matchHeader(name: string, regex: string): HeaderMatcherJson {
  return { name, stringMatch: { safeRegex: { regex } } };
}

/** A text as an expression that matches only itself. */
export function escapeRegex(text: string): string {
  return text.replace(/[\\^$.|?*+()[\]{}]/g, '\\$&');
}
