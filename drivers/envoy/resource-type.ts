/** The kinds of configuration that a control plane serves, and the statistics of each kind's subscriptions. */
export const TYPE = {
  listener: 'type.googleapis.com/envoy.config.listener.v3.Listener',
  cluster: 'type.googleapis.com/envoy.config.cluster.v3.Cluster',
  route: 'type.googleapis.com/envoy.config.route.v3.RouteConfiguration',
  endpoints: 'type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment',
  secret: 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret',
} as const;
export type ResourceType = (typeof TYPE)[keyof typeof TYPE];

const SCOPES: readonly (readonly [RegExp, ResourceType])[] = [
  [/^listener_manager\.lds$/, TYPE.listener],
  [/^cluster_manager\.cds$/, TYPE.cluster],
  [/^http\..+\.rds\..+$/, TYPE.route],
  // Before endpoints: the secrets of a cluster have statistics below it.
  [/(?:^|\.)sds\..+$/, TYPE.secret],
  [/^cluster\..+$/, TYPE.endpoints],
];

/** The type whose subscription a statistic called `name` belongs to, when its last part is `leaf`. */
export function subscriptionType(name: string, leaf: 'version_text' | 'update_rejected'): ResourceType | undefined {
  if (!name.endsWith(`.${leaf}`)) return undefined;
  const scope = name.slice(0, -leaf.length - 1);
  return SCOPES.find(([pattern]) => pattern.test(scope))?.[1];
}
