import assert from 'node:assert/strict';
import { createFaults, FAULTS } from '../../../drivers/reference/faults/index.js';
import { metricsCases } from '../../../suites/metrics/index.js';
import { tells } from '../../../suites/metrics/metrics-case.js';
import type { CaseRecord } from '../../../src/cases/case.js';
import type { EvidenceLine } from '../../../src/evidence/records.js';
import type { Verdict } from '../../../src/judge/verdict.js';
import { status, type Answer } from '../../../src/metrics/status.js';
import type { Json } from '../../../src/smi/model.js';
import { perform, type PaperMetrics } from './metrics-mesh.js';
import { trouble, withLines, withoutLines } from './synthetic.js';

const caseOf = (id: string): CaseRecord => {
  const record = metricsCases.find((candidate) => candidate.id === id);
  assert.ok(record, `no case ${id}`);
  return record;
};
/** Users of the API server, and what the roles of the case let them see. */
const USERS: PaperMetrics = {
  server: (path, as) => {
    const forbidden = status(403, 'Forbidden', 'no');
    if (as === undefined) return undefined;
    return as === 'met-14-all' || path.endsWith('/edges') ? undefined : forbidden;
  },
};
const judge = async (id: string, mesh: PaperMetrics = {}): Promise<Verdict> => {
  const record = caseOf(id);
  return record.judge(await perform(record, { ...(id === 'MET-14' ? USERS : {}), ...mesh }));
};
/** The same run, with lines lost or changed before it is judged. */
const judgeWithout = async (id: string, drop: (line: EvidenceLine) => boolean): Promise<Verdict> => {
  const record = caseOf(id);
  return record.judge(withoutLines(await perform(record, id === 'MET-14' ? USERS : {}), drop));
};
const isFact = (line: EvidenceLine): boolean => line.kind === 'fact';
const METRICS_FAULTS = FAULTS.filter(({ name }) => name.startsWith('metrics-')).map(({ name }) => name);
const broken = (fault: string): PaperMetrics => ({ tamper: createFaults([fault]).metrics });
const READINGS: Readonly<Record<string, string>> = {
  'MET-01': 'over the paths of one; no API server aggregates APIs here',
  'MET-04': '404',
  'MET-05': 'window 2 s',
  'MET-06': 'successes: 201, 204, 302, 404; failures: none',
  'MET-07': 'in seconds',
  'MET-08': 'to: side client, from: side server',
  'MET-10': 'a service counts all that its pods served',
  'MET-12': 'zero',
  'MET-13': 'requests straight to a backend are told apart',
};

describe('whether metrics tell all that happened until a moment', () => {
  const lagMs = 200;
  const one = (timestamp: number): Json => ({
    apiVersion: 'metrics.smi-spec.io/v1alpha1',
    kind: 'TrafficMetrics',
    resource: { kind: 'Pod', name: 'p1', namespace: 'ns1' },
    timestamp: new Date(timestamp).toISOString(),
    window: '2s',
    metrics: [],
  });
  const list = (...items: readonly Json[]): Json => ({
    apiVersion: 'metrics.smi-spec.io/v1alpha1',
    kind: 'TrafficMetricsList',
    resource: { kind: 'Pod', name: 'c1', namespace: 'ns1' },
    items,
  });
  const isTold = (body: Json, at = 20_000): boolean => tells(10_000)({ body, at, lagMs });

  it('is read from the end of their window', () => {
    assert.equal(isTold(one(10_199)), false);
    assert.equal(isTold(one(10_200)), true);
    assert.equal(isTold(list(one(9_000), one(10_200))), true);
    assert.equal(isTold(list(one(9_000), one(10_100))), false);
  });

  it('is a matter of when they were asked where nothing names a window', () => {
    assert.equal(isTold(list(), 10_199), false, 'the look that it comes from may be older than the traffic');
    assert.equal(isTold(list(), 10_200), true);
    assert.equal(isTold({ message: 'no metrics' }, 10_199), false);
    assert.equal(isTold({ message: 'no metrics' }, 10_200), true);
  });
});

describe('the metrics suite', () => {
  it('has the fourteen cases of the matrix, in the full profile', () => {
    assert.deepEqual(
      metricsCases.map(({ id }) => id),
      Array.from({ length: 14 }, (_, index) => `MET-${String(index + 1).padStart(2, '0')}`),
    );
    for (const { id, class: grade, catches, needs, profiles, spec, variants } of metricsCases) {
      assert.deepEqual(profiles, ['full'], id);
      assert.ok(needs.includes('feature:traffic-metrics'), id);
      assert.ok(spec.phrase.length > 10, id);
      assert.equal(variants !== undefined, grade === 'A', id);
      // Roles are the API server's, not the mesh's: no defect of a mesh could show in MET-14.
      assert.equal(catches.length > 0, grade !== 'A' && id !== 'MET-14', id);
    }
  });

  it('catches every defect of the metrics API', () => {
    const caught = new Set(metricsCases.flatMap(({ catches }) => catches));
    assert.deepEqual([...caught].sort(), METRICS_FAULTS.toSorted());
  });

  for (const { id, class: grade, catches } of metricsCases) {
    it(`${id} holds on a mesh that counts what was`, async () => {
      const { verdict, reason, variant } = await judge(id);
      assert.equal(verdict, grade === 'A' ? 'recorded' : 'pass', reason);
      if (READINGS[id] !== undefined) assert.equal(variant, READINGS[id]);
    });

    for (const fault of catches)
      it(`${id} fails with ${fault}`, async () => {
        const { verdict, reason } = await judge(id, broken(fault));
        assert.equal(verdict, 'fail', reason);
      });

    it(`${id} proves nothing without answers, and is no verdict after trouble`, async () => {
      assert.equal((await judgeWithout(id, isFact)).verdict, 'inconclusive');
      const record = caseOf(id);
      const evidence = withLines(await perform(record, USERS), [trouble('error', 'a pod died')]);
      assert.equal(record.judge(evidence).verdict, 'error');
    });
  }

  for (const id of ['MET-06', 'MET-07', 'MET-08', 'MET-10', 'MET-13'])
    it(`${id} proves nothing without what the clients wrote down`, async () => {
      const { verdict, reason } = await judgeWithout(id, ({ kind }) => kind === 'client');
      assert.equal(verdict, 'inconclusive', reason);
    });

  it('says so when the harness counted, and not the mesh', async () => {
    assert.equal((await judge('MET-06', { source: 'shim' })).variant, `through the shim: ${READINGS['MET-06']}`);
    assert.equal((await judge('MET-09', { source: 'shim' })).variant, 'through the shim');
  });

  for (const { id } of metricsCases)
    it(`${id} holds as well on what proxies count unasked`, async () => {
      const verdict = await judge(id, { source: 'shim' });
      assert.match(verdict.verdict, /^(pass|recorded)$/, JSON.stringify(verdict));
    });
});

/** Other answers to some paths. */
const answering = (matches: RegExp, change: (answer: Answer) => Answer): PaperMetrics => ({
  tamper: (path, ask) => (matches.test(path) ? change(ask(path)) : ask(path)),
});
const empty = (kind: string): Answer => ({ status: 200, body: { kind, items: [] } });
const changed = (answer: Answer, change: (body: Record<string, Json>) => Json): Answer => ({
  ...answer,
  body: change({ ...(answer.body as Record<string, Json>) }),
});

describe('cases of the metrics suite', () => {
  const aggregated = (available: string): PaperMetrics => ({
    server: (path) => {
      if (!path.startsWith('/apis/apiregistration.k8s.io/v1')) return undefined;
      if (path.includes('v9alpha9')) return status(404, 'NotFound', 'no');
      return {
        status: 200,
        body: {
          kind: 'APIService',
          status: { conditions: [{ type: 'Available', status: available, message: 'no endpoints' }] },
        },
      };
    },
  });

  it('MET-01 looks at the APIService where an API server aggregates APIs', async () => {
    assert.equal((await judge('MET-01', aggregated('True'))).variant, 'through an APIService');
    const { verdict, reason } = await judge('MET-01', aggregated('False'));
    assert.equal(verdict, 'fail');
    assert.match(reason, /not available: no endpoints/);
  });

  it('MET-01 proves nothing when a made-up version is there too', async () => {
    assert.equal(
      (
        await judge(
          'MET-01',
          answering(/v9alpha9/, () => ({ status: 200, body: {} })),
        )
      ).verdict,
      'inconclusive',
    );
  });

  it('MET-02 looks at verbs and scopes', async () => {
    const list = (change: (resource: Record<string, Json>) => Json) =>
      answering(/v1alpha1$/, (answer) =>
        changed(answer, (body) => ({ ...body, resources: (body['resources'] as Record<string, Json>[]).map(change) })),
      );
    assert.match(
      (
        await judge(
          'MET-02',
          list((one) => ({ ...one, verbs: ['get'] })),
        )
      ).reason,
      /namespaces lack list/,
    );
    assert.match(
      (
        await judge(
          'MET-02',
          list((one) => ({ ...one, namespaced: true })),
        )
      ).reason,
      /namespaces are said to be namespaced; nodes are said to be namespaced/,
    );
    assert.equal(
      (
        await judge(
          'MET-02',
          answering(/apples/, () => empty('TrafficMetricsList')),
        )
      ).verdict,
      'inconclusive',
    );
  });

  it('MET-03 wants lists that say what they are about, and somebody elsewhere as control', async () => {
    const { verdict, reason } = await judge(
      'MET-03',
      answering(/pods$/, (answer) => changed(answer, ({ resource: _resource, ...body }) => body)),
    );
    assert.equal(verdict, 'fail', reason);
    const alone = await judge('MET-03', {
      tamper: (path, ask) => ask(path.replace(/v1alpha1\/pods$/, 'v1alpha1/namespaces/lane1-ns1/pods')),
    });
    assert.equal(alone.verdict, 'inconclusive', alone.reason);
  });

  for (const [answer, variant] of [
    [status(500, 'InternalError', 'x'), '500'],
    [empty('TrafficMetricsList'), '200 with empty metrics'],
    [status(418, 'Teapot', 'x'), 'other: status 418 and a Status'],
  ] as const)
    it(`MET-04 records ${variant}`, async () => {
      const verdict = await judge(
        'MET-04',
        answering(/no-such-pod/, () => answer),
      );
      assert.deepEqual([verdict.verdict, verdict.variant], ['recorded', variant]);
    });

  it('MET-04 proves nothing when nobody is answered', async () => {
    assert.equal(
      (
        await judge(
          'MET-04',
          answering(/pods\//, () => status(404, 'NotFound', 'x')),
        )
      ).verdict,
      'inconclusive',
    );
  });

  it('MET-05 wants a timestamp of now, and all five metrics', async () => {
    const old = answering(/p4$/, (answer) =>
      changed(answer, (body) => ({ ...body, timestamp: '2019-04-08T22:25:55Z' })),
    );
    assert.match((await judge('MET-05', old)).reason, /is not that of the answer/);
    const four = answering(/p4$/, (answer) =>
      changed(answer, (body) => ({ ...body, metrics: (body['metrics'] as Json[]).slice(1) })),
    );
    assert.match((await judge('MET-05', four)).reason, /no p99_response_latency/);
    const constant = answering(/witness$/, (answer) =>
      changed(answer, (body) => ({ ...body, metrics: [{ name: 'success_count', value: 50 }] })),
    );
    assert.equal((await judge('MET-05', constant)).verdict, 'inconclusive');
  });

  it('MET-06 tells how far counts are off', async () => {
    const { reason } = await judge('MET-06', broken('metrics-double-count'));
    assert.match(reason, /success_count is 160, both ends saw 80/);
    assert.match(
      (await judge('MET-06', broken('metrics-failures-as-success'))).reason,
      /failure_count is 0, both ends saw 20/,
    );
  });

  it('MET-06 says which statuses count as failures', async () => {
    const notFoundFails = answering(/p6$/, (answer) =>
      changed(answer, (body) => ({
        ...body,
        metrics: [
          { name: 'success_count', value: '7' },
          { name: 'failure_count', value: '8' },
        ],
      })),
    );
    assert.equal((await judge('MET-06', notFoundFails)).variant, 'successes: 201, 204, 302; failures: 404');
  });

  it('MET-07 takes latencies in any unit, as long as unit times value is right', async () => {
    const inMs = answering(/p\d$/, (answer) =>
      changed(answer, (body) => ({
        ...body,
        metrics: (body['metrics'] as Record<string, Json>[]).map((metric) =>
          'unit' in metric
            ? {
                ...metric,
                unit: 'ms',
                value: String(Math.round(1_000 * Number.parseFloat(asSeconds(metric['value'])))),
              }
            : metric,
        ),
      })),
    );
    const { verdict, variant, reason } = await judge('MET-07', inMs);
    assert.deepEqual([verdict, variant], ['pass', 'in ms'], reason);
  });

  it('MET-07 fails when latencies are too long or too short, and proves nothing when all are late', async () => {
    assert.equal((await judge('MET-07', { told: (ms) => 3 * ms })).verdict, 'fail');
    assert.equal((await judge('MET-07', { told: (ms) => ms / 2 })).verdict, 'fail');
    const { verdict, reason } = await judge('MET-07', { latencyMs: 1_000 });
    assert.equal(verdict, 'inconclusive', reason);
  });

  it('MET-08 proves nothing when everybody has edges', async () => {
    const copied = {
      tamper: (path: string, ask: (path: string) => Answer) => ask(path.replace('stranger/edges', 'p3/edges')),
    };
    assert.equal((await judge('MET-08', copied)).verdict, 'inconclusive');
  });

  it('MET-10 leaves deployments out where there are none', async () => {
    const { verdict, variant } = await judge('MET-10', { features: [] });
    assert.equal(verdict, 'pass');
    assert.match(variant ?? '', /belong to no deployment/);
  });

  it('MET-11 fails when the selector changes metrics', async () => {
    const halved = answering(/labelSelector/, (answer) =>
      changed(answer, (body) => ({
        ...body,
        items: (body['items'] as Record<string, Json>[]).map((item) => ({
          ...item,
          metrics: [
            { name: 'success_count', value: 1 },
            { name: 'failure_count', value: 0 },
          ],
        })),
      })),
    );
    assert.match((await judge('MET-11', halved)).reason, /other counts: 1 successes/);
  });

  it('MET-12 records what stays, and what goes', async () => {
    let last: Answer | undefined;
    const keeps: PaperMetrics = {
      tamper: (path, ask) => {
        const answer = ask(path);
        const counts = JSON.stringify(answer.body).includes('"success_count","value":20');
        if (counts) last = answer;
        const { timestamp, window } = answer.body as Record<string, Json>;
        return last === undefined
          ? answer
          : changed(last, (body) => ({ ...body, timestamp: timestamp!, window: window! }));
      },
    };
    assert.equal((await judge('MET-12', keeps)).variant, 'last value stays');
    const gone: PaperMetrics = {
      tamper: (path, ask) => {
        const answer = ask(path);
        return JSON.stringify(answer.body).includes('"success_count","value":0')
          ? status(404, 'NotFound', 'x')
          : answer;
      },
    };
    assert.equal((await judge('MET-12', gone)).variant, 'absent');
  });

  it('MET-13 wants apex and weight as the split has them', async () => {
    const heavier = answering(/met-13-ts$/, (answer) =>
      changed(answer, (body) => ({
        ...body,
        items: (body['items'] as Record<string, Json>[]).map((item) => ({
          ...item,
          backend: { ...(item['backend'] as object), weight: 50 },
        })),
      })),
    );
    assert.match((await judge('MET-13', heavier)).reason, /has weight 50, not 75/);
  });

  it('MET-14 fails when pods are shown to who may see edges only, and proves nothing when nobody may see anything', async () => {
    assert.equal((await judge('MET-14', { server: () => undefined })).verdict, 'fail');
    const all = { server: () => status(403, 'Forbidden', 'no') };
    assert.equal((await judge('MET-14', all)).verdict, 'fail');
    const narrow: PaperMetrics = {
      server: (path, as) =>
        as === 'met-14-edges' && path.endsWith('/edges') ? undefined : status(403, 'Forbidden', 'no'),
    };
    assert.equal((await judge('MET-14', narrow)).verdict, 'inconclusive');
  });
});

/** A Quantity of seconds as the API writes it. */
function asSeconds(value: Json | undefined): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  if (text.endsWith('m')) return String(Number.parseFloat(text) / 1e3);
  return text.endsWith('u') ? String(Number.parseFloat(text) / 1e6) : text;
}
