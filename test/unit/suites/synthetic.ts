/**
 * Evidence as a mesh would have left it, made from the static phases of a case: what a judge is proved on.
 * Without a behaviour it is the evidence of a perfect mesh, in the exact proportions asked for; a behaviour says what goes wrong.
 */
import type { CaseRecord, Cell, Phase, Sample } from '../../../src/cases/case.js';
import { clientControlKey, serverControlKey } from '../../../src/cases/controls.js';
import {
  EVIDENCE_VERSION,
  type ChangeLine,
  type ClientLine,
  type Evidence,
  type EvidenceLine,
  type FactLine,
  type GateLine,
  type ServerLine,
  type TroubleLine,
} from '../../../src/evidence/records.js';
import { createSeededRandom } from '../../../fixtures/agent/seeded-random.js';
import type { Json } from '../../../src/smi/model.js';

/** The pod that answered; `null`: refused before any server saw it. */
export type Answer = string | null;

/** Where a mesh differs from a perfect one; what is left out, or answers undefined, is perfect. */
export interface Behaviour {
  /** Who answers the requests of a sample, in order. */
  readonly sample?: (phase: Phase, sample: Sample) => readonly Answer[] | undefined;
  /** Who answers the requests of a cell, in order. */
  readonly cell?: (phase: Phase, cell: Cell) => readonly Answer[] | undefined;
  /** Who answers a control; `key` as in src/cases/controls.ts. */
  readonly control?: (phase: Phase, key: string) => readonly Answer[] | undefined;
  /** The port at which a request arrives at this pod; 8080 unless told. */
  readonly port?: (phase: Phase, to: string, pod: string) => number;
  readonly gate?: (phase: Phase) => Partial<GateLine> | undefined;
}

const CONTROL_COUNT = 3;
/** Any moment will do; every exchange takes the next millisecond. */
const START = 1_700_000_000_000;

/** The evidence of all static phases, gates first, as a run writes it. */
export function synthesise(record: CaseRecord, behaviour: Behaviour = {}): Evidence {
  return evidenceOf(
    record,
    (record.phases ?? []).flatMap((phase) => linesOf(phase, behaviour)),
  );
}

/** A complete evidence file around these lines. */
function evidenceOf(record: Pick<CaseRecord, 'id'>, lines: readonly EvidenceLine[]): Evidence {
  const header = {
    kind: 'case',
    apiVersion: EVIDENCE_VERSION,
    id: record.id,
    run: 'synthetic',
    seed: 1,
    mesh: 'synthetic',
  } as const;
  return { header, lines: [header, ...lines] };
}

/** The same evidence with more lines at its end. */
export const withLines = (evidence: Evidence, lines: readonly EvidenceLine[]): Evidence => ({
  ...evidence,
  lines: [...evidence.lines, ...lines],
});

/** The same evidence without the lines that match. */
export const withoutLines = (evidence: Evidence, drop: (line: EvidenceLine) => boolean): Evidence => ({
  ...evidence,
  lines: evidence.lines.filter((line) => !drop(line)),
});

/** Loses what the client end wrote down of one phase; of all phases when none is named. */
export const withoutClients = (evidence: Evidence, phase?: string): Evidence =>
  withoutLines(evidence, (line) => line.kind === 'client' && (phase === undefined || line.phase === phase));

function linesOf(phase: Phase, behaviour: Behaviour): EvidenceLine[] {
  const { port } = behaviour;
  const portOf = (to: string): Pick<ExchangeOptions, 'port'> =>
    port === undefined ? {} : { port: (pod) => port(phase, to, pod) };
  const cells = (phase.cells ?? []).flatMap((cell) => {
    const answers =
      behaviour.cell?.(phase, cell) ?? repeat(cell.expect === 'deny' ? null : serviceOf(cell.to), cell.count);
    return exchanges(phase.name, cell.key, answers, { from: cell.from, ...portOf(cell.to) });
  });
  const samples = (phase.samples ?? []).flatMap((sample) => {
    const answers = behaviour.sample?.(phase, sample) ?? perfectAnswers(phase, sample);
    return exchanges(phase.name, sample.key, answers, {
      from: sample.from,
      connections: sample.connections,
      ...portOf(sample.to),
    });
  });
  return [gate(phase.name, behaviour.gate?.(phase)), ...cells, ...controls(phase, behaviour), ...samples];
}

/** The engine asks a control once, however many denials it stands beside. */
function controls(phase: Phase, behaviour: Behaviour): EvidenceLine[] {
  const denied = (phase.cells ?? []).filter(({ expect }) => expect === 'deny');
  const keys = new Set(
    denied.flatMap((cell) =>
      phase.bare === true ? [clientControlKey(cell)] : [clientControlKey(cell), serverControlKey(cell)],
    ),
  );
  return [...keys].flatMap((key) =>
    exchanges(phase.name, key, behaviour.control?.(phase, key) ?? repeat('control', CONTROL_COUNT)),
  );
}

/** What the expectation asks for; where it asks for anything but a distribution, what the split or else every pod gives. */
function perfectAnswers(phase: Phase, sample: Sample): Answer[] {
  const { expect, groups, n } = sample;
  switch (expect.kind) {
    case 'shares':
      return spread(byPod(expect.shares, groups), n);
    case 'present': {
      const others = Object.keys(groups).filter((backend) => backend !== expect.backend);
      return spread(byPod({ [expect.backend]: expect.share, ...equally(others, 1 - expect.share) }, groups), n);
    }
    case 'only':
    case 'all':
      return spread(byPod(equally(expect.backends, 1), groups), n);
    case 'not-shares': {
      const split = phase.objects.find(
        (object) => object.kind === 'TrafficSplit' && object.service === serviceOf(sample.to),
      );
      if (split?.kind === 'TrafficSplit')
        return spread(
          byPod(Object.fromEntries(split.backends.map(({ service, weight }) => [service, weight])), groups),
          n,
        );
      return spread(equally(Object.values(groups).flat(), 1), n);
    }
  }
}

/** Shares of backends as shares of pods, even within a backend. */
function byPod(shares: Readonly<Record<string, number>>, groups: Sample['groups']): Record<string, number> {
  return Object.assign(
    {},
    ...Object.entries(shares).map(([backend, share]) => equally(groups[backend] ?? [], share)),
  ) as Record<string, number>;
}

function equally(names: readonly string[], total: number): Record<string, number> {
  return Object.fromEntries(names.map((name) => [name, total / names.length]));
}

/** `n` answers in exactly these proportions (largest remainders), in a shuffled order that is the same every time. */
export function spread(weights: Readonly<Record<string, number>>, n: number): string[] {
  const total = Object.values(weights).reduce((sum, weight) => sum + weight, 0);
  const quotas = Object.entries(weights).map(([name, weight]) => ({ name, quota: (n * weight) / total }));
  const whole = quotas.map(({ name, quota }) => ({
    name,
    count: Math.floor(quota + 1e-9),
    rest: quota - Math.floor(quota + 1e-9),
  }));
  const missing = n - whole.reduce((sum, { count }) => sum + count, 0);
  const raised = new Set(whole.toSorted((a, b) => b.rest - a.rest).slice(0, missing));
  return shuffle(whole.flatMap((part) => repeat(part.name, part.count + (raised.has(part) ? 1 : 0))));
}

function shuffle<T>(items: readonly T[]): T[] {
  const random = createSeededRandom(items.length);
  const keyed = items.map((item) => ({ item, key: random() }));
  return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item);
}

export const repeat = <T>(value: T, count: number): T[] => Array.from({ length: count }, () => value);

export const serviceOf = (to: string): string => to.split(':')[0] ?? to;

export interface ExchangeOptions {
  readonly from?: string;
  readonly connections?: number;
  /** Status of a refusal; 403 unless told. */
  readonly status?: number;
  readonly port?: (pod: string) => number;
  /** Arrives although the client saw a failure. */
  readonly arrives?: string;
}

/** Both ends of one request per answer. */
export function exchanges(
  phase: string,
  cell: string,
  answers: readonly Answer[],
  options: ExchangeOptions = {},
): (ClientLine | ServerLine)[] {
  const { from = 'c1', connections = 1, status = 403, arrives, port = () => 8080 } = options;
  return answers.flatMap((answer, index) => {
    const id = `${phase}/${cell}/${index}`;
    const t = START + index;
    const client: ClientLine = {
      kind: 'client',
      phase,
      cell,
      id,
      pod: from,
      t,
      ms: 1,
      ok: answer !== null,
      conn: index % connections,
      ...(answer === null ? { status } : { status: 200, server: answer }),
    };
    const pod = answer ?? arrives;
    if (pod === undefined) return [client];
    const server: ServerLine = {
      kind: 'server',
      phase,
      id,
      seq: index,
      pod,
      t: t + 0.5,
      protocol: 'http/1.1',
      port: port(pod),
      conn: index % connections,
    };
    return [client, server];
  });
}

/** A gate that was passed at once, unless told otherwise. */
export function gate(phase: string, rest: Partial<GateLine> = {}): GateLine {
  return {
    kind: 'gate',
    phase,
    t: START,
    converged: true,
    deadlineMs: 10_000,
    firstMs: 10,
    stableMs: 20,
    probes: 20,
    ...rest,
  };
}

export function fact(phase: string, name: string, value: Json): FactLine {
  return { kind: 'fact', phase, t: START, name, value };
}

export function trouble(verdict: TroubleLine['verdict'], message: string): TroubleLine {
  return { kind: 'trouble', phase: '', t: START, verdict, message };
}

/** What the API said to one object. */
export function change(phase: string, object: ChangeLine['object'], refusal?: string): ChangeLine {
  const base = { kind: 'change', phase, t: START, action: 'apply', object } as const;
  return refusal === undefined ? { ...base, accepted: true } : { ...base, accepted: false, message: refusal };
}
