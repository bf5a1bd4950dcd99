import assert from 'node:assert/strict';
import type { ClientRecord } from '../../../fixtures/agent/protocol.js';
import type { CaseContext } from '../../../src/cases/context.js';
import { observe } from '../../../src/cases/questions.js';
import { waitingFor, waitsOf } from '../../../suites/access/wait.js';

describe('suites/access waits', () => {
  const cell = observe('c1', 'srv:8080', { count: 1 });
  /** Answers well from the n-th look on; a deadline is worth three more looks. */
  const context = (from: number) => {
    const looks: string[] = [];
    const probe = async (phase: string): Promise<readonly ClientRecord[]> => {
      looks.push(phase);
      const ok = looks.length >= from;
      return [{ kind: 'client', id: `${looks.length}`, cell: cell.key, pod: 'c1', t: looks.length, ms: 1, ok }];
    };
    const until = async (look: () => Promise<boolean>): Promise<boolean> => {
      for (let left = 3; left > 0; left -= 1) if (await look()) return true;
      return false;
    };
    return { looks, askUntil: waitsOf({ probe, until } as unknown as CaseContext) };
  };
  const isLastGood = (answers: readonly ClientRecord[]): boolean => answers.at(-1)?.ok === true;

  it('end with the first look that is content, under a phase of their own', async () => {
    const { looks, askUntil } = context(3);
    assert.equal(await askUntil('growing', [cell], isLastGood), true);
    assert.deepEqual(looks, Array(3).fill(waitingFor('growing')));
  });

  it('see all answers so far, in the order of asking', async () => {
    const { askUntil } = context(1);
    const seen: string[] = [];
    await askUntil('growing', [cell], (answers) => {
      seen.push(answers.map(({ id }) => id).join());
      return answers.length === 3;
    });
    assert.deepEqual(seen, ['1', '1,2', '1,2,3']);
  });

  it('are single looks once one was in vain', async () => {
    const { looks, askUntil } = context(99);
    assert.equal(await askUntil('growing', [cell], isLastGood), false);
    assert.equal(looks.length, 4);
    assert.equal(await askUntil('shrinking', [cell], isLastGood), false);
    assert.equal(looks.length, 5);
  });
});
