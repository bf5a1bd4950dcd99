/** What Envoy's configuration dump says of versions and refusals. Fields are read by their names in `envoy.admin.v3`. */
import { z } from 'zod';
import { TYPE } from './resource-type.js';

export const CONFIG_DUMP_PAGE = '/config_dump';

const ERROR_STATE = z.object({
  failed_configuration: z.object({ '@type': z.string() }).optional(),
  last_update_attempt: z.string().optional(),
  details: z.string().default(''),
});
const VERSIONED = z.object({ version_info: z.string().optional(), error_state: ERROR_STATE.optional() });
const DUMP = z.object({
  configs: z.array(
    z.object({
      '@type': z.string(),
      version_info: z.string().optional(),
      dynamic_listeners: z.array(VERSIONED).default([]),
      dynamic_active_clusters: z.array(VERSIONED).default([]),
      dynamic_warming_clusters: z.array(VERSIONED).default([]),
      dynamic_route_configs: z.array(VERSIONED).default([]),
      dynamic_active_secrets: z.array(VERSIONED).default([]),
      dynamic_warming_secrets: z.array(VERSIONED).default([]),
    }),
  ),
});

export interface Refusal {
  readonly type: string;
  readonly message: string;
  /** Epoch milliseconds; absent where Envoy does not say. */
  readonly at?: number;
}

export interface ConfigDump {
  /** Versions in use, per resource type; several where each resource has its own. */
  readonly versions: Readonly<Record<string, readonly string[]>>;
  readonly refusals: readonly Refusal[];
}

/** @throws ZodError when the page is not what Envoy answers. */
export function parseConfigDump(page: string): ConfigDump {
  const versions: Record<string, string[]> = {};
  const refusals = new Map<string, Refusal>();
  for (const config of DUMP.parse(JSON.parse(page)).configs) {
    const parts = [
      [TYPE.listener, config.dynamic_listeners],
      [TYPE.cluster, [...config.dynamic_active_clusters, ...config.dynamic_warming_clusters]],
      [TYPE.route, config.dynamic_route_configs],
      [TYPE.secret, config.dynamic_active_secrets],
    ] as const;
    for (const [type, resources] of parts) {
      // Listeners and clusters have one version for all of them.
      const own = [config.version_info, ...resources.map(({ version_info: version }) => version)];
      const known = own.filter((version) => version !== undefined && version !== '');
      if (resources.length > 0 && known.length > 0) versions[type] = known as string[];
    }
    const all = [...parts.flatMap(([, resources]) => resources), ...config.dynamic_warming_secrets];
    for (const { error_state: state } of all) if (state !== undefined) addRefusal(refusals, state);
  }
  return { versions, refusals: [...refusals.values()] };
}

/** Envoy may show one refusal twice, once without a time. */
function addRefusal(refusals: Map<string, Refusal>, state: z.infer<typeof ERROR_STATE>): void {
  const type = state.failed_configuration?.['@type'] ?? 'unknown';
  const key = `${type} ${state.details}`;
  const at = state.last_update_attempt === undefined ? undefined : Date.parse(state.last_update_attempt);
  if (refusals.get(key)?.at !== undefined) return;
  refusals.set(key, { type, message: state.details, ...(at === undefined ? {} : { at }) });
}
