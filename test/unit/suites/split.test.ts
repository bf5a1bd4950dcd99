import assert from 'node:assert/strict';
import type { CaseRecord } from '../../../src/cases/case.js';
import { LATEST_PROFILE } from '../../../src/smi/model.js';
import { renderSmi } from '../../../src/smi/render/index.js';
import { splitCases } from '../../../suites/split/index.js';
import { caseOf, judge, mesh, rawInForce, seen, workloads } from './split-judging.js';
import type { Defect } from './split-mesh.js';
import { gate, repeat, spread, trouble, withLines, withoutClients, type Behaviour } from './synthetic.js';

const IDS = Array.from({ length: 40 }, (_, index) => `SPL-${String(index + 1).padStart(2, '0')}`);
const DEFECTS: readonly Defect[] = ['ignore-split', 'zero-weight-leak', 'stale-config'];
/** Of what the cases of profile core are not about. */
const MORE_DEFECTS: readonly Defect[] = ['ignore-matches', 'foreign-root', 'allow-all', 'any-identity'];
const ALL_VERSIONS = ['v1alpha1', 'v1alpha2', 'v1alpha3', 'v1alpha4'] as const;
/** What their judges ask of both ends no expectation says. */
const NEEDS_MODEL = ['SPL-21', 'SPL-22'];
/** How a case ends that finds nothing wrong. */
const good = (id: string): string => (caseOf(id).class === 'A' ? 'recorded' : 'pass');

describe('split suite', () => {
  const controlFails = (id: string): Behaviour => {
    const good = mesh(id);
    // What a control asks for is answered by nobody.
    return {
      ...good,
      sample: (phase, sample) => (phase.control === true ? repeat(null, sample.n) : good.sample?.(phase, sample)),
      cell: (phase, cell) => (phase.control === true ? repeat(null, cell.count) : undefined),
    };
  };

  it('has every case once, in the order of the matrix', () => {
    assert.deepEqual(
      splitCases.map(({ id }) => id),
      IDS,
    );
  });

  it('asks for no more than some 75 000 requests in profile core and 100 000 in all, even when no share decides early', () => {
    const sum = (cases: readonly CaseRecord[]): number => cases.reduce((total, { plan }) => total + plan.n, 0);
    const core = sum(splitCases.filter(({ profiles }) => profiles.includes('core')));
    assert.ok(core < 75_000, `${core} requests`);
    assert.ok(sum(splitCases) < 100_000, `${sum(splitCases)} requests`);
  });

  it('names only pods, services and backends that exist', () => {
    const pods = new Set(workloads.pods.map(({ name }) => name));
    for (const { id, phases = [] } of splitCases) {
      for (const phase of phases) {
        const services = new Set([...workloads.services, ...(phase.services ?? [])].map(({ name }) => name));
        for (const { to, groups, from } of phase.samples ?? []) {
          assert.ok(services.has(to.split(':')[0] ?? ''), `${id}: ${to}`);
          for (const pod of [from, ...Object.values(groups).flat()]) assert.ok(pods.has(pod), `${id}: ${pod}`);
        }
      }
    }
  });

  it('applies objects that every split version it is asked in can carry', () => {
    for (const { id, needs, phases = [] } of splitCases) {
      const versions = needs.find((need) => need.startsWith('split:')) ?? 'v1alpha1,v1alpha2,v1alpha3,v1alpha4';
      for (const split of ALL_VERSIONS.filter((version) => versions.includes(version))) {
        for (const object of phases.flatMap(({ objects }) => objects)) {
          assert.deepEqual(renderSmi(object, { ...LATEST_PROFILE, split }).losses, [], `${id} in ${split}`);
        }
      }
    }
  });

  for (const id of IDS) {
    describe(id, () => {
      it('passes on the evidence of a perfect mesh', () => {
        const verdict = judge(id, mesh(id));
        assert.equal(verdict.verdict, good(id), verdict.reason);
      });

      it('passes on what its expectations alone ask for', () => {
        const verdict = judge(id, id === 'SPL-10' ? { sample: rawInForce } : NEEDS_MODEL.includes(id) ? mesh(id) : {});
        assert.equal(verdict.verdict, good(id), verdict.reason);
      });

      it('is inconclusive when its control does not flip', () => {
        const verdict = judge(id, controlFails(id));
        assert.equal(verdict.verdict, 'inconclusive', verdict.reason);
      });

      it('is inconclusive when requests are missing from the record', () => {
        const record = caseOf(id);
        for (const { name } of record.phases ?? []) {
          const verdict = record.judge(withoutClients(seen(id, mesh(id)), name));
          assert.equal(verdict.verdict, 'inconclusive', `${name}: ${verdict.reason}`);
        }
      });

      it('takes over trouble as it is', () => {
        const verdict = caseOf(id).judge(withLines(seen(id, mesh(id)), [trouble('error', 'a pod ended')]));
        assert.deepEqual([verdict.verdict, verdict.reason], ['error', 'a pod ended']);
      });
    });
  }

  for (const { id, catches: all, profiles } of splitCases) {
    const defects = profiles.includes('core') ? DEFECTS : [...DEFECTS, ...MORE_DEFECTS];
    // Others, which a mesh on paper cannot have, are for the real one.
    const catches = defects.filter((defect) => all.includes(defect));
    it(`${id} fails exactly the meshes whose defect it claims to catch: ${catches.join(', ') || 'none'}`, () => {
      const failing = defects.filter((defect) => judge(id, mesh(id, defect)).verdict === 'fail');
      assert.deepEqual(new Set(catches), new Set(failing));
    });
  }

  /** Violations of the cases that no named fault of the reference mesh shows. */
  const OTHER: readonly (readonly [string, Defect, RegExp])[] = [
    ['SPL-01', 'one-pod', /no split: .*v2 answered 0\.00 %/],
    ['SPL-04', 'equal-weights', /90 to 10/],
    ['SPL-05', 'equal-weights', /1000 to 500/],
    ['SPL-07', 'whole-percents', /1 to 999: .*v1 answered 0\.99 %/],
    ['SPL-08', 'pods-not-services', /w1 answered 10\.00 %/],
    ['SPL-20', 'ports-ignored', /v1-odd answered 50\.11 %/],
    ['SPL-23', 'leaves-split', /c1 → v1:8080: .*v2 answered 49\.89 %/],
    ['SPL-24', 'outside-split', /stranger → root:8080: .*v2 answered 0\.00 %/],
    ['SPL-28', 'sticky', /50 to 50/],
  ];
  for (const [id, defect, reason] of OTHER) {
    it(`${id} fails a mesh with ${defect}`, () => {
      const verdict = judge(id, mesh(id, defect));
      assert.equal(verdict.verdict, 'fail', verdict.reason);
      assert.match(verdict.reason, reason);
    });
  }

  it('SPL-01 is inconclusive when the pods cannot be told apart by their answers', () => {
    const verdict = judge('SPL-01', {
      sample: (phase, { n }) => (phase.control === true ? spread({ p1: 1, p2: 1 }, n) : undefined),
    });
    assert.equal(verdict.verdict, 'inconclusive', verdict.reason);
  });

  it('one hit on a backend of weight 0 is one too many', () => {
    const model = mesh('SPL-02');
    const verdict = judge('SPL-02', {
      sample: (phase, sample) =>
        phase.control === true ? model.sample?.(phase, sample) : ['p2', ...repeat('p1', sample.n - 1)],
    });
    assert.equal(verdict.verdict, 'fail', verdict.reason);
  });

  it('shares judged on a sample with too many failures prove nothing', () => {
    const verdict = judge('SPL-04', {
      sample: (phase, { n }) =>
        phase.name === '90 to 10'
          ? spread({ p1: 90, p2: 10 }, n).map((pod, index) => (index % 50 === 0 ? null : pod))
          : undefined,
    });
    assert.equal(verdict.verdict, 'inconclusive', verdict.reason);
  });

  it('a change that never shows fails', () => {
    const late = withLines(seen('SPL-03', mesh('SPL-03', 'stale-config')), [gate('0 to 100', { converged: false })]);
    assert.equal(caseOf('SPL-03').judge(late).verdict, 'fail');
  });
});
