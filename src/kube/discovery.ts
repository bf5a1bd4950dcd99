/** Which REST path a kind has. Only what was found is remembered: a kind may be installed at any moment. */
import type { ApiConnection } from './api-connection.js';
import { ApiError, isNotFound, KIND_NOT_SERVED } from './errors.js';
import type { KindRef } from './kube.js';

/** How the API names and scopes a kind. */
export interface ApiResource {
  /** Path of the group's version: `/api/v1` or `/apis/<group>/<version>`. */
  readonly base: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

interface ResourceList {
  readonly resources: readonly { readonly name: string; readonly kind: string; readonly namespaced: boolean }[];
}

interface ApiGroup {
  readonly preferredVersion: { readonly version: string };
  readonly versions: readonly { readonly version: string }[];
}

export class Discovery {
  readonly #api: ApiConnection;
  readonly #known = new Map<string, ApiResource>();

  constructor(api: ApiConnection) {
    this.#api = api;
  }

  /** Undefined while the kind is not served. @throws KubeError */
  async find(kind: KindRef): Promise<ApiResource | undefined> {
    const key = keyOf(kind);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const base = kind.apiVersion.includes('/') ? `/apis/${kind.apiVersion}` : `/api/${kind.apiVersion}`;
    const list = await this.#getIfServed<ResourceList>(base);
    // `name/status` and the like are subresources of the same kind.
    const found = list?.resources.find((resource) => resource.kind === kind.kind && !resource.name.includes('/'));
    if (found === undefined) return undefined;
    const resource = { base, plural: found.name, namespaced: found.namespaced };
    this.#known.set(key, resource);
    return resource;
  }

  /** @throws KubeError with status 404 and reason `KindNotServed` */
  async resolve(kind: KindRef): Promise<ApiResource> {
    const resource = await this.find(kind);
    if (resource !== undefined) return resource;
    throw new ApiError({
      status: 404,
      reason: KIND_NOT_SERVED,
      message: `the Kubernetes API at ${this.#api.server} serves no kind ${kind.kind} in ${kind.apiVersion}`,
    });
  }

  /** Forgets where a kind was: its definition may have gone, or come back with another scope. */
  forget(kind: KindRef): void {
    this.#known.delete(keyOf(kind));
  }

  /** Served versions, preferred first; empty when the group is not served. @throws KubeError */
  async servedVersions(group: string): Promise<readonly string[]> {
    if (group === '') return ['v1'];
    const found = await this.#getIfServed<ApiGroup>(`/apis/${encodeURIComponent(group)}`);
    if (found === undefined) return [];
    const preferred = found.preferredVersion.version;
    const others = found.versions.map(({ version }) => version).filter((version) => version !== preferred);
    return [preferred, ...others];
  }

  async serverVersion(): Promise<string> {
    return (await this.#api.json<{ gitVersion: string }>({ method: 'GET', path: '/version' })).gitVersion;
  }

  async #getIfServed<Answer>(path: string): Promise<Answer | undefined> {
    try {
      return await this.#api.json<Answer>({ method: 'GET', path });
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }
}

/** Path of a collection, or of one object in it. */
export function resourcePath(resource: ApiResource, namespace: string | undefined, name?: string): string {
  const scope = resource.namespaced && namespace ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  const object = name === undefined ? '' : `/${encodeURIComponent(name)}`;
  return `${resource.base}${scope}/${resource.plural}${object}`;
}

function keyOf(kind: KindRef): string {
  return `${kind.apiVersion} ${kind.kind}`;
}
