/** What is wanted in one lane, said in the mesh's own words as a whole; each change applies the difference. */
import { isDeepStrictEqual } from 'node:util';
import { CannotExpress } from '../cases/context.js';
import type { ApplyOutcome, ClusterApi } from '../environments/environment.js';
import type { Faithfulness, InstalledMesh, Wanted } from '../mesh/driver.js';
import type { KubeObject, ObjectRef } from '../smi/model.js';

/** One step towards the wanted set, in the order it was taken. */
export type Step =
  | { readonly action: 'apply'; readonly object: KubeObject; readonly outcome: ApplyOutcome }
  | { readonly action: 'delete'; readonly object: KubeObject };

export interface ChangeOutcome {
  readonly steps: readonly Step[];
  /** How each object that was put could be said; keyed as it was put. */
  readonly faithfulness: ReadonlyMap<string, Faithfulness>;
}

export class LaneObjects {
  readonly #api: ClusterApi;
  readonly #mesh: InstalledMesh;
  readonly #wanted = new Map<string, Wanted>();
  /** As last sent, whether or not the API took it. */
  readonly #sent = new Map<string, KubeObject>();

  constructor(api: ClusterApi, mesh: InstalledMesh) {
    this.#api = api;
    this.#mesh = mesh;
  }

  /**
   * Takes objects out and puts others in (in place, if they are there already), as one change: what nobody wants any more is
   * deleted first, then what is new or different is applied in order.
   * @throws CannotExpress when the mesh cannot say one of the objects put; nothing is changed then.
   */
  async change(remove: Iterable<string>, put: ReadonlyMap<string, Wanted>): Promise<ChangeOutcome> {
    const next = new Map(this.#wanted);
    for (const key of remove) next.delete(key);
    for (const [key, wanted] of put) next.set(key, wanted);
    const keys = [...next.keys()];
    const expression = await this.#mesh.express([...next.values()]);
    const faithfulness = new Map<string, Faithfulness>();
    for (const key of put.keys()) {
      const said = expression.faithfulness[keys.indexOf(key)];
      if (said === undefined) throw new Error(`the driver says nothing about ${key}`);
      if (said.fidelity === 'unsupported') throw new CannotExpress(said.reasons.join('; '));
      faithfulness.set(key, said);
    }
    this.#wanted.clear();
    for (const [key, wanted] of next) this.#wanted.set(key, wanted);
    return { steps: await this.#reconcile(expression.objects), faithfulness };
  }

  /** What is wanted, as cases write it. */
  wanted(): readonly KubeObject[] {
    return [...this.#wanted.values()].map(({ manifest }) => manifest);
  }

  async #reconcile(objects: readonly KubeObject[]): Promise<readonly Step[]> {
    const keep = new Set(objects.map(keyOf));
    const gone = [...this.#sent].filter(([key]) => !keep.has(key));
    // In the order in which they had been sent, whichever deletion is answered first.
    const steps: Step[] = await Promise.all(
      gone.map(async ([key, object]) => {
        this.#sent.delete(key);
        await this.#api.delete(refOf(object));
        return { action: 'delete', object } as const;
      }),
    );
    for (const object of objects) {
      const key = keyOf(object);
      if (isDeepStrictEqual(this.#sent.get(key), object)) continue;
      this.#sent.set(key, object);
      steps.push({ action: 'apply', object, outcome: await this.#api.apply(object) });
    }
    return steps;
  }
}

export function refOf(object: KubeObject): ObjectRef {
  return {
    apiVersion: object.apiVersion,
    kind: object.kind,
    namespace: object.metadata.namespace ?? '',
    name: object.metadata.name,
  };
}

/** The group counts and its version does not: another version of the same object is the same object. */
function keyOf({ apiVersion, kind, metadata }: KubeObject): string {
  const group = apiVersion.includes('/') ? apiVersion.split('/')[0] : '';
  return `${group}/${kind}/${metadata.namespace ?? ''}/${metadata.name}`;
}
