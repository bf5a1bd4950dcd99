import assert from 'node:assert/strict';
import type { Phase } from '../../../src/cases/case.js';
import type { EvidenceLine } from '../../../src/evidence/records.js';
import { fortyBackends } from '../../../suites/split/forty.js';
import { printedObjects } from '../../../suites/split/printed.js';
import { caseOf, connections, forty, judge, mesh, seen } from './split-judging.js';
import { change, fact, repeat, spread, synthesise, withLines, type Behaviour } from './synthetic.js';

/** The evidence of a perfect mesh with these lines beside it. */
const judgeWith = (id: string, lines: readonly EvidenceLine[]) =>
  caseOf(id).judge(withLines(synthesise(caseOf(id), mesh(id)), lines));

describe('split suite, what judges ask beyond expectations', () => {
  describe('SPL-02 over TCP', () => {
    it('fails on a single connection to the backend of weight 0', () => {
      const verdict = judgeWith('SPL-02', connections(['p2', ...repeat('p1', 458)]));
      assert.deepEqual(
        [verdict.verdict, verdict.reason],
        ['fail', '100 to 0: 1 of 459 TCP connections reached the backend of weight 0'],
      );
    });

    it('asks nothing of a mesh that does not split connections, and says so', () => {
      const unsplit = judgeWith('SPL-02', connections(spread({ p1: 1, p2: 1, p3: 1 }, 459)));
      assert.deepEqual([unsplit.verdict, unsplit.variant], ['pass', 'TCP is not split (p1×153, p2×153, p3×153)']);
      const refused = judgeWith('SPL-02', connections(repeat(null, 459)));
      assert.deepEqual([refused.verdict, refused.variant], ['pass', 'TCP is not split (no answer×459)']);
      assert.equal(judgeWith('SPL-02', []).verdict, 'pass');
    });

    it('is inconclusive when connections are missing from the record', () => {
      assert.equal(judgeWith('SPL-02', connections(repeat('p1', 458))).verdict, 'inconclusive');
    });
  });

  describe('SPL-06 with forty backends', () => {
    it('says what became of the object', () => {
      const variants = [
        forty(),
        forty({ spec: { service: 'forty', backends: [] } }),
        forty(undefined, 'too many'),
        [fact('40 equal weights', 'left out', 'an API that has TrafficSplits')],
      ].map((lines) => {
        const { verdict, variant } = judgeWith('SPL-06', lines);
        assert.equal(verdict, 'pass');
        return variant;
      });
      assert.deepEqual(variants, [
        'a split with 40 backends is stored as it was sent',
        'a split with 40 backends is stored otherwise than it was sent',
        'a split with 40 backends is refused: too many',
        undefined,
      ]);
    });

    it('sends forty weights of 1, in the newest version', () => {
      const { apiVersion, spec } = fortyBackends({ offers: (need) => need === 'split:v1alpha2' });
      assert.equal(apiVersion, 'split.smi-spec.io/v1alpha2');
      const { backends } = spec as { backends: readonly { service: string; weight: number }[] };
      assert.equal(new Set(backends.map(({ service }) => service)).size, 40);
      assert.ok(backends.every(({ weight }) => weight === 1));
    });
  });

  describe('SPL-19', () => {
    it('fails a mesh that follows any one of the three names', () => {
      const good = mesh('SPL-19');
      for (const pod of ['p1', 'p2', 'p3']) {
        const { verdict } = judge('SPL-19', {
          sample: (phase, sample) =>
            phase.name === 'named from ns2' ? repeat(pod, sample.n) : good.sample?.(phase, sample),
        });
        assert.equal(verdict, 'fail');
      }
    });
  });

  describe('SPL-21', () => {
    const withPort = (port: (phase: Phase, pod: string) => number): Behaviour => ({
      ...mesh('SPL-21'),
      port: (phase, _to, pod) => port(phase, pod),
    });

    it('fails when the second backend is asked on the port of the root', () => {
      const { verdict, reason } = judge(
        'SPL-21',
        withPort(() => 8080),
      );
      assert.equal(verdict, 'fail', reason);
      assert.match(reason, /24 requests came to another port, such as 8080 of p2/);
    });

    it('is inconclusive when a target port of nobody makes no difference', () => {
      const good = mesh('SPL-21');
      const { verdict, reason } = judge('SPL-21', {
        ...good,
        sample: (phase, sample) => good.sample?.(phase, sample),
        cell: (phase, { count }) => (phase.control === true ? spread({ p1: 1, p2: 1 }, count) : undefined),
      });
      assert.equal(verdict, 'inconclusive');
      assert.match(reason, /the control did not flip: target port of nobody: p1×20, p2×20/);
    });
  });

  it('SPL-22 fails when one of the ports ends at another one of the pod, or is not split', () => {
    const good = mesh('SPL-22');
    assert.match(
      judge('SPL-22', { ...good, port: () => 8080 }).reason,
      /c1 → birds:9090: 49 requests came to another port/,
    );
    const unsplit = judge('SPL-22', {
      ...good,
      sample: (phase, sample) =>
        sample.to === 'birds:9090' && phase.control !== true
          ? spread({ p1: 1, p2: 1, p3: 1 }, sample.n)
          : good.sample?.(phase, sample),
    });
    assert.deepEqual([unsplit.verdict, /birds:9090: 16 answers came from/.test(unsplit.reason)], ['fail', true]);
  });

  it('SPL-29 fails on a connection of which one dialect sticks to one backend', () => {
    const good = mesh('SPL-29');
    for (const stuck of ['h2c', 'grpc']) {
      const { verdict, reason } = judge('SPL-29', {
        sample: (phase, sample) =>
          sample.protocol === stuck && phase.control !== true ? repeat('p1', sample.n) : good.sample?.(phase, sample),
      });
      assert.equal(verdict, 'fail', reason);
      assert.match(reason, /blue-birds answered 100\.00 %/);
    }
    assert.match(judge('SPL-29', good).variant ?? '', /^h2c: successive requests .*; grpc: successive requests/);
  });

  it('SPL-31 judges each client by itself: the ratio of both together is no excuse', () => {
    const good = mesh('SPL-31');
    const { verdict, reason } = judge('SPL-31', {
      sample: (phase, sample) =>
        phase.control === true
          ? good.sample?.(phase, sample)
          : spread(sample.from === 'c1' ? { p1: 100 } : { p1: 50, p2: 50 }, sample.n),
    });
    assert.equal(verdict, 'fail', reason);
    assert.match(reason, /c1 → root:8080: v1 answered 100\.00 %.*c2 → root:8080: v1 answered 50\.00 %/);
  });

  it('SPL-33 fails when the second group takes nobody', () => {
    const good = mesh('SPL-33');
    const { verdict, reason } = judge('SPL-33', {
      sample: (phase, sample) =>
        sample.key === 'second header' && phase.control !== true
          ? spread({ p1: 1, p2: 1, p3: 1 }, sample.n)
          : good.sample?.(phase, sample),
    });
    assert.equal(verdict, 'fail', reason);
  });

  describe('SPL-36', () => {
    it('offers the objects of the text in the newest version that both kinds have', () => {
      const [split, group] = printedObjects({ offers: (need) => need !== 'specs:v1alpha4' });
      assert.equal(split?.apiVersion, 'split.smi-spec.io/v1alpha3');
      assert.equal(group?.apiVersion, 'specs.smi-spec.io/v1alpha3');
      assert.deepEqual(group?.['matches'], [{ name: 'firefox-users', headers: [{ 'user-agent': '.*Firefox.*' }] }]);
    });

    it('tells a split that lost its group and takes everybody from an object that is refused', () => {
      const good = mesh('SPL-36');
      const everybody = withLines(
        seen('SPL-36', {
          ...good,
          sample: (phase, sample) => good.sample?.(phase, sample),
          cell: (_, { count }) => repeat('p2', count),
        }),
        [change('as printed', { kind: 'HTTPRouteGroup', namespace: 'ns1', name: 'ab-test' }, 'spec: Required value')],
      );
      assert.equal(caseOf('SPL-36').judge(everybody).variant, 'splits everybody');
    });
  });

  describe('SPL-39', () => {
    const arriving = (host: (form: string) => string) => {
      const evidence = seen('SPL-39', mesh('SPL-39'));
      const lines = evidence.lines.map((line) =>
        line.kind === 'server' ? { ...line, authority: host(/ as (\S+)\//.exec(line.id)?.[1] ?? '') } : line,
      );
      return caseOf('SPL-39').judge({ ...evidence, lines });
    };
    const inRun = (form: string) => form.replace('ns1', 'lane1-ns1').replace('CLUSTER-IP', '10.96.0.7');

    it('says that every Host arrives as it was sent', () => {
      const { verdict, variant } = arriving(inRun);
      assert.deepEqual([verdict, variant], ['pass', 'every Host reaches the backend as it was sent']);
    });

    it('says which do not', () => {
      const { variant } = arriving((form) => (form === 'root.ns1' ? 'v1.lane1-ns1' : inRun(form)));
      assert.equal(variant, 'Hosts arrive changed: root.ns1 as v1.lane1-ns1');
    });

    it('fails when one of the names is not split', () => {
      const good = mesh('SPL-39');
      const { verdict, reason } = judge('SPL-39', {
        sample: (phase, sample) =>
          sample.authority === 'CLUSTER-IP' && phase.control !== true
            ? spread({ p1: 1, p2: 1, p3: 1 }, sample.n)
            : good.sample?.(phase, sample),
      });
      assert.equal(verdict, 'fail', reason);
      assert.match(reason, /answers came from pods outside the backends/);
    });
  });
});
