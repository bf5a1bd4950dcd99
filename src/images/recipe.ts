/**
 * How a container image comes about where it cannot be pulled: Go programs from the module proxy, Debian packages, files.
 * Recipes are data; the builder knows no mesh. Versions and checksums come from the one pins file.
 */

/** Root file systems to build on, smallest first. `runtime`: glibc and CA certificates; `shell`: also sh, coreutils, iptables and curl. */
export type ImageBase = 'scratch' | 'runtime' | 'shell';

/** Commands of one Go module. */
export interface GoPrograms {
  readonly module: string;
  readonly version: string;
  /** Import paths of the commands; each binary is called after the last element. */
  readonly packages: readonly string[];
  readonly ldflags?: string;
  readonly tags?: readonly string[];
}

/** Where a file of an image comes from. */
export type FileSource =
  | { readonly kind: 'go'; readonly programs: GoPrograms; readonly program: string }
  /** A Go program of this package without dependencies: the folder of its `main.go`, relative to the root. */
  | { readonly kind: 'go-source'; readonly path: string }
  /** A file or folder inside a downloaded Go module. */
  | { readonly kind: 'module'; readonly module: string; readonly version: string; readonly path: string }
  /** A file of this package, relative to its root. */
  | { readonly kind: 'package'; readonly path: string }
  /** The pinned Node.js. */
  | { readonly kind: 'node' }
  /** The pinned Envoy. */
  | { readonly kind: 'envoy' }
  | { readonly kind: 'kubectl' };

export interface ImageFile {
  readonly source: FileSource;
  /** Absolute path inside the image. */
  readonly target: string;
}

export interface ImageRecipe {
  /** The name under which manifests ask for it. */
  readonly ref: string;
  /** Where the same content is published, when it is; pulled where a registry answers. */
  readonly published?: string;
  readonly base: ImageBase;
  readonly files: readonly ImageFile[];
  readonly entrypoint: readonly string[];
  /** `uid` or `uid:gid`. */
  readonly user?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A Helm chart that lies in a Go module. */
export interface ChartRecipe {
  readonly name: string;
  readonly version: string;
  readonly module: string;
  readonly moduleVersion: string;
  /** Folder of the chart inside the module. */
  readonly path: string;
}

/** What has to be there before a mesh can be installed. */
export interface MeshImages {
  readonly images: readonly ImageRecipe[];
  readonly charts: readonly ChartRecipe[];
}
