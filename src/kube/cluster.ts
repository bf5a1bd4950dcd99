/** A Kubernetes cluster as a driver sees it: the API, the right to change things beyond the run's own namespaces, and images. */
import type { Kube } from './kube.js';

export interface Cluster {
  readonly kube: Kube;
  readonly runId: string;
  /** True when the harness made this cluster and may do with it what it likes. */
  readonly owned: boolean;
  /** Put on every object that the run creates, so that `clean` finds it: `meshgauge.dev/run: <runId>`. */
  readonly labels: Readonly<Record<string, string>>;
  /** Makes the images available to the nodes: loads what is missing where that is possible, does nothing where nodes pull by themselves. */
  provideImages(refs: readonly string[], signal?: AbortSignal): Promise<void>;
  /** Reads again which API versions are served; to be called after CRDs were installed or removed. */
  discover(): Promise<void>;
}

/** Label of everything a run creates, in clusters and in container engines alike. */
export const RUN_LABEL = 'meshgauge.dev/run';
/** On the namespace of a control plane that a run installed: the driver's name, who knows what else belongs to it. */
export const MESH_LABEL = 'meshgauge.dev/mesh';
