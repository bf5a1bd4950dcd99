import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { CaseRecord, Need } from '../../../src/cases/case.js';
import { defineCase } from '../../../src/cases/define.js';
import { HarnessError } from '../../../src/errors/harness-error.js';
import type { Capabilities } from '../../../src/mesh/driver.js';
import { assignLanes, offers, selectCases, unmetNeed } from '../../../src/run/plan.js';

function record(
  id: string,
  rest: Partial<Pick<CaseRecord, 'fixture' | 'profiles' | 'needs' | 'title' | 'area' | 'class'>> = {},
): CaseRecord {
  const words = {
    title: `title of ${id}`,
    setup: 's',
    expectation: 'e',
    control: 'c',
    spec: { ref: 'r', phrase: 'p' },
  };
  return defineCase({ id, class: 'M', area: 'access', fixture: 'access', phases: [], ...words, ...rest });
}

const ALL = [
  record('ACC-01', { profiles: ['smoke', 'core'], title: 'deny by default' }),
  record('ACC-02', { profiles: ['core'] }),
  record('SPC-01', { profiles: ['core'], area: 'specs', class: 'X' }),
  record('SPL-01', { profiles: ['extended'], fixture: 'split', area: 'split' }),
];
const select = (selection: Partial<Parameters<typeof selectCases>[1]>): string[] =>
  selectCases(ALL, { profile: 'core', cases: [], ...selection }).map(({ id }) => id);
const refusal =
  (code: string, words: RegExp) =>
  (error: unknown): boolean =>
    error instanceof HarnessError && error.code === code && error.exitCode === 4 && words.test(error.message);

describe('run/plan', () => {
  describe('selectCases', () => {
    it('takes the profile when nothing else is asked for, in the order given', () => {
      assert.deepEqual(select({}), ['ACC-01', 'ACC-02', 'SPC-01']);
      assert.deepEqual(select({ profile: 'smoke' }), ['ACC-01']);
    });

    it('takes named cases whatever the profile, by glob and in either letter case', () => {
      assert.deepEqual(select({ cases: ['spl-*', 'ACC-02'] }), ['ACC-02', 'SPL-01']);
      assert.deepEqual(
        select({ cases: ['*'] }),
        ALL.map(({ id }) => id),
      );
      assert.deepEqual(select({ cases: ['{ACC,SPC}-01', 'ACC-01'] }), ['ACC-01', 'SPC-01']);
    });

    it('narrows by title or id', () => {
      assert.deepEqual(select({ grep: 'default' }), ['ACC-01']);
      assert.deepEqual(select({ grep: '^SPC' }), ['SPC-01']);
      assert.deepEqual(select({ cases: ['ACC-*'], grep: '02' }), ['ACC-02']);
    });

    it('narrows by area and class, each of several being enough', () => {
      assert.deepEqual(select({ areas: ['specs'] }), ['SPC-01']);
      assert.deepEqual(select({ areas: ['specs', 'access'] }), ['ACC-01', 'ACC-02', 'SPC-01']);
      assert.deepEqual(select({ classes: ['M'] }), ['ACC-01', 'ACC-02']);
      assert.deepEqual(select({ cases: ['*'], areas: ['access', 'split'], classes: ['M', 'A'], grep: '01' }), [
        'ACC-01',
        'SPL-01',
      ]);
    });

    it('says which profiles have what this one has not', () => {
      assert.throws(
        () => select({ areas: ['split'], classes: ['M'] }),
        refusal('E_NO_CASES', /matches --area split, --class M$/),
      );
      assert.throws(() => select({ areas: ['split'] }), { hint: 'there are such cases in --profile extended' });
    });

    it('refuses what matches nothing, and names it', () => {
      assert.throws(
        () => select({ cases: ['ACC-01', 'XXX-*', 'ACC-99'] }),
        refusal('E_UNKNOWN_CASE', /XXX-\*, ACC-99/),
      );
      assert.throws(() => select({ grep: 'nowhere' }), refusal('E_NO_CASES', /matches --grep nowhere$/));
      assert.throws(
        () => select({ cases: ['ACC-*'], grep: 'nowhere' }),
        refusal('E_NO_CASES', /matches ACC-\*, --grep nowhere$/),
      );
      assert.throws(() => select({ profile: 'full' }), refusal('E_NO_CASES', /^no case of profile full$/));
      assert.throws(() => select({ grep: '(' }), refusal('E_GREP', /\(/));
    });
  });

  describe('unmetNeed', () => {
    const capabilities: Capabilities = {
      access: ['v1alpha3', 'v1alpha2'],
      specs: ['v1alpha4'],
      split: [],
      headers: ['map'],
      kinds: ['TrafficTarget', 'HTTPRouteGroup'],
      protocols: ['http', 'tcp'],
      mtls: ['strict'],
      features: ['certificate-rotation'],
      identity: 'service-account',
    };

    it('finds every kind of need where it is offered, and only there', () => {
      const table: readonly (readonly [Need, boolean])[] = [
        ['kind:TrafficTarget', true],
        ['kind:UDPRoute', false],
        ['protocol:tcp', true],
        ['protocol:udp', false],
        ['access:v1alpha2', true],
        ['access:v1alpha1', false],
        ['access:v1alpha1,v1alpha2', true],
        ['specs:v1alpha4', true],
        ['specs:v1alpha1,v1alpha2', false],
        ['split:v1alpha4', false],
        ['mtls:strict', true],
        ['mtls:permissive', false],
        ['feature:certificate-rotation', true],
        ['feature:default-allow', false],
        ['identity:service-account', true],
        ['identity:service', false],
      ];
      for (const [need, offered] of table) assert.equal(offers(capabilities, need), offered, need);
    });

    it('names all that is missing and nothing else', () => {
      assert.equal(
        unmetNeed(record('ACC-01', { needs: ['kind:TrafficTarget', 'mtls:strict'] }), capabilities),
        undefined,
      );
      assert.equal(unmetNeed(record('ACC-01', { needs: [] }), capabilities), undefined);
      assert.equal(
        unmetNeed(record('ACC-01', { needs: ['kind:UDPRoute', 'mtls:strict', 'protocol:udp'] }), capabilities),
        'the mesh does not offer kind UDPRoute, protocol udp',
      );
    });
  });

  describe('assignLanes', () => {
    const many = (fixture: string, from: number, count: number): CaseRecord[] =>
      Array.from({ length: count }, (_, index) => record(`ACC-${String(from + index).padStart(2, '0')}`, { fixture }));
    const shape = (lanes: ReturnType<typeof assignLanes>): string[] => lanes.map(({ fixture }) => fixture);

    it('makes one lane a fixture, however few are wanted', () => {
      const cases = [...many('access', 1, 3), ...many('split', 11, 2)];
      assert.deepEqual(shape(assignLanes(cases, 1)), ['access', 'split']);
      assert.deepEqual(shape(assignLanes(cases, 2)), ['access', 'split']);
    });

    it('gives each further lane to the fixture whose lanes have most to do', () => {
      const cases = [...many('access', 1, 7), ...many('split', 11, 3)];
      assert.deepEqual(shape(assignLanes(cases, 3)), ['access', 'access', 'split']);
      assert.deepEqual(shape(assignLanes(cases, 4)), ['split', 'access', 'access', 'access']);
      assert.deepEqual(shape(assignLanes(cases, 5)), ['access', 'access', 'access', 'split', 'split']);
    });

    it('counts planned requests as work, and puts the lane with most of it first', () => {
      const heavy = many('split', 11, 2).map((one) => ({ ...one, plan: { ...one.plan, n: 20_000 } }));
      assert.deepEqual(shape(assignLanes([...many('access', 1, 4), ...heavy], 3)), ['split', 'split', 'access']);
      assert.deepEqual(shape(assignLanes([...many('access', 1, 4), ...heavy.slice(1)], 2)), ['split', 'access']);
    });

    it('makes no lane without a case', () => {
      assert.deepEqual(shape(assignLanes(many('access', 1, 2), 8)), ['access', 'access']);
      assert.deepEqual(assignLanes([], 4), []);
    });

    it('has a lane for every case, no more lanes than cases, and names of their own', () => {
      const counts = fc.record({
        access: fc.integer({ min: 0, max: 20 }),
        split: fc.integer({ min: 0, max: 20 }),
        width: fc.integer({ min: 1, max: 8 }),
      });
      fc.assert(
        fc.property(counts, ({ access, split, width }) => {
          const cases = [...many('access', 1, access), ...many('split', 41, split)];
          const lanes = assignLanes(cases, width);
          assert.deepEqual(new Set(shape(lanes)), new Set(cases.map(({ fixture }) => fixture)));
          assert.ok(lanes.length <= cases.length);
          assert.equal(new Set(lanes.map(({ name }) => name)).size, lanes.length);
        }),
      );
    });
  });
});
