/** Layers of images: tar archives whose bytes depend on nothing but the files in them. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { Workshop } from './workshop.js';

/** Owner, order and times are fixed; modes are those of the files. `tmp` folders are open to all, as everywhere. */
export async function packLayer(shop: Workshop, root: string, target: string): Promise<void> {
  await shop.run(`packing ${target}`, 'bash', ['-c', PACK, 'pack', root, target]);
}

const PACK = `
set -eu
for tmp in "$1/tmp" "$1/var/tmp"; do [ ! -d "$tmp" ] || chmod 1777 "$tmp"; done
tar --create --file="$2" --directory="$1" --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --format=gnu .`;

export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
