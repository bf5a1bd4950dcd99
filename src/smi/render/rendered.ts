import type { Json, KubeObject } from '../model.js';

/** Something that one API version cannot carry, and what that does to the meaning. */
export interface Loss {
  /** The field of the model, for example `destination.port`. */
  readonly path: string;
  /** What is not, or not exactly, in the manifest. */
  readonly what: string;
  /** What the manifest says instead: the reader must be able to tell whether it allows more. */
  readonly consequence: string;
}

/** A manifest and what it leaves out; or no manifest, when the version cannot express the object at all. */
export type Rendered =
  | { readonly manifest: KubeObject; readonly losses: readonly Loss[] }
  | { readonly manifest: null; readonly losses: readonly [Loss, ...Loss[]] };

/** The fields of one kind in one version, without apiVersion, kind and metadata, and what they leave out. */
export interface RenderedFields {
  readonly fields: Readonly<Record<string, Json | undefined>>;
  readonly losses: readonly Loss[];
}
