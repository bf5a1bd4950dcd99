/** Everything a policy is made from: pure data, one snapshot of the cluster. */
import type { NamespaceMode, Pod, Service } from '../../../src/mesh/driver.js';
import type { SmiObject } from '../../../src/smi/model.js';

export interface World {
  readonly trustDomain: string;
  /** Oldest first: of two splits of one root the first one counts. */
  readonly objects: readonly SmiObject[];
  /** Another number whenever pods or services changed. */
  readonly network: number;
  readonly pods: readonly Pod[];
  readonly services: readonly Service[];
  readonly modes: ReadonlyMap<string, NamespaceMode>;
}
