/** Reads and writes single objects and collections of any kind the API serves. */
import type { KubeObject, ObjectRef } from '../smi/model.js';
import type { ApiConnection, ApiRequest } from './api-connection.js';
import { resourcePath, type ApiResource, type Discovery } from './discovery.js';
import { isInvalid, isNotFound } from './errors.js';
import { KubeError, type KindRef, type Scope } from './kube.js';

/** Owner of the fields the harness applies. */
const FIELD_MANAGER = 'meshgauge';

/** A collection at one moment. */
export interface ObjectList {
  readonly objects: readonly KubeObject[];
  /** Where a watch goes on. */
  readonly resourceVersion: string;
}

interface RawList {
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly Omit<KubeObject, 'apiVersion' | 'kind'>[];
}

export class ObjectStore {
  readonly #api: ApiConnection;
  readonly #discovery: Discovery;

  constructor(api: ApiConnection, discovery: Discovery) {
    this.#api = api;
    this.#discovery = discovery;
  }

  async apply(object: KubeObject): Promise<KubeObject> {
    const { name, namespace } = object.metadata;
    const owned = `fieldManager=${FIELD_MANAGER}`;
    try {
      return await this.#call<KubeObject>(object, (resource) => ({
        method: 'PATCH',
        path: `${objectPath(resource, namespace, name)}?${owned}&force=true`,
        body: object,
        contentType: 'application/apply-patch+yaml',
      }));
    } catch (error) {
      // What was refused is the outcome of a merge: a list that becomes empty takes its parent along, and a required `spec` is gone.
      if (!isInvalid(error)) throw error;
      const { apiVersion, kind } = object;
      const present = await this.get({ apiVersion, kind, name, namespace: namespace ?? '' });
      if (present === undefined) throw error;
      const { resourceVersion } = present.metadata;
      return await this.#call<KubeObject>(object, (resource) => ({
        method: 'PUT',
        path: `${objectPath(resource, namespace, name)}?${owned}`,
        body: { ...object, metadata: { ...object.metadata, resourceVersion } },
      }));
    }
  }

  async create(object: KubeObject): Promise<KubeObject> {
    const { namespace } = object.metadata;
    return await this.#call<KubeObject>(object, (resource) => ({
      method: 'POST',
      path: `${resourcePath(resource, namespace || 'default')}?fieldManager=${FIELD_MANAGER}&fieldValidation=Ignore`,
      body: object,
    }));
  }

  async patch(ref: ObjectRef, patch: unknown, subresource?: string): Promise<KubeObject> {
    const below = subresource === undefined ? '' : `/${subresource}`;
    return await this.#call<KubeObject>(ref, (resource) => ({
      method: 'PATCH',
      path: `${objectPath(resource, ref.namespace, ref.name)}${below}?fieldManager=${FIELD_MANAGER}`,
      body: patch,
      contentType: 'application/merge-patch+json',
    }));
  }

  async get(ref: ObjectRef): Promise<KubeObject | undefined> {
    return await orUndefined(
      this.#call<KubeObject>(ref, (resource) => ({
        method: 'GET',
        path: objectPath(resource, ref.namespace, ref.name),
      })),
    );
  }

  async list(kind: KindRef, scope: Scope = {}, signal?: AbortSignal): Promise<ObjectList> {
    const list = await this.#call<RawList>(kind, (resource) => ({
      method: 'GET',
      path: collectionPath(resource, scope),
      ...(signal === undefined ? {} : { signal }),
    }));
    // Items of a list do not say what they are.
    const objects = list.items.map((item) => ({ ...item, apiVersion: kind.apiVersion, kind: kind.kind }) as KubeObject);
    return { objects, resourceVersion: list.metadata.resourceVersion };
  }

  /** False when there was nothing to delete. Resolves when the API has accepted it; finalizers may still hold the object. */
  async delete(ref: ObjectRef, gracePeriodSeconds?: number): Promise<boolean> {
    const answer = await orUndefined(
      this.#call<unknown>(ref, (resource) => ({
        method: 'DELETE',
        path: objectPath(resource, ref.namespace, ref.name),
        body: {
          apiVersion: 'v1',
          kind: 'DeleteOptions',
          propagationPolicy: 'Background',
          ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
        },
      })),
    );
    return answer !== undefined;
  }

  async #call<Answer>(kind: KindRef, request: (resource: ApiResource) => ApiRequest): Promise<Answer> {
    const resource = await this.#discovery.resolve(kind);
    try {
      return await this.#api.json<Answer>(request(resource));
    } catch (error) {
      // An API that speaks of no object at all does not know the path any more: look the kind up again.
      if (!isNotFound(error) || error.reason !== '') throw error;
      this.#discovery.forget(kind);
      return await this.#api.json<Answer>(request(await this.#discovery.resolve(kind)));
    }
  }
}

/** Path and query of a collection. */
export function collectionPath(
  resource: ApiResource,
  scope: Scope,
  query: Readonly<Record<string, string>> = {},
): string {
  const parameters = new URLSearchParams(query);
  if (scope.labelSelector !== undefined) parameters.set('labelSelector', scope.labelSelector);
  const text = parameters.toString();
  return resourcePath(resource, scope.namespace) + (text === '' ? '' : `?${text}`);
}

function objectPath(resource: ApiResource, namespace: string | undefined, name: string): string {
  return resourcePath(resource, namespace || 'default', name);
}

async function orUndefined<Answer>(answer: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof KubeError && error.status === 404 && error.reason !== '') return undefined;
    throw error;
  }
}
