import assert from 'node:assert/strict';
import type { Phase } from '../../../src/cases/case.js';
import type { EvidenceLine } from '../../../src/evidence/records.js';
import { oddSplit } from '../../../suites/split/limits.js';
import { broken, caseOf, flips, judge, mesh, odd, ok, seen, streamed } from './split-judging.js';
import { exchanges, repeat, spread, synthesise, withLines, withoutLines, type Behaviour } from './synthetic.js';

describe('split suite, beyond static phases', () => {
  describe('what happens while a split changes', () => {
    const judgeWith = (id: string, lines: readonly EvidenceLine[]) =>
      caseOf(id).judge(withLines(synthesise(caseOf(id), mesh(id)), lines));

    it('SPL-03 records failures during the shift without judging them', () => {
      const verdict = judge('SPL-03', mesh('SPL-03'));
      assert.equal(verdict.variant, '1 of 61 requests failed during the shift');
    });

    it('SPL-12 fails on one failed request and is inconclusive without the stream', () => {
      const failed = judgeWith('SPL-12', streamed('while the service is created', broken));
      assert.deepEqual([failed.verdict, /1 of 61 requests failed \(503×1\)/.test(failed.reason)], ['fail', true]);
      assert.equal(judgeWith('SPL-12', []).verdict, 'inconclusive');
      const refused = judge('SPL-12', { cell: (_, cell) => [null, ...repeat('p1', cell.count - 1)] });
      assert.equal(refused.verdict, 'fail', refused.reason);
    });

    it('SPL-27 blames the flips only for what does not fail without them', () => {
      const steady = streamed('no flips', ok);
      assert.equal(
        judgeWith('SPL-27', [...steady, flips(2_000), ...streamed('during the flips', broken)]).verdict,
        'fail',
      );
      assert.equal(
        judgeWith('SPL-27', [...streamed('no flips', broken), flips(2_000), ...streamed('during the flips', broken)])
          .verdict,
        'inconclusive',
      );
      assert.equal(judgeWith('SPL-27', [...steady, flips(2_000)]).verdict, 'inconclusive');
    });

    it('SPL-27 is inconclusive when the updates took too long or nobody timed them', () => {
      const streams = [...streamed('no flips', ok), ...streamed('during the flips', ok)];
      assert.match(judgeWith('SPL-27', [...streams, flips(10_001)]).reason, /took 10001 ms/);
      assert.equal(judgeWith('SPL-27', [...streams, flips(10_001)]).verdict, 'inconclusive');
      assert.equal(judgeWith('SPL-27', streams).verdict, 'inconclusive');
    });
  });

  describe('SPL-10', () => {
    const judgeWith = (lines: readonly EvidenceLine[], behaviour: Behaviour = mesh('SPL-10')) =>
      caseOf('SPL-10').judge(withLines(synthesise(caseOf('SPL-10'), behaviour), lines));
    const admitted = [odd('weight 0.5', 0.5), odd('weight -1', -1), odd('weight 1', 1)];

    it('says how each weight is treated', () => {
      assert.equal(
        judge('SPL-10', mesh('SPL-10')).variant,
        'weight 0.5 is refused; weight -1 is admitted (root: root×40)',
      );
    });

    it('fails a mesh in which an admitted weight stops every other split', () => {
      const model = mesh('SPL-10');
      const stuck: Behaviour = {
        sample: (phase, sample) =>
          phase.name === 'weight 0.5' ? repeat('p1', sample.n) : model.sample?.(phase, sample),
      };
      const verdict = judgeWith(admitted, stuck);
      assert.equal(verdict.verdict, 'fail', verdict.reason);
      assert.match(verdict.reason, /weight 0\.5: c1 → root2:8080/);
    });

    it('is inconclusive when the corrected split is refused or the API said nothing', () => {
      assert.equal(
        judgeWith([odd('weight 0.5', 0.5), odd('weight -1', -1), odd('weight 1', 1, 'no matches for kind')]).verdict,
        'inconclusive',
      );
      assert.equal(judgeWith([]).verdict, 'inconclusive');
    });

    it('sends the weights word for word, in the newest version that has whole weights', () => {
      const sent = [0.5, -1, 1].map((weight) => oddSplit({ offers: (need) => need !== 'split:v1alpha4' }, weight));
      assert.deepEqual(
        sent.map(({ apiVersion, spec }) => [apiVersion, spec]),
        [0.5, -1, 1].map((weight) => [
          'split.smi-spec.io/v1alpha3',
          {
            service: 'root',
            backends: [
              { service: 'v1', weight: 0 },
              { service: 'v2', weight },
            ],
          },
        ]),
      );
    });
  });

  describe('SPL-18', () => {
    const crossing = (pods: Readonly<Record<string, number>>): Behaviour => ({
      ...mesh('SPL-18'),
      cell: (phase: Phase, cell) => (phase.name === 'backend v2.ns2' ? spread(pods, cell.count) : undefined),
    });

    it('fails on a single request in the other namespace, answered or not', () => {
      assert.equal(judge('SPL-18', crossing({ p1: 458, far: 1 })).verdict, 'fail');
      const unanswered = exchanges('backend v2.ns2', 'c1 → root:8080 GET /', [null], { arrives: 'far' }).map(
        (line) => ({ ...line, id: 'late' }),
      );
      const verdict = caseOf('SPL-18').judge(withLines(seen('SPL-18', crossing({ p1: 1 })), unanswered));
      assert.equal(verdict.verdict, 'fail', verdict.reason);
    });

    it('passes when the share of the other namespace fails, and says so', () => {
      const failing = {
        ...crossing({}),
        cell: (phase: Phase, { count }: { count: number }) =>
          phase.name === 'backend v2.ns2'
            ? spread({ p1: 1, none: 1 }, count).map((pod) => (pod === 'none' ? null : pod))
            : undefined,
      };
      const verdict = judge('SPL-18', failing);
      assert.equal(verdict.verdict, 'pass', verdict.reason);
      assert.match(verdict.variant ?? '', /no answer×\d+, p1×\d+/);
    });

    it('is inconclusive when the other namespace cannot be reached at all', () => {
      const evidence = withoutLines(
        seen('SPL-18', crossing({ p1: 1 })),
        (line) => line.kind === 'server' && line.phase === 'the other namespace answers',
      );
      assert.equal(caseOf('SPL-18').judge(evidence).verdict, 'inconclusive');
    });
  });

  it('SPL-28 says how successive requests are shared', () => {
    const alternating: Behaviour = {
      sample: (phase, { n }) =>
        phase.name === '50 to 50'
          ? Array.from({ length: n }, (_, index) => (index % 2 === 0 ? 'p1' : 'p2'))
          : undefined,
    };
    assert.match(judge('SPL-28', mesh('SPL-28')).variant ?? '', /like independent draws/);
    assert.match(judge('SPL-28', alternating).variant ?? '', /more evenly than independent draws \(dispersion 0\.00\)/);
  });
});
