/** The judges of API objects, on APIs on paper. */
import assert from 'node:assert/strict';
import type { CaseRecord } from '../../../src/cases/case.js';
import type { EvidenceLine } from '../../../src/evidence/records.js';
import type { Verdict } from '../../../src/judge/verdict.js';
import type { Json, KubeObject } from '../../../src/smi/model.js';
import { crdCases } from '../../../suites/crd/index.js';
import type { CaseContext } from '../../../src/cases/context.js';
import { synthesise, withLines, type Behaviour } from './synthetic.js';

/** What an API on paper does with an object: null refuses it, anything else is stored in its place. */
type Api = (sent: KubeObject, version: string) => Record<string, Json> | null;

const caseOf = (id: string): CaseRecord => {
  const record = crdCases.find((one) => one.id === id);
  assert.ok(record, id);
  return record;
};

const intact: Api = ({ apiVersion: _version, kind: _kind, metadata: _metadata, ...body }) =>
  JSON.parse(JSON.stringify(body)) as Record<string, Json>;
const isOdd = ({ metadata }: KubeObject, phase: string): boolean =>
  metadata.name.endsWith('-odd') || phase === 'in force';
/** Refuses what is odd. */
const strict: Api = (sent, version) => (isOdd(sent, version) ? null : intact(sent, version));
/** Drops whatever is in `spec` of the odd one. */
const pruning: Api = (sent, version) =>
  isOdd(sent, version) ? { ...intact(sent, version), spec: {} } : intact(sent, version);

/** The lines that a run of the case leaves of its offers, by letting it run against the API on paper. */
async function offersOf(record: CaseRecord, api: Api, served: readonly string[]): Promise<readonly EvidenceLine[]> {
  const lines: EvidenceLine[] = [];
  let t = 1;
  const context = {
    offers: (need: string) => served.some((version) => need.endsWith(`:${version}`)),
    offer: async (phase: string, object: KubeObject) => {
      const stored = api(object, phase);
      const base = { kind: 'change', phase, t: t++, action: 'apply', object } as const;
      lines.push(stored === null ? { ...base, accepted: false, message: 'not so' } : { ...base, accepted: true });
      if (stored !== null)
        lines.push({ kind: 'fact', phase, t: t++, name: `stored ${object.metadata.name}`, value: stored });
      return { admitted: stored !== null, withdraw: async () => undefined };
    },
    fact: (phase: string, name: string, value: Json) => lines.push({ kind: 'fact', phase, t: t++, name, value }),
    enter: async () => undefined,
    probe: async () => undefined,
    sample: async () => undefined,
  };
  await record.run(context as unknown as CaseContext);
  return lines;
}

const ALL = ['v1alpha1', 'v1alpha2', 'v1alpha3', 'v1alpha4'];

async function judge(id: string, api: Api, traffic: Behaviour = {}, served = ALL): Promise<Verdict> {
  const record = caseOf(id);
  return record.judge(withLines(synthesise(record, traffic), await offersOf(record, api, served)));
}

const TESTED = crdCases.filter(({ id }) => id !== 'CRD-35');

describe('suites: API objects', () => {
  it('are all of the matrix, each with its control and its spec', () => {
    assert.deepEqual(
      crdCases.map(({ id }) => id),
      Array.from({ length: 35 }, (_, index) => `CRD-${String(index + 1).padStart(2, '0')}`),
    );
  });

  for (const { id, class: tier } of TESTED) {
    it(`${id}: a control that is not stored as it was sent proves nothing`, async () => {
      const none: Api = () => null;
      const { verdict, reason } = await judge(id, none);
      assert.match(verdict, /inconclusive|fail/, reason);
      assert.notEqual(verdict, 'pass');
      assert.notEqual(verdict, 'recorded');
    });
    it(`${id}: without a word of the API nothing is judged`, () => {
      assert.equal(caseOf(id).judge(synthesise(caseOf(id))).verdict, 'inconclusive');
    });
    if (tier === 'A')
      it(`${id}: tells which reading the API takes, for each version where they differ`, async () => {
        assert.equal((await judge(id, strict)).variant, 'rejected');
        assert.equal((await judge(id, intact)).variant, 'INTACT');
        const mixed: Api = (sent, version) => (version === 'v1alpha4' ? strict(sent, version) : intact(sent, version));
        const { verdict, variant = '' } = await judge(id, mixed);
        assert.equal(verdict, 'recorded');
        assert.match(variant, /v1alpha4: rejected; .*v1alpha3.*: INTACT/);
      });
  }

  for (const id of [
    'CRD-01',
    'CRD-02',
    'CRD-06',
    'CRD-08',
    'CRD-13',
    'CRD-18',
    'CRD-20',
    'CRD-25',
    'CRD-26',
    'CRD-27',
    'CRD-28',
    'CRD-29',
    'CRD-30',
    'CRD-33',
  ])
    it(`${id}: refusing is right, admitting is right where it does no harm, and wrong where it does`, async () => {
      // In v1alpha1 a quantity may be a fraction.
      const api: Api = (sent, version) =>
        id === 'CRD-01' && version === 'v1alpha1' ? intact(sent, version) : strict(sent, version);
      const refused = await judge(id, api);
      assert.equal(refused.verdict, 'pass', refused.reason);
      assert.match(refused.reason, /for want of its object, which the API refused/);
      const late = await judge(id, intact);
      assert.equal(late.verdict, 'pass', late.reason);
      const harm: Behaviour = {
        cell: (phase, cell) =>
          phase.name === 'in force' && cell.expect === 'deny' ? Array<string>(cell.count).fill('srv') : undefined,
        sample: (phase, sample) => (phase.name === 'in force' ? Array<string>(sample.n).fill('p1') : undefined),
      };
      const harmful = await judge(id, intact, harm);
      assert.equal(harmful.verdict, 'fail', harmful.reason);
    });

  for (const id of ['CRD-03', 'CRD-07', 'CRD-32'])
    it(`${id}: admitting is wrong, for no traffic could tell`, async () => {
      const { verdict, reason } = await judge(id, intact);
      assert.equal(verdict, 'fail', reason);
      assert.match(reason, /the API admits the object/);
    });

  for (const id of ['CRD-09', 'CRD-21', 'CRD-22', 'CRD-23', 'CRD-31', 'CRD-34'])
    it(`${id}: what must be stored is, and neither refused nor pruned`, async () => {
      assert.equal((await judge(id, intact)).verdict, 'pass');
      assert.equal((await judge(id, strict)).verdict, 'fail');
      if (id === 'CRD-09' || id === 'CRD-31') {
        const { verdict, reason } = await judge(id, pruning);
        assert.equal(verdict, 'fail');
        assert.match(reason, /PRUNED \(spec\./);
      }
    });

  it('CRD-11 and CRD-12: one of the two shapes is enough', async () => {
    for (const id of ['CRD-11', 'CRD-12']) {
      assert.equal((await judge(id, intact)).variant, 'both');
      const { verdict, variant } = await judge(id, pruning);
      assert.equal(verdict, 'pass');
      assert.equal(variant, id === 'CRD-11' ? 'LIST' : 'MAP');
    }
  });

  it('only versions that are served are asked', async () => {
    const record = caseOf('CRD-03');
    const lines = await offersOf(record, intact, ['v1alpha2']);
    assert.deepEqual([...new Set(lines.flatMap((line) => ('phase' in line ? [line.phase] : [])))], ['v1alpha2']);
  });
});
