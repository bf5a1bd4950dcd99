/**
 * A mesh on paper that counts: the cases' own `run` asks it, its pods answer in its own time, and the metrics API tells what came of
 * it. What it serves is the real API over made-up counts, so that the defects of the reference mesh can be tried on it.
 */
import type { ClientRecord } from '../../../fixtures/agent/protocol.js';
import type { CaseRecord, Phase, Sample } from '../../../src/cases/case.js';
import type { CaseContext, MetricsAnswer, MetricsQuestion } from '../../../src/cases/context.js';
import { METRICS_FACT } from '../../../src/cases/metrics-fact.js';
import {
  EVIDENCE_VERSION,
  type ClientLine,
  type Evidence,
  type EvidenceLine,
  type ServerLine,
} from '../../../src/evidence/records.js';
import { answerMetrics, type MetricsSource } from '../../../src/metrics/answer.js';
import { API_VERSION } from '../../../src/metrics/resources.js';
import type { Tamper } from '../../../src/metrics/serve.js';
import type { Answer } from '../../../src/metrics/status.js';
import { createTopology, type Topology, type TopologyPod } from '../../../src/metrics/topology.js';
import type { Named, TrafficCount } from '../../../src/metrics/traffic.js';
import type { Json, TrafficSplit } from '../../../src/smi/model.js';
import { notFound } from '../../../src/metrics/status.js';
import { gate, spread } from './synthetic.js';

export interface PaperMetrics {
  readonly tamper?: Tamper;
  readonly source?: MetricsSource;
  /** Features of the mesh, `feature:` left out. */
  readonly features?: readonly string[];
  /** What an API server says that aggregates the API; without it there is none. */
  readonly server?: (path: string, as: string | undefined) => Answer | undefined;
  /** Milliseconds that each answer takes, and what the metrics say it took. */
  readonly latencyMs?: number;
  readonly told?: (ms: number) => number;
}

const WINDOW_MS = 2_000;
const LAG_MS = 200;
/** What a load takes, whatever its size. */
const LOAD_MS = 100;
const real = (logical: string): string => `lane1-${logical}`;

const pod = (namespace: string, name: string, rest: Partial<TopologyPod> = {}): TopologyPod => ({
  ...{ namespace: real(namespace), name, serviceAccount: name, labels: { app: name }, node: 'here', owners: [] },
  ...rest,
});
const leaf = (n: number): TopologyPod =>
  pod('ns1', `p${n}`, {
    labels: { app: 'web', leaf: String(n) },
    owners: n <= 2 ? [{ type: 'deployments', name: 'pair' }] : [],
  });
const PODS: readonly TopologyPod[] = [
  ...['c1', 'c2', 'witness', 'stranger', 'ctl'].map((name) => pod('ns1', name)),
  ...Array.from({ length: 10 }, (_, index) => leaf(index + 1)),
  pod('ns2', 'c1'),
];
/** Pods behind each service. */
const SERVICES: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(Array.from({ length: 8 }, (_, index) => [`e${index + 1}`, [`p${index + 1}`]])),
  ...{ v1: ['p1'], v2: ['p2'], pair: ['p1', 'p2'], root: ['p1', 'p2', 'p3'], root2: ['p1', 'p2', 'p3'], ctl: ['ctl'] },
};

interface Request {
  readonly from: Named;
  readonly to: string;
  readonly service: string;
  readonly called: string;
  readonly end: number;
  readonly ms: number;
  readonly status: number;
}

/** Everything that a run of the case leaves. */
export async function perform(record: CaseRecord, mesh: PaperMetrics = {}): Promise<Evidence> {
  const paper = new PaperRun(record, mesh);
  await record.run(paper as unknown as CaseContext);
  const header = {
    kind: 'case',
    apiVersion: EVIDENCE_VERSION,
    id: record.id,
    run: 'paper',
    seed: 1,
    mesh: 'paper',
  } as const;
  return { header, lines: [header, ...paper.lines] };
}

type PaperContext = Pick<CaseContext, 'enter' | 'probe' | 'sample' | 'metrics' | 'fact' | 'offers' | 'offer'>;

class PaperRun implements PaperContext {
  readonly lines: EvidenceLine[] = [];
  readonly #id: string;
  readonly #mesh: PaperMetrics;
  readonly #requests: Request[] = [];
  #splits: readonly TrafficSplit[] = [];
  /** Ahead of the real clock, which some of the engine reads. */
  #now = Date.now() + 10_000;
  /** When the loads under way are over: those of one moment run side by side. */
  #busyUntil = 0;
  #tick: Promise<void> | undefined;

  constructor(record: CaseRecord, mesh: PaperMetrics) {
    this.#id = record.id.toLowerCase();
    this.#mesh = mesh;
  }

  offers(need: string): boolean {
    return (this.#mesh.features ?? ['deployments']).some((feature) => need === `feature:${feature}`);
  }

  async enter({ name, objects }: Phase): Promise<void> {
    this.#splits = objects.filter((object) => object.kind === 'TrafficSplit');
    this.lines.push(gate(name));
  }

  async probe(): Promise<readonly ClientRecord[]> {
    return [];
  }

  async sample(phase: string, sample: Sample): Promise<void> {
    const { key, from, n, headers = [] } = sample;
    const [service = ''] = sample.to.split(':');
    const asked = new Map(headers);
    const status = Number(asked.get('x-meshgauge-status') ?? 200);
    const ms = Number(asked.get('x-meshgauge-delay') ?? 0) + (this.#mesh.latencyMs ?? 5);
    const chosen = this.#choose(service, n);
    const start = this.#now;
    chosen.forEach(({ backend, pod: to }, index) => {
      const t = start + (index * LOAD_MS) / n;
      this.#record(phase, { id: `${phase}/${key}/${index}`, key, from, to, t, ms, status });
      this.#requests.push({ from: nameOf(from), to, service: backend, called: service, end: t + ms, ms, status });
    });
    this.#busyUntil = start + LOAD_MS + ms;
  }

  async metrics(
    phase: string,
    path: string,
    { as, until = () => true, deadlineMs = 10_000 }: MetricsQuestion = {},
  ): Promise<MetricsAnswer> {
    const { source = 'native' } = this.#mesh;
    const whole = (path.startsWith('/apis') ? path : `/apis/${API_VERSION}${path}`).replace(
      /\/namespaces\/(ns\d)/,
      (_all, logical: string) => `/namespaces/${real(logical)}`,
    );
    const end = this.#now + deadlineMs;
    for (let asked = 1; ; asked += 1) {
      await this.#pass();
      const answer: MetricsAnswer = {
        ...this.#answer(whole, as),
        at: this.#now,
        source,
        lagMs: LAG_MS,
        latencyLagMs: LAG_MS,
      };
      if (!until(answer) && this.#now < end) continue;
      const namespaces = { [real('ns1')]: 'ns1', [real('ns2')]: 'ns2' };
      this.fact(phase, `${METRICS_FACT}${path}`, { ...answer, path: whole, asked, namespaces });
      return answer;
    }
  }

  /** Whoever asks at the same time is answered at the same time. */
  #pass(): Promise<void> {
    this.#tick ??= Promise.resolve().then(() => {
      this.#now = Math.max(this.#now, this.#busyUntil + 2 * LAG_MS) + 100;
      this.#busyUntil = 0;
      this.#tick = undefined;
    });
    return this.#tick;
  }

  fact(phase: string, name: string, value: Json): void {
    this.lines.push({ kind: 'fact', phase, t: this.#now, name, value });
  }

  async offer(): Promise<{ admitted: boolean; withdraw(): Promise<void> }> {
    return { admitted: true, withdraw: async () => undefined };
  }

  #choose(service: string, n: number): readonly { readonly backend: string; readonly pod: string }[] {
    const split = this.#splits.find((one) => one.service === service);
    const weights =
      split === undefined
        ? { [service]: 1 }
        : Object.fromEntries(split.backends.map(({ service: name, weight }) => [name, weight]));
    return spread(weights, n).map((backend, index) => {
      const pods = SERVICES[backend] ?? [];
      return { backend, pod: pods[index % pods.length] ?? '' };
    });
  }

  #record(
    phase: string,
    one: { id: string; key: string; from: string; to: string; t: number; ms: number; status: number },
  ): void {
    const { id, key, from, to, t, ms, status } = one;
    const client: ClientLine = {
      ...{
        kind: 'client',
        phase,
        cell: key,
        id,
        pod: from,
        t,
        ms,
        ok: status >= 200 && status < 300,
        status,
        server: to,
      },
    };
    const server: ServerLine = {
      ...{ kind: 'server', phase, id, seq: 0, pod: to, t, protocol: 'http/1.1', port: 8080, conn: 0 },
    };
    this.lines.push(client, server);
  }

  #answer(path: string, as: string | undefined): Answer {
    const { tamper = (wanted, ask) => ask(wanted), source = 'native', server } = this.#mesh;
    const told = server?.(path, as);
    if (told !== undefined) return told;
    if (path.startsWith('/apis/apiregistration')) return notFound();
    const window = { from: this.#now - WINDOW_MS, to: this.#now, counts: this.#counts() };
    const question = { window, topology: this.#topology(), source };
    return tamper(path, (wanted) => answerMetrics(wanted, question));
  }

  #counts(): readonly TrafficCount[] {
    const { told = (ms) => ms, source } = this.#mesh;
    return this.#requests
      .filter(({ end }) => end > this.#now - WINDOW_MS && end <= this.#now)
      .flatMap(({ from, to, service, called, ms, status }): TrafficCount[] => {
        const seconds = told(ms) / 1_000;
        const counted = {
          success: status < 500 ? 1 : 0,
          failure: status < 500 ? 0 : 1,
          latency: [{ low: seconds, high: seconds, count: 1 }],
        };
        const serverPod = { namespace: real('ns1'), name: to };
        const inNs1 = (name: string): Named => ({ namespace: real('ns1'), name });
        const backend = { pod: serverPod, service: inNs1(service) };
        // What proxies count unasked tells neither the apex of a split nor who asked.
        if (source === 'shim')
          return [
            { side: 'client', from, to: backend, ...counted },
            { side: 'server', to: serverPod, ...counted },
          ];
        return [
          { side: 'client', from, to: backend, called: inNs1(called), ...counted },
          { side: 'server', to: serverPod, from: { namespace: from.namespace, serviceAccount: from.name }, ...counted },
        ];
      });
  }

  #topology(): Topology {
    const services = Object.entries(SERVICES).map(([name, pods]) => ({ name, pods }));
    const owned = PODS.map((one) => ({
      ...one,
      owners: [
        ...one.owners,
        ...services.flatMap(({ name, pods }) =>
          one.namespace === real('ns1') && pods.includes(one.name) ? [{ type: 'services', name }] : [],
        ),
      ],
    }));
    const splits = this.#splits.map((split) => ({
      ...split,
      metadata: { name: `${this.#id}-${split.metadata.name}`, namespace: real('ns1') },
    }));
    return createTopology({ pods: owned, services: [], splits });
  }
}

function nameOf(client: string): Named {
  const [namespace, name] = client.includes('/') ? client.split('/') : ['ns1', client];
  return { namespace: real(namespace ?? 'ns1'), name: name ?? client };
}
