import type { ContainerRuntimeClient } from 'testcontainers';
import { HarnessError } from '../../errors/harness-error.js';
import { inspectEngine } from '../docker.js';

/** The interface of the container engine. */
export type Docker = ContainerRuntimeClient['container']['dockerode'];
export type ContainerHandle = ReturnType<Docker['getContainer']>;

/** Connects to the engine that testcontainers finds (DOCKER_HOST, contexts, rootless sockets). Loaded only where it is needed. */
export async function connectEngine(): Promise<Docker> {
  const { getContainerRuntimeClient } = await import('testcontainers');
  try {
    return (await getContainerRuntimeClient()).container.dockerode;
  } catch (cause) {
    // Says more precisely what is wrong, when it is one of the usual things.
    await inspectEngine();
    throw engineError('no container engine could be reached', cause);
  }
}

/** What the engine refused. */
export function engineError(what: string, cause: unknown): HarnessError {
  return new HarnessError({
    code: 'E_CONTAINER_ENGINE',
    message: `${what}: ${messageOf(cause)}`,
    hint: '"meshgauge doctor --env containers" checks the engine; "docker info" shows its state',
    cause,
  });
}

/** True for answers that something is not there, or not there any more. */
export function isGone(error: unknown): boolean {
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  return status === 404 || (status === 409 && messageOf(error).includes('already in progress'));
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
