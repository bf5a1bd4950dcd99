import assert from 'node:assert/strict';
import type { ClientRecord } from '../../../fixtures/agent/protocol.js';
import type { Phase } from '../../../src/cases/case.js';
import { allow, deny, observe, only, shares } from '../../../src/cases/questions.js';
import { showsViolation } from '../../../src/run/first-violation.js';

const LEAVES = { v1: ['p1'], v2: ['p2'] };
const allowed = allow('c1', 'srv:8080');
const denied = deny('c2', 'srv:8080');
const seen = observe('c1', 'srv:8080', { path: '/seen' });
const alone = only('root:8080', ['v1'], { groups: LEAVES });
const halves = shares('root:8080', { v1: 1, v2: 1 }, { groups: LEAVES });

/** `count` requests of a cell, answered by a pod or by nobody. */
function told(cell: string, count: number, server: string | undefined): ClientRecord[] {
  return Array.from({ length: count }, (_, index): ClientRecord => {
    const base = { kind: 'client', id: `X/1/c/${cell}/${index}`, cell, pod: 'c1', t: index, ms: 1 } as const;
    return server === undefined ? { ...base, ok: false, status: 403 } : { ...base, ok: true, status: 200, server };
  });
}

const phase = (rest: Partial<Phase>): Phase => ({ name: 'asked', objects: [], ...rest });

describe('run: the first violation', () => {
  for (const [what, asked, records, expected] of [
    ['an allowed client that is let in', phase({ cells: [allowed] }), told(allowed.key, 5, 'srv'), false],
    ['an allowed client that is refused', phase({ cells: [allowed] }), told(allowed.key, 5, undefined), true],
    [
      'a denied client that is refused, whatever its controls',
      phase({ cells: [denied] }),
      told(denied.key, 20, undefined),
      false,
    ],
    ['a denied client that is let in', phase({ cells: [denied] }), told(denied.key, 20, 'srv'), true],
    ['the same in a control phase', phase({ control: true, cells: [denied] }), told(denied.key, 20, 'srv'), false],
    ['what is only observed', phase({ cells: [seen] }), told(seen.key, 5, undefined), false],
    ['a sample that goes where it should', phase({ samples: [alone] }), told(alone.key, alone.n, 'p1'), false],
    ['a sample that does not', phase({ samples: [alone] }), told(alone.key, alone.n, 'p2'), true],
    ['a share that is far off', phase({ samples: [halves] }), told(halves.key, 700, 'p1'), true],
    ['a sample that fails', phase({ samples: [halves] }), told(halves.key, 700, undefined), false],
  ] as const) {
    it(`${what}: ${expected ? 'seen' : 'none'}`, () => assert.equal(showsViolation(asked, records), expected));
  }
});
