/** A model of who answers in a mesh that splits as the specification says, or with one defect. It knows the fixture's selectors, not the expectations. */
import type { Phase, Sample } from '../../../src/cases/case.js';
import type { TrafficSplit } from '../../../src/smi/model.js';
import type { WorkloadSet } from '../../../src/workloads/workload-set.js';
import { repeat, serviceOf, spread, type Answer, type Behaviour } from './synthetic.js';

export type Defect =
  | 'ignore-split'
  | 'zero-weight-leak'
  | 'stale-config'
  | 'pods-not-services'
  | 'ports-ignored'
  | 'whole-percents'
  | 'sticky'
  | 'leaves-split'
  | 'outside-split'
  | 'equal-weights'
  | 'one-pod';

/** Only the part of a service that decides who answers. */
interface Selected {
  readonly pods: readonly string[];
  readonly port: number;
}

const LEAK = 0.02;

export class SplitMesh implements Behaviour {
  readonly #workloads: WorkloadSet;
  readonly #defect: Defect | undefined;
  /** For `stale-config`: the first version of every split, kept. */
  readonly #first = new Map<string, TrafficSplit>();

  constructor(workloads: WorkloadSet, defect?: Defect) {
    this.#workloads = workloads;
    this.#defect = defect;
  }

  readonly sample = (phase: Phase, sample: Sample): readonly Answer[] => {
    const root = serviceOf(sample.to);
    const split = this.#splitFor(phase, root, sample.from);
    const pods = split === undefined ? this.#selected(phase, root) : this.#shares(phase, split);
    const answers: readonly Answer[] = Object.keys(pods).length === 0 ? repeat(null, sample.n) : spread(pods, sample.n);
    return this.#defect === 'sticky' ? stick(answers, sample.connections) : answers;
  };

  #selected(phase: Phase, root: string): Record<string, number> {
    const { pods } = this.#service(phase, root);
    return Object.fromEntries((this.#defect === 'one-pod' ? pods.slice(0, 1) : pods).map((pod) => [pod, 1]));
  }

  #splitFor(phase: Phase, root: string, from: string): TrafficSplit | undefined {
    const splits = phase.objects.filter((object): object is TrafficSplit => object.kind === 'TrafficSplit');
    if (this.#defect === 'ignore-split') return undefined;
    if (from === 'stranger' && this.#defect !== 'outside-split') return undefined;
    if (
      this.#defect === 'leaves-split' &&
      splits.some(({ backends }) => backends.some(({ service }) => service === root))
    )
      return splits[0];
    if (this.#defect !== 'stale-config') return splits.find(({ service }) => service === root);
    for (const split of splits) if (!this.#first.has(split.metadata.name)) this.#first.set(split.metadata.name, split);
    return [...this.#first.values()].find(({ service }) => service === root);
  }

  /** Pod → share. */
  #shares(phase: Phase, split: TrafficSplit): Record<string, number> {
    const { port } = this.#service(phase, split.service);
    const matching = split.backends.filter(
      ({ service }) => this.#defect === 'ports-ignored' || this.#service(phase, service).port === port,
    );
    const total = matching.reduce((sum, { weight }) => sum + weight, 0);
    const shares: Record<string, number> = {};
    for (const { service, weight } of matching) {
      const { pods } = this.#service(phase, service);
      const share = this.#defect === 'equal-weights' ? 1 / matching.length : this.#share(weight, total);
      for (const pod of pods)
        shares[pod] = (shares[pod] ?? 0) + share / (this.#defect === 'pods-not-services' ? 1 : pods.length);
    }
    return Object.fromEntries(Object.entries(shares).filter(([, share]) => share > 0));
  }

  #share(weight: number, total: number): number {
    if (this.#defect === 'zero-weight-leak' && weight === 0) return LEAK;
    if (this.#defect === 'whole-percents')
      return weight === 0 ? 0 : Math.max(0.01, Math.round((100 * weight) / total) / 100);
    return weight / total;
  }

  #service(phase: Phase, name: string): Selected {
    const own = phase.services?.find((service) => service.name === name && service.namespace === undefined);
    const service = own ?? this.#workloads.services.find((shared) => shared.name === name);
    // A service that does not exist keeps its share, which nobody answers; as a backend it has the root's port.
    if (service === undefined) return { pods: [], port: 8080 };
    const wanted = Object.entries(service.selector);
    const pods = this.#workloads.pods.filter(({ labels }) => wanted.every(([key, value]) => labels[key] === value));
    return { pods: pods.map((pod) => pod.name), port: service.ports[0]?.port ?? 0 };
  }
}

/** A connection keeps the answer it got first. */
function stick(answers: readonly Answer[], connections: number): Answer[] {
  return answers.map((_, index) => answers[index % connections] ?? null);
}
