/** Specs cases that send objects word for word, repeat themselves over protocols, or ask what a name or a header means. */
import assert from 'node:assert/strict';
import { groupWithHeaders } from '../../../suites/specs/header-shapes.js';
import { find, judge, poison } from './specs-by-id.js';
import { CORRECT, evidenceFrom, regexPrefix, type PaperMesh } from './specs-mesh.js';
import { change, fact, repeat, withLines, withoutLines } from './synthetic.js';

describe('suites/specs readings of headers and names', () => {
  const variant = (id: string, mesh: Partial<PaperMesh>): string | undefined => {
    const verdict = judge(id, { ...CORRECT, ...mesh });
    assert.equal(verdict.verdict, 'recorded', verdict.reason);
    return verdict.variant;
  };
  const search = (expression: string, text: string): boolean => new RegExp(expression).test(text);

  it('SPC-21 tells which of two values counts', () => {
    assert.equal(variant('SPC-21', CORRECT), 'any value');
    assert.equal(variant('SPC-21', { repeated: (values) => values.slice(0, 1) }), 'first');
    assert.equal(variant('SPC-21', { repeated: (values) => values.slice(-1) }), 'last');
    const joined = (values: readonly string[]): readonly string[] => [values.join(', ')];
    assert.equal(variant('SPC-21', { repeated: joined }), 'comma-joined string');
    assert.equal(variant('SPC-21', { repeated: joined, compare: search }), 'comma-joined string');
    assert.equal(variant('SPC-21', { repeated: () => [] }), 'no match');
  });

  it('SPC-22 tells whether host is the authority', () => {
    assert.equal(variant('SPC-22', CORRECT), 'matched against the authority');
    assert.equal(variant('SPC-22', { compare: regexPrefix }), 'matched against the authority');
    assert.equal(variant('SPC-22', { compare: search }), 'matched against the authority');
    assert.equal(variant('SPC-22', { host: 'never' }), 'never matches');
  });

  it('SPC-25 tells which of two matches of one name counts', () => {
    const keeping = (keep: (index: number, last: number) => boolean): Partial<PaperMesh> => ({
      inForce: (history) =>
        (history.at(-1) ?? []).map((object) =>
          object.kind === 'HTTPRouteGroup' && object.matches.every(({ name }) => name === 'm')
            ? { ...object, matches: object.matches.filter((_, index) => keep(index, object.matches.length - 1)) }
            : object,
        ),
    });
    assert.equal(variant('SPC-25', CORRECT), 'both (OR)');
    assert.equal(
      variant(
        'SPC-25',
        keeping((index) => index === 0),
      ),
      'first wins',
    );
    assert.equal(
      variant(
        'SPC-25',
        keeping((index, last) => index === last),
      ),
      'last wins',
    );
    assert.equal(
      variant(
        'SPC-25',
        keeping(() => false),
      ),
      'other: /a deny, /b deny',
    );
    const record = find('SPC-25');
    const fickle = evidenceFrom(record, CORRECT, {
      cell: ({ name }, cell) =>
        name === 'm and m' && cell.path === '/b' && cell.expect === 'observe'
          ? [...repeat('srv', 7), ...repeat(null, 13)]
          : undefined,
    });
    assert.equal(record.judge(fickle).variant, 'varies');
    const refusal = change('m and m', { kind: 'HTTPRouteGroup', namespace: 'ns1', name: 'g' }, 'a name twice');
    assert.equal(record.judge(withLines(evidenceFrom(record, CORRECT), [refusal])).variant, 'rejected');
  });
});

describe('suites/specs objects and protocols', () => {
  it('SPC-23 says in which shapes header filters are served, and judges those alone', () => {
    const record = find('SPC-23');
    const whole = evidenceFrom(record, CORRECT);
    assert.equal(record.judge(whole).variant, 'both');
    const without = (...names: readonly string[]) =>
      withLines(
        withoutLines(whole, (line) => line.kind !== 'case' && names.includes(line.phase)),
        names.map((name) => fact(name, 'left out', 'an API that takes this shape')),
      );
    assert.equal(record.judge(without('LIST')).variant, 'MAP');
    assert.equal(record.judge(without('MAP')).variant, 'LIST');
    assert.match(record.judge(without('MAP')).reason, /left out: MAP, for want of an API that takes this shape/);
    const none = record.judge(without('MAP', 'LIST'));
    assert.deepEqual([none.verdict, none.reason], ['inconclusive', 'the API takes header filters in neither shape']);
  });

  it('SPC-23 fails when only one of two shapes means what it says', () => {
    const record = find('SPC-23');
    const { verdict, reason } = record.judge(
      evidenceFrom(record, CORRECT, {
        cell: ({ name }, cell) =>
          name === 'LIST' && cell.expect === 'deny' && cell.path === '/and' ? repeat('srv', cell.count) : undefined,
      }),
    );
    assert.equal(verdict, 'fail');
    assert.match(reason, /LIST: c1 → srv:8080 GET \/and/);
  });

  it('SPC-24 says what the API makes of the poison, and fails when it stops the objects beside it', () => {
    const record = find('SPC-24');
    const evidence = evidenceFrom(record, CORRECT);
    assert.equal(record.judge(withLines(evidence, [poison('not a map')])).variant, 'the API refuses the object');
    assert.equal(record.judge(withLines(evidence, [poison()])).variant, 'the object is stored and contained');
    assert.deepEqual(
      [record.judge(evidence).verdict, record.judge(evidence).reason],
      ['inconclusive', 'what the API said to the poison is not on record'],
    );
    const frozen = judge('SPC-24', { ...CORRECT, inForce: (history) => history[0] ?? [] });
    assert.equal(frozen.verdict, 'fail');
    assert.match(frozen.reason, /beside the poison: c1 → srv:8080 GET \/later: expected ALLOW/);
  });

  it('SPC-24 sends its poison word for word, in the newest version that has header filters', () => {
    const sent = groupWithHeaders({ offers: (need) => need === 'specs:v1alpha2' }, 'x', [{ a: '1', b: '2' }]);
    assert.deepEqual(sent, {
      apiVersion: 'specs.smi-spec.io/v1alpha2',
      kind: 'HTTPRouteGroup',
      metadata: { name: 'x', namespace: 'ns1' },
      matches: [{ name: 'm', pathRegex: '/m', methods: ['*'], headers: [{ a: '1', b: '2' }] }],
    });
  });

  it('SPC-27 says as what each protocol arrives', () => {
    const spoken = { http: 'http/1.1', h2c: 'h2', grpc: 'grpc' } as const;
    const evidence = evidenceFrom(find('SPC-27'), CORRECT);
    const lines = evidence.lines.map((line) =>
      line.kind === 'server'
        ? {
            ...line,
            protocol: line.id.includes('(grpc)') ? spoken.grpc : line.id.includes('(h2c)') ? spoken.h2c : spoken.http,
          }
        : line,
    );
    assert.equal(
      find('SPC-27').judge({ ...evidence, lines }).variant,
      'http arrives as http/1.1; h2c arrives as h2; grpc arrives as grpc',
    );
  });

  it('SPC-28 passes without UDP on its TCP part, and says so', () => {
    const record = find('SPC-28');
    const udp = 'TCP 8300, UDP 8301';
    const evidence = withLines(
      withoutLines(evidenceFrom(record, CORRECT), (line) => line.kind !== 'case' && line.phase === udp),
      [fact(udp, 'left out', 'protocol:udp')],
    );
    const { verdict, reason } = record.judge(evidence);
    assert.equal(verdict, 'pass');
    assert.match(reason, /left out: TCP 8300, UDP 8301, for want of protocol:udp/);
  });
});
