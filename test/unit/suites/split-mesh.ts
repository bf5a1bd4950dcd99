/** A model of who answers in a mesh that splits as the specification says, or with one defect. It knows the fixture's selectors, not the expectations. */
import type { Cell, Phase, Sample } from '../../../src/cases/case.js';
import type { HTTPRouteGroup, HttpMatch, SmiObject, TrafficSplit } from '../../../src/smi/model.js';
import type { WorkloadSet } from '../../../src/workloads/workload-set.js';
import { repeat, serviceOf, spread, type Answer, type Behaviour } from './synthetic.js';

export type Defect =
  | 'ignore-split'
  | 'zero-weight-leak'
  | 'stale-config'
  | 'ignore-matches'
  | 'foreign-root'
  | 'allow-all'
  | 'any-identity'
  | 'pods-not-services'
  | 'ports-ignored'
  | 'whole-percents'
  | 'sticky'
  | 'leaves-split'
  | 'outside-split'
  | 'equal-weights'
  | 'one-pod';

/** Only the part of a service that decides who answers, and where. */
interface Selected {
  readonly pods: readonly string[];
  readonly ports: readonly { readonly port: number; readonly targetPort: number }[];
}

type Asked = Pick<Cell, 'from' | 'to'> & Pick<Cell, 'method' | 'path' | 'headers'>;

const LEAK = 0.02;
const NOBODY = '';
const PORTS_OF_PODS = [8080, 8081, 8300];

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
    const answers = this.#answers(phase, sample, sample.n);
    return this.#defect === 'sticky' ? stick(answers, sample.connections) : answers;
  };

  readonly cell = (phase: Phase, cell: Cell): readonly Answer[] | undefined =>
    cell.expect === 'observe' ? this.#answers(phase, cell, cell.count) : undefined;

  readonly port = (phase: Phase, to: string, pod: string): number => {
    const root = serviceOf(to);
    const backends = this.#splitFor(phase, { from: 'c1', to })?.backends.map(({ service }) => service) ?? [];
    const service = backends.find((name) => this.#service(phase, name).pods.includes(pod)) ?? root;
    return this.#targetPort(phase, service, portOf(to));
  };

  #answers(phase: Phase, asked: Asked, n: number): readonly Answer[] {
    const split = this.#splitFor(phase, asked);
    const pods =
      split === undefined ? this.#selected(phase, serviceOf(asked.to)) : this.#shares(phase, split, portOf(asked.to));
    const allowed = Object.entries(pods).map(
      ([pod, share]) => [this.#mayReach(phase, asked.from, pod) ? pod : NOBODY, share] as const,
    );
    const shares: Record<string, number> = {};
    for (const [pod, share] of allowed) shares[pod] = (shares[pod] ?? 0) + share;
    if (Object.keys(shares).length === 0) return repeat(null, n);
    return spread(shares, n).map((pod) => (pod === NOBODY ? null : pod));
  }

  /** The fixture keeps the second client from the last leaf. */
  #mayReach(phase: Phase, from: string, pod: string): boolean {
    if (from !== 'c2' || pod !== 'p10' || this.#defect === 'allow-all' || this.#defect === 'any-identity') return true;
    return phase.objects.some((object) => object.kind === 'TrafficTarget' && object.destination.name === 'leaf-10');
  }

  #selected(phase: Phase, root: string): Record<string, number> {
    const { pods } = this.#service(phase, root);
    return Object.fromEntries((this.#defect === 'one-pod' ? pods.slice(0, 1) : pods).map((pod) => [pod, 1]));
  }

  #splitFor(phase: Phase, asked: Asked): TrafficSplit | undefined {
    const root = serviceOf(asked.to);
    const splits = phase.objects.filter(
      (object): object is TrafficSplit =>
        object.kind === 'TrafficSplit' && (object.metadata.namespace === 'ns1' || this.#defect === 'foreign-root'),
    );
    if (this.#defect === 'ignore-split') return undefined;
    if (asked.from === 'stranger' && this.#defect !== 'outside-split') return undefined;
    if (
      this.#defect === 'leaves-split' &&
      splits.some(({ backends }) => backends.some(({ service }) => service === root))
    )
      return splits[0];
    const isOf = ({ service, metadata }: TrafficSplit): boolean =>
      (metadata.namespace === 'ns1' || service.includes('.')) && service.split('.')[0] === root;
    const takes = (split: TrafficSplit | undefined): TrafficSplit | undefined =>
      split !== undefined && (this.#defect === 'ignore-matches' || isTaken(split, asked, phase.objects))
        ? split
        : undefined;
    if (this.#defect !== 'stale-config') return takes(splits.find(isOf));
    for (const split of splits) if (!this.#first.has(split.metadata.name)) this.#first.set(split.metadata.name, split);
    return takes([...this.#first.values()].find(isOf));
  }

  /** Pod → share; what nobody answers is the share of `NOBODY`. */
  #shares(phase: Phase, split: TrafficSplit, port: number): Record<string, number> {
    const matching = split.backends.filter(
      ({ service }) =>
        this.#defect === 'ports-ignored' || this.#service(phase, service).ports.some((one) => one.port === port),
    );
    const total = matching.reduce((sum, { weight }) => sum + weight, 0);
    const shares: Record<string, number> = {};
    for (const { service, weight } of matching) {
      const share = this.#defect === 'equal-weights' ? 1 / matching.length : this.#share(weight, total);
      const isServed = PORTS_OF_PODS.includes(this.#targetPort(phase, service, port));
      const { pods } = this.#service(phase, service);
      const answering = isServed && pods.length > 0 ? pods : [NOBODY];
      for (const pod of answering)
        shares[pod] = (shares[pod] ?? 0) + share / (this.#defect === 'pods-not-services' ? 1 : answering.length);
    }
    return Object.fromEntries(Object.entries(shares).filter(([, share]) => share > 0));
  }

  #share(weight: number, total: number): number {
    if (this.#defect === 'zero-weight-leak' && weight === 0 && total > 0) return LEAK;
    if (this.#defect === 'whole-percents')
      return weight === 0 ? 0 : Math.max(0.01, Math.round((100 * weight) / total) / 100);
    return total === 0 ? 0 : weight / total;
  }

  #targetPort(phase: Phase, name: string, port: number): number {
    return this.#service(phase, name).ports.find((one) => one.port === port)?.targetPort ?? 8080;
  }

  #service(phase: Phase, name: string): Selected {
    const own = phase.services?.find((service) => service.name === name && service.namespace === undefined);
    const service = own ?? this.#workloads.services.find((shared) => shared.name === name);
    // A service that does not exist keeps its share, which nobody answers; as a backend it has the root's port.
    if (service === undefined) return { pods: [], ports: [{ port: 8080, targetPort: 8080 }] };
    const wanted = Object.entries(service.selector);
    const pods =
      wanted.length === 0
        ? []
        : this.#workloads.pods.filter(({ labels }) => wanted.every(([key, value]) => labels[key] === value));
    return { pods: pods.map((pod) => pod.name), ports: service.ports };
  }
}

const portOf = (to: string): number => Number(to.split(':')[1]);

/** Whether a split takes this request: all of its groups are there, and one of their matches fits. */
function isTaken({ matches, metadata }: TrafficSplit, asked: Asked, objects: readonly SmiObject[]): boolean {
  if (matches === undefined) return true;
  const groups = matches.map(({ name }) =>
    objects.find(
      (object): object is HTTPRouteGroup =>
        object.kind === 'HTTPRouteGroup' &&
        object.metadata.name === name &&
        object.metadata.namespace === metadata.namespace,
    ),
  );
  return (
    groups.every((group) => group !== undefined) &&
    groups.some((group) => group.matches.some((one) => fits(one, asked)))
  );
}

function fits({ pathRegex = '.*', methods = ['*'], headers = [] }: HttpMatch, asked: Asked): boolean {
  const full = (regex: string, text: string): boolean => new RegExp(`^(?:${regex})$`).test(text);
  return (
    full(pathRegex, asked.path ?? '/') &&
    (methods.includes('*') || methods.includes(asked.method ?? 'GET')) &&
    headers.every(({ name, regex }) => (asked.headers ?? []).some(([key, value]) => key === name && full(regex, value)))
  );
}

/** A connection keeps the answer it got first. */
function stick(answers: readonly Answer[], connections: number): Answer[] {
  return answers.map((_, index) => answers[index % connections] ?? null);
}
