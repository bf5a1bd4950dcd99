import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Kube } from '../../kube/kube.js';
import type { ContainerEnd } from './pod-status.js';

const TAIL_LINES = 20;

/** The log of a container, as far as the cluster still has it. */
export interface SavedLog {
  readonly tail: string;
  readonly file: string;
}

/** Writes a container's log into the folder of the run: the cluster forgets it together with the pod. */
export async function saveLog(
  kube: Kube,
  pod: { readonly namespace: string; readonly name: string },
  end: Pick<ContainerEnd, 'container' | 'restarted'>,
  dir: string,
): Promise<SavedLog> {
  const container = { namespace: pod.namespace, pod: pod.name, container: end.container };
  const text = await kube.logs(container, { previous: end.restarted }).catch(
    // A pod that is gone has no log; that is part of what happened.
    (error: unknown) => `(no log: ${error instanceof Error ? error.message : String(error)})`,
  );
  const file = join(dir, `${pod.namespace}.${pod.name}.${end.container}.log`);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  await writeFile(file, text, { mode: 0o600 });
  return { tail: text.trimEnd().split('\n').slice(-TAIL_LINES).join('\n'), file };
}
