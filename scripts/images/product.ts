/** One thing that `images build` can make: an image, a program or a chart. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Engine, EngineImage } from './engine.js';
import type { Registries } from './registries.js';
import type { Workshop } from './workshop.js';

/** `auto`: published where a registry answers, else from source. */
export type From = 'auto' | 'published' | 'source';

export interface Tools {
  readonly shop: Workshop;
  readonly engine: Engine;
  readonly registries: Registries;
}

export interface Presence {
  readonly present: boolean;
  readonly sizeBytes?: number;
  readonly source?: 'source' | 'published' | 'path';
}

export interface Product {
  readonly kind: 'image' | 'tool' | 'chart';
  readonly name: string;
  /** What needs it: `cluster`, `agents`, or a mesh. */
  readonly need: string;
  presence(images: ReadonlyMap<string, EngineImage>): Promise<Presence>;
  make(tools: Tools): Promise<void>;
}

/** The key that a file or folder was made with, kept beside it. */
export async function readStamp(path: string): Promise<string | undefined> {
  return readFile(`${path}.key`, 'utf8').catch(() => undefined);
}

export async function writeStamp(path: string, key: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.key`, key);
}
