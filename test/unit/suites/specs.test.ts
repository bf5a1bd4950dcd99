import assert from 'node:assert/strict';
import { specsCases } from '../../../suites/specs/index.js';
import type { CaseRecord } from '../../../src/cases/case.js';
import { clientControlKey, serverControlKey } from '../../../src/cases/controls.js';
import type { EvidenceLine } from '../../../src/evidence/records.js';
import { seen } from './specs-by-id.js';
import { CORRECT, DEFECTS } from './specs-mesh.js';
import { repeat, serviceOf, trouble, withLines, withoutClients } from './synthetic.js';

describe('suites/specs', () => {
  it('lists its cases once each, by id, with what a report needs', () => {
    const ids = specsCases.map(({ id }) => id);
    assert.deepEqual(ids, [...new Set(ids)].sort());
    for (const { id, class: grade, variants, catches, spec } of specsCases) {
      assert.equal(
        grade === 'A',
        variants !== undefined && id !== 'SPC-10' && id !== 'SPC-12',
        `${id} has a closed list of readings`,
      );
      assert.ok(catches.length > 0 && spec.phrase.length > 10, id);
    }
  });

  for (const record of specsCases) {
    describe(`${record.id} ${record.title}`, () => {
      it('passes on a correct mesh', () => {
        const verdict = record.judge(seen(record, CORRECT));
        assert.equal(verdict.verdict, record.class === 'A' ? 'recorded' : 'pass', verdict.reason);
        if (record.variants !== undefined && record.id !== 'SPC-10')
          assert.ok(record.variants.includes(verdict.variant ?? ''), verdict.variant);
      });

      it('fails under exactly the defects it names', () => {
        const failing = Object.keys(DEFECTS).filter(
          (name) => record.judge(seen(record, DEFECTS[name] ?? CORRECT)).verdict === 'fail',
        );
        // Others, which a mesh on paper cannot have, are for the real one.
        const named = record.catches.filter((name) => name in DEFECTS);
        assert.deepEqual(failing.sort(), named.sort());
      });

      for (const phase of (record.phases ?? []).filter(({ control }) => control === true)) {
        it(`proves nothing when the control "${phase.name}" does not flip`, () => {
          const turned = seen(record, CORRECT, {
            cell: (at, cell) =>
              at === phase ? repeat(cell.expect === 'deny' ? serviceOf(cell.to) : null, cell.count) : undefined,
          });
          const perfect = withPerfectOthers(record, phase.name, turned.lines);
          assert.equal(record.judge({ ...turned, lines: perfect }).verdict, 'inconclusive');
        });
      }

      it('proves nothing when the controls beside its denials fail', () => {
        const denied = (record.phases ?? []).flatMap((phase) =>
          (phase.cells ?? []).filter(({ expect }) => expect === 'deny'),
        );
        assert.ok(denied.length > 0, 'every case of this suite has a denial');
        for (const keyOf of [clientControlKey, serverControlKey]) {
          const keys = new Set(denied.map(keyOf));
          const evidence = seen(record, CORRECT, {
            control: (_phase, key) => (keys.has(key) ? repeat(null, 3) : undefined),
          });
          const { verdict, reason } = record.judge(evidence);
          assert.equal(verdict, 'inconclusive');
          assert.match(reason, /denied, but its control/);
        }
      });

      it('proves nothing without the records of its clients', () => {
        assert.equal(record.judge(withoutClients(seen(record, CORRECT))).verdict, 'inconclusive');
      });

      it('lets trouble of the harness decide before anything else', () => {
        const { verdict } = record.judge(
          withLines(seen(record, DEFECTS['allow-all'] ?? CORRECT), [trouble('error', 'pod srv ended')]),
        );
        assert.equal(verdict, 'error');
      });
    });
  }
});

/** Keeps the turned lines of one phase and takes all others from a correct mesh. */
function withPerfectOthers(record: CaseRecord, phase: string, turned: readonly EvidenceLine[]): EvidenceLine[] {
  const isTurned = (line: EvidenceLine): boolean => line.kind !== 'case' && line.phase === phase;
  return [...seen(record, CORRECT).lines.filter((line) => !isTurned(line)), ...turned.filter(isTurned)];
}
