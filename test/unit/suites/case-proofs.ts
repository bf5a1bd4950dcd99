/** What every judge of allow and deny cells has to show: that it can pass, that it can fail, and that it stays silent where nothing is proven. */
import assert from 'node:assert/strict';
import type { CaseRecord, Cell, Phase } from '../../../src/cases/case.js';
import { clientControlKey, serverControlKey } from '../../../src/cases/controls.js';
import type { Evidence } from '../../../src/evidence/records.js';
import type { Verdict } from '../../../src/judge/verdict.js';
import { CORRECT, DEFECTS, type PaperMesh } from './specs-mesh.js';
import { repeat, serviceOf, trouble, withLines, withoutClients, type Behaviour } from './synthetic.js';

/** All that a run of the case leaves on this mesh, what its own steps add included. */
export type Seen = (record: CaseRecord, mesh: PaperMesh, rest?: Behaviour) => Evidence;

/** Declares the tests that hold for any case. `variant`: what a class A case records on a correct mesh. */
export function proveCase(
  record: CaseRecord,
  seen: Seen,
  variant?: string,
  defects: Readonly<Record<string, PaperMesh>> = DEFECTS,
): void {
  const judge = (mesh: PaperMesh, rest?: Behaviour): Verdict => record.judge(seen(record, mesh, rest));
  // What is only observed has no expectation that could be broken.
  const phases = (record.phases ?? []).map((phase) => ({
    ...phase,
    cells: (phase.cells ?? []).filter(({ expect }) => expect !== 'observe'),
  }));

  it(record.class === 'A' ? 'records the reading of a correct mesh' : 'passes on a correct mesh', () => {
    const verdict = judge(CORRECT);
    assert.equal(verdict.verdict, record.class === 'A' ? 'recorded' : 'pass', verdict.reason);
    if (record.class === 'A') assert.equal(verdict.variant, variant);
  });

  it('fails under exactly the defects it names', () => {
    const failing = Object.entries(defects).filter(([, mesh]) => judge(mesh).verdict === 'fail');
    const onPaper = record.catches.filter((name) => name in defects);
    assert.deepEqual(failing.map(([name]) => name).sort(), onPaper.toSorted());
  });

  it('fails on each expectation that does not hold, and proves nothing on each control that does not flip', () => {
    for (const phase of phases) {
      for (const cell of phase.cells) {
        const { verdict, reason } = judge(CORRECT, { cell: turned(phase.name, cell.key) });
        const wanted = phase.control === true ? 'inconclusive' : 'fail';
        assert.equal(verdict, wanted, `${phase.name}: ${cell.key}: ${reason}`);
      }
    }
  });

  it('needs one wrong answer only', () => {
    for (const phase of phases) {
      for (const cell of phase.cells) {
        const [wrong] = wrongAnswers(cell);
        const rest = repeat(cell.expect === 'deny' ? null : serviceOf(cell.to), cell.count - 1);
        const { verdict } = judge(CORRECT, {
          cell: (at, other) => (isSame(at, other, phase.name, cell.key) ? [...rest, wrong ?? null] : undefined),
        });
        assert.equal(verdict, phase.control === true ? 'inconclusive' : 'fail', `${phase.name}: ${cell.key}`);
      }
    }
  });

  const denied = phases.flatMap((phase) =>
    phase.cells.filter(({ expect }) => expect === 'deny').map((cell) => ({ phase, cell })),
  );
  if (denied.length > 0) {
    it('proves nothing when a control beside a denial fails', () => {
      for (const { phase, cell } of denied) {
        for (const keyOf of [clientControlKey, ...(phase.bare === true ? [] : [serverControlKey])]) {
          const { verdict, reason } = judge(CORRECT, {
            control: (at, key) => (at.name === phase.name && key === keyOf(cell) ? repeat(null, 3) : undefined),
          });
          assert.equal(verdict, 'inconclusive', `${phase.name}: ${keyOf(cell)}`);
          assert.match(reason, /denied, but its control/);
        }
      }
    });
  }

  it('proves nothing without the records of the clients in any one of its phases', () => {
    for (const { name } of phases) {
      const { verdict } = record.judge(withoutClients(seen(record, CORRECT), name));
      assert.equal(verdict, 'inconclusive', name);
    }
  });

  it('lets trouble of the harness decide before anything else', () => {
    for (const mesh of [CORRECT, DEFECTS['allow-all'] ?? CORRECT, DEFECTS['deny-all'] ?? CORRECT]) {
      const { verdict, reason } = record.judge(withLines(seen(record, mesh), [trouble('error', 'pod srv ended')]));
      assert.deepEqual([verdict, reason], ['error', 'pod srv ended']);
    }
  });
}

const isSame = (phase: Phase, cell: Cell, name: string, key: string): boolean =>
  phase.name === name && cell.key === key;

const wrongAnswers = (cell: Cell): (string | null)[] =>
  repeat(cell.expect === 'deny' ? serviceOf(cell.to) : null, cell.count);

/** Answers one cell against its expectation. */
function turned(name: string, key: string): NonNullable<Behaviour['cell']> {
  return (phase, cell) => (isSame(phase, cell, name, key) ? wrongAnswers(cell) : undefined);
}
