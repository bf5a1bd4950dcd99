/** Versions and checksums of everything that images are made of: one file, read once. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PACKAGE_ROOT } from '../package-root.js';

/** One Go module at one version; the sums are those of the public checksum database. */
export interface GoPin {
  readonly version: string;
  readonly sum: string;
  readonly goModSum: string;
}

/** Debian packages by name: their dependencies come along, except those in `without`. */
export interface DebianSet {
  readonly packages: readonly string[];
  readonly without: readonly string[];
}

export interface Pins {
  readonly kubernetes: { readonly version: string; readonly published: string };
  readonly envoy: { readonly package: string; readonly version: string };
  /** By module path. */
  readonly go: Readonly<Record<string, GoPin>>;
  readonly node: { readonly package: string; readonly version: string; readonly integrity: string };
  readonly debian: {
    readonly suite: string;
    readonly mirror: string;
    readonly securityMirror: string;
    readonly keyring: string;
    readonly sets: Readonly<Record<'runtime' | 'shell' | 'kind-node', DebianSet>>;
  };
}

export const PINS = JSON.parse(readFileSync(join(PACKAGE_ROOT, 'scripts/images/pins.json'), 'utf8')) as Pins;

/** @throws Error for a module that nobody pinned: a defect of a recipe. */
export function goPin(module: string, version: string): GoPin {
  const pin = PINS.go[module];
  if (pin?.version !== version)
    throw new Error(
      `scripts/images/pins.json does not pin ${module} at ${version} (but ${pin?.version ?? 'not at all'})`,
    );
  return pin;
}

/** The pinned version of a Go module, as recipes want it. */
export function goVersion(module: string): string {
  const pin = PINS.go[module];
  if (pin === undefined) throw new Error(`scripts/images/pins.json does not pin ${module}`);
  return pin.version;
}
