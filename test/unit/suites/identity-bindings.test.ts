import assert from 'node:assert/strict';
import type { Evidence } from '../../../src/evidence/records.js';
import { caseOf } from './identity-evidence.js';
import { fact, repeat, synthesise, trouble, withLines, withoutClients, type Behaviour } from './synthetic.js';

const record = caseOf('IDN-07');
const IN_FORCE = 'bindings in force';

/** Who gets in by the bindings; with the source binding gone nobody does, unless told otherwise. */
function evidence(letIn: readonly string[], admitted: boolean | null = true, rest: Behaviour = {}): Evidence {
  const bound = synthesise(record, {
    ...rest,
    cell: (phase, cell) =>
      rest.cell?.(phase, cell) ??
      repeat(phase.name === IN_FORCE && letIn.includes(cell.from) ? 'srv' : null, cell.count),
  });
  return admitted === null ? bound : withLines(bound, [fact(IN_FORCE, 'admitted', admitted)]);
}

describe('IDN-07 schemes of an IdentityBinding', () => {
  for (const [letIn, variant] of [
    [['c1', 'c2'], 'schemes OR’d'],
    [['c1'], 'one wins: podLabelSelector'],
    [['c2'], 'one wins: spiffeIdentities'],
    [[], 'other: no scheme lets anybody in'],
  ] as const) {
    it(`records: ${variant}`, () => {
      const { verdict, variant: told } = record.judge(evidence(letIn));
      assert.deepEqual([verdict, told], ['recorded', variant]);
    });
  }

  it('records that the API refuses them', () => {
    assert.equal(record.judge(evidence([], false)).variant, 'rejected');
  });

  it('fails when it reaches across namespaces, or lets in whom no scheme names', () => {
    for (const [client, what] of [
      ['ns2/c1', 'matches in another namespace'],
      ['c3', 'matches no scheme'],
    ] as const) {
      const { verdict, reason } = record.judge(evidence(['c1', 'c2', client]));
      assert.deepEqual([verdict, reason], ['fail', `${client}, which ${what}, got in 5 times by the binding`]);
    }
  });

  it('proves nothing when removing the binding changes nothing, or something is not on record', () => {
    const kept = record.judge(
      evidence(['c1', 'c2'], true, {
        cell: (phase, cell) => (phase.name === IN_FORCE ? undefined : repeat('srv', cell.count)),
      }),
    );
    assert.equal(kept.verdict, 'inconclusive');
    assert.match(kept.reason, /the control did not flip: source binding removed/);
    for (const { name } of record.phases ?? [])
      assert.equal(record.judge(withoutClients(evidence(['c1', 'c2']), name)).verdict, 'inconclusive', name);
    assert.match(record.judge(evidence(['c1', 'c2'], null)).reason, /what the API said/);
  });

  it('lets trouble decide before anything else', () => {
    const told = withLines(evidence(['c1', 'c2']), [trouble('unsupported', 'no such kind')]);
    assert.deepEqual([record.judge(told).verdict, record.judge(told).reason], ['unsupported', 'no such kind']);
  });
});
