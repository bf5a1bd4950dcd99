/**
 * Having images at hand before they are needed. The engine knows no recipes: whoever does (the command line) plugs a
 * builder in, and a run from nothing then builds or pulls what is missing.
 */
import { execFile } from 'node:child_process';
import { HarnessError } from '../errors/harness-error.js';
import { findTool } from './tools.js';

export interface EnsureOptions {
  readonly log: (line: string) => void;
  readonly signal?: AbortSignal;
}

/** Makes or pulls those of `refs` that are missing or stale; knows which they are. */
export type ImageBuilder = (refs: readonly string[], options: EnsureOptions) => Promise<void>;

let builder: ImageBuilder | undefined;

export function useImageBuilder(build: ImageBuilder): void {
  builder = build;
}

/** Resolves when the container engine has every image. @throws HarnessError E_IMAGE_MISSING, or what the builder throws */
export async function ensureImages(refs: readonly string[], options: EnsureOptions): Promise<void> {
  if (builder !== undefined) return builder([...new Set(refs)], options);
  const docker = await findTool('docker');
  const present = await Promise.all(refs.map((ref) => hasImage(docker, ref)));
  const missing = refs.filter((_, index) => present[index] === false);
  if (missing.length === 0) return;
  throw new HarnessError({
    code: 'E_IMAGE_MISSING',
    message: `the container engine has no ${missing.join(', ')}`,
    hint: 'meshgauge images build',
  });
}

/** Without a process library: this module is loaded by every command, `--help` included. */
function hasImage(docker: string, ref: string): Promise<boolean> {
  return new Promise((resolve) => {
    execFile(docker, ['image', 'inspect', ref], (error) => resolve(error === null));
  });
}
