import type { KubeObject } from '../smi/model.js';
import { ApiConnection } from './api-connection.js';
import { isDefinition, waitUntilServed } from './crds.js';
import { Discovery } from './discovery.js';
import { isNotFound } from './errors.js';
import { execInContainer, podPath } from './exec.js';
import type { ContainerRef, Kube } from './kube.js';
import { loadKubeconfig, type KubeconfigOptions } from './kubeconfig.js';
import { ObjectStore } from './objects.js';
import { findMissingPermissions } from './permissions.js';
import { connectToPod } from './port-forward.js';
import { nameOf, waitUntil } from './wait.js';
import { openWatch } from './watch.js';

/**
 * A connection to one context. Sends nothing yet: ask `serverVersion` whether the cluster answers. It holds no resource that would keep
 * the program alive. @throws HarnessError E_KUBECONFIG
 */
export async function connectKube(options: KubeconfigOptions = {}): Promise<Kube> {
  const kubeconfig = await loadKubeconfig(options);
  const api = new ApiConnection(kubeconfig);
  const discovery = new Discovery(api);
  const objects = new ObjectStore(api, discovery);
  const parts = { api, discovery, objects };

  const get: Kube['get'] = (ref) => objects.get(ref);

  return {
    kubeconfigPath: kubeconfig.path,
    context: kubeconfig.context,
    server: kubeconfig.server,

    create: (object: KubeObject) => objects.create(object),
    async apply(object: KubeObject) {
      const applied = await objects.apply(object);
      if (isDefinition(applied)) await waitUntilServed(applied, discovery, objects);
      return applied;
    },
    patch: (ref, patch, subresource) => objects.patch(ref, patch, subresource),
    get,
    raw: (path, as) =>
      api.json({ method: 'GET', path, ...(as === undefined ? {} : { headers: { 'Impersonate-User': as } }) }),
    list: async (kind, scope) => (await objects.list(kind, scope)).objects,
    async delete(ref, { waitMs, gracePeriodSeconds } = {}) {
      const before = waitMs === undefined ? undefined : await get(ref).catch(absentKind);
      const deleted = await objects.delete(ref, gracePeriodSeconds);
      if (waitMs !== undefined && deleted)
        await waitUntil(
          () => get(ref),
          (object) =>
            object === undefined || (before !== undefined && object.metadata['uid'] !== before.metadata['uid']),
          { deadlineMs: waitMs, what: `${nameOf(ref)} to be gone` },
        );
      return deleted;
    },
    watch: (kind, scope, listener) => openWatch(parts, kind, scope, listener),
    waitFor: (ref, condition, wait) => waitUntil(() => get(ref).catch(absentKind), condition, wait),
    exec: (container, command, execOptions) => execInContainer(api, container, command, execOptions),
    logs: (container, logOptions) => readLogs(api, container, logOptions),
    connect: (pod, port) => connectToPod(api, pod, port),
    servedVersions: (group) => discovery.servedVersions(group),
    serverVersion: () => discovery.serverVersion(),
    missingPermissions: (permissions) => findMissingPermissions(api, permissions),
  };
}

/** While a kind is not served, no object of it exists. */
function absentKind(error: unknown): undefined {
  if (!isNotFound(error)) throw error;
}

async function readLogs(
  api: ApiConnection,
  container: ContainerRef,
  options: { readonly tailLines?: number; readonly previous?: boolean } = {},
): Promise<string> {
  const query = new URLSearchParams();
  if (container.container !== undefined) query.set('container', container.container);
  if (options.tailLines !== undefined) query.set('tailLines', String(options.tailLines));
  if (options.previous === true) query.set('previous', 'true');
  return await api.text({ method: 'GET', path: `${podPath(container)}/log?${query.toString()}` });
}
