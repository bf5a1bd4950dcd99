/** The hook of `createReferenceDriver`: somebody else's hand on what each proxy is served. */
import type { JsonObject } from '@bufbuild/protobuf';
import { HarnessError } from '../../src/errors/harness-error.js';
import type { Proxy } from './resources/proxy.js';
import type { XdsTypeUrl } from './xds/resource.js';

export interface ProxyRef {
  readonly id: string;
  readonly namespace: string;
  readonly serviceAccount: string;
}

/** Resources of one type for one proxy: complete, in proto3 JSON, private copies that may be changed in place. */
export interface ResourceBatch {
  readonly proxy: ProxyRef;
  readonly typeUrl: XdsTypeUrl;
  readonly resources: JsonObject[];
}

export function proxyRef({ id, pod }: Proxy): ProxyRef {
  return { id, namespace: pod.namespace, serviceAccount: pod.serviceAccount };
}

/** Called once per proxy, type and push, before anything is compared or served. Must answer at once. */
export type MutateResources = (batch: ResourceBatch) => readonly JsonObject[];

export function mutate(
  hook: MutateResources,
  proxy: Proxy,
  typeUrl: XdsTypeUrl,
  resources: readonly object[],
): readonly JsonObject[] {
  let answer: unknown;
  try {
    answer = hook({
      proxy: proxyRef(proxy),
      typeUrl,
      resources: structuredClone(resources) as JsonObject[],
    });
  } catch (error) {
    throw mutationError(proxy, typeUrl, `threw: ${messageOf(error)}`, error);
  }
  if (!Array.isArray(answer))
    throw mutationError(proxy, typeUrl, `answered ${describe(answer)} instead of a list of resources`);
  const stray = answer.findIndex(
    (resource) => typeof resource !== 'object' || resource === null || Array.isArray(resource),
  );
  if (stray >= 0)
    throw mutationError(
      proxy,
      typeUrl,
      `answered a list whose item ${stray} is ${describe(answer[stray])}, not a resource`,
    );
  return answer as JsonObject[];
}

export function mutationError(proxy: Proxy, typeUrl: XdsTypeUrl, what: string, cause?: unknown): HarnessError {
  return new HarnessError({
    code: 'E_MUTATE_RESOURCES',
    message: `mutateResources, called for ${typeUrl.split('.').at(-1)} resources of proxy ${proxy.id}, ${what}`,
    hint: 'the hook must return, without a promise, the complete list of resources as valid proto3 JSON',
    cause,
  });
}

function describe(value: unknown): string {
  if (value instanceof Promise) return 'a promise';
  if (Array.isArray(value)) return 'a list';
  return value === null ? 'null' : typeof value;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
