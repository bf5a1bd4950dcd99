/** What a translation depends on beside the SMI objects themselves, and what comes out of one object. */
import type { Faithfulness, PodSpec, ServiceSpec } from '../../../src/mesh/driver.js';
import type { KubeObject } from '../../../src/smi/model.js';

/** `exact` uses EnvoyFilters where policies have no words; `plain` leaves out what policies cannot say. */
export type TranslationMode = 'exact' | 'plain';

export interface World {
  readonly mode: TranslationMode;
  readonly trustDomain: string;
  readonly pods: readonly Pick<PodSpec, 'namespace' | 'serviceAccount' | 'ports'>[];
  readonly services: readonly Pick<ServiceSpec, 'name' | 'namespace' | 'ports'>[];
}

/** One SMI object in other words. */
export interface Part {
  readonly objects: readonly KubeObject[];
  readonly faithfulness: Faithfulness;
}
