import assert from 'node:assert/strict';
import type { Phase } from '../../../src/cases/case.js';
import { caseOf, judge, mesh, round, ROUNDS, seen } from './split-judging.js';
import {
  change,
  exchanges,
  fact,
  gate,
  repeat,
  spread,
  synthesise,
  withLines,
  withoutLines,
  type Answer,
  type Behaviour,
} from './synthetic.js';

/** Answers to the observed cells of a case, in the order asked, in phases that are no controls; everything else is as it should be. */
const answering = (id: string, ...answers: readonly Readonly<Record<string, number>>[]): Behaviour => {
  const good = mesh(id);
  const observed = (caseOf(id).phases ?? []).flatMap((phase) =>
    (phase.cells ?? []).filter(({ expect }) => expect === 'observe').map(({ key }) => `${phase.name} ${key}`),
  );
  return {
    ...good,
    sample: (phase, sample) => good.sample?.(phase, sample),
    cell: (phase, cell) => {
      const wanted = answers[observed.indexOf(`${phase.name} ${cell.key}`)];
      return wanted === undefined ? good.cell?.(phase, cell) : who(wanted, cell.count);
    },
  };
};

/** `none` stands for requests that fail. */
const who = (shares: Readonly<Record<string, number>>, count: number): Answer[] =>
  spread(shares, count).map((pod) => (pod === 'none' ? null : pod));

const TRIO = { p1: 1, p2: 1, p3: 1 };
const REFUSED = (phase: string) =>
  change(phase, { kind: 'TrafficSplit', namespace: 'ns1', name: 'ts' }, 'not on my watch');

type Row = readonly [variant: string, ...answers: Readonly<Record<string, number>>[]];

/** What answers each reading is known by; the first is that of the reference mesh. */
const READINGS: Readonly<Record<string, readonly Row[]>> = {
  'SPL-09': [
    ['errors', { none: 1 }],
    ['root selector behaviour', TRIO],
    ['uniform', { p1: 1, p2: 1 }],
    ['last good config kept', { p2: 1 }],
    ['other: p1×40', { p1: 1 }],
  ],
  'SPL-13': [
    ['its share errors', { p1: 1, none: 1 }],
    ['share redistributed', { p1: 1 }],
    ['whole TS dropped', TRIO],
    ['other: no answer×40', { none: 1 }],
  ],
  'SPL-14': [
    ['its share errors', { p1: 1, none: 1 }],
    ['redistributed', { p1: 1 }],
    ['errors then retried elsewhere', { p1: 3, none: 1 }],
    ['other: p1×67, p2×67, p3×66', TRIO],
  ],
  'SPL-15': [
    ['root leg answered by the root selector', { p4: 3, ...TRIO }],
    ['TS ignored', TRIO],
    ['other: p4×40', { p4: 1 }],
    ['other: no answer×20, p4×20', { p4: 1, none: 1 }],
  ],
  'SPL-16': [
    ['leaf not re-split', { p5: 1 }],
    ['re-split', { p4: 1 }],
    ['TS dropped', TRIO],
    ['other: no answer×40', { none: 1 }],
  ],
  'SPL-34': [
    ['applied', { p2: 1 }, TRIO, TRIO],
    ['ignored', { p2: 1 }, { p2: 1 }, { p2: 1 }],
    ['other: p2×30; p1×10, p2×10, p3×10; p2×30', { p2: 1 }, TRIO, { p2: 1 }],
    ['other: p1×10, p2×10, p3×10; p1×10, p2×10, p3×10; p1×10, p2×10, p3×10', TRIO, TRIO, TRIO],
  ],
  'SPL-36': [
    ['split inert', TRIO, TRIO],
    ['header split works', { p2: 1 }, TRIO],
    ['splits everybody', { p2: 1 }, { p2: 1 }],
    ['other: no answer×40; p1×14, p2×13, p3×13', { none: 1 }, TRIO],
  ],
  'SPL-37': [
    ['split works', { p1: 1, p2: 1 }, { p1: 1, p2: 1 }],
    ['root unreachable', { none: 1 }, { none: 1 }],
    [
      'without selector: root unreachable; with the selector of another pod: split works',
      { none: 1 },
      { p1: 1, p2: 1 },
    ],
    [
      'without selector: root unreachable; with the selector of another pod: falls back to the selector',
      { none: 1 },
      { p4: 1 },
    ],
    ['other: p1×20, p2×20; p1×40', { p1: 1, p2: 1 }, { p1: 1 }],
  ],
  'SPL-38': [
    ["v2's share fails", { p1: 1, none: 1 }, { p1: 1 }],
    ['all goes to v1', { p1: 1 }, { p1: 1 }],
    ['root denied entirely', { none: 1 }, { p1: 1 }],
    ['root denied even when v2 has weight 0', { none: 1 }, { none: 1 }],
    ['other: p1×40; no answer×40', { p1: 1 }, { none: 1 }],
  ],
  'SPL-40': [
    ['split', { p2: 1 }],
    ['pods addressed directly, unsplit', TRIO],
    ['pods addressed directly, unsplit', { p1: 1 }],
    ['errors', { none: 1 }],
    ['other: no answer×20, p2×20', { p2: 1, none: 1 }],
  ],
};
/** Where the API refusing the object is a reading. */
const REJECTABLE = ['SPL-09', 'SPL-15', 'SPL-16', 'SPL-34', 'SPL-36', 'SPL-40'];
const phaseRead = (id: string): Phase => {
  const phase = (caseOf(id).phases ?? []).find(({ cells = [] }) => cells.some(({ expect }) => expect === 'observe'));
  assert.ok(phase);
  return phase;
};

describe('split suite, readings', () => {
  for (const [id, rows] of Object.entries(READINGS)) {
    describe(id, () => {
      it('is read as the reference mesh does it', () => {
        const verdict = judge(id, mesh(id));
        assert.deepEqual([verdict.verdict, verdict.variant], ['recorded', rows[0]?.[0]], verdict.reason);
      });

      for (const [variant, ...answers] of rows) {
        it(variant, () => {
          const verdict = judge(id, answering(id, ...answers));
          assert.deepEqual([verdict.verdict, verdict.variant], ['recorded', variant], verdict.reason);
          if (!variant.startsWith('other')) assert.ok(caseOf(id).variants?.includes(variant));
        });
      }

      it('says nothing of answers before the objects had taken effect', () => {
        const { name } = phaseRead(id);
        const { verdict } = judge(id, {
          ...mesh(id),
          gate: (phase) => (phase.name === name ? { converged: false } : undefined),
        });
        assert.equal(verdict, 'inconclusive');
      });

      it('says nothing when client and server disagree', () => {
        const { name, cells = [] } = phaseRead(id);
        const answered = seen(id, answering(id, { p1: 1 }, { p1: 1 }, { p1: 1 }));
        const torn = withoutLines(
          answered,
          (line) => line.kind === 'server' && line.id === `${name}/${cells[0]?.key ?? ''}/0`,
        );
        assert.match(caseOf(id).judge(torn).reason, /client and server disagree on 1 of/);
        assert.equal(caseOf(id).judge(torn).verdict, 'inconclusive');
      });

      it(REJECTABLE.includes(id) ? 'rejected' : 'a refusal is no reading of its own', () => {
        const evidence = withLines(seen(id, answering(id, ...refusedAnswers(id))), [REFUSED(phaseRead(id).name)]);
        const verdict = caseOf(id).judge(evidence);
        assert.equal(verdict.variant === 'rejected', REJECTABLE.includes(id), verdict.variant);
      });
    });
  }

  /** With its object refused nothing is split. */
  const refusedAnswers = (id: string): readonly Readonly<Record<string, number>>[] =>
    id === 'SPL-34' || id === 'SPL-36' ? [TRIO, TRIO, TRIO] : [TRIO];

  describe('what no reading excuses', () => {
    it('SPL-09: another split that stops to follow', () => {
      const good = mesh('SPL-09');
      for (const [phase, stuck] of [
        ['all weights 0', 'p1'],
        ['later update', 'p2'],
      ] as const) {
        const { verdict, reason } = judge('SPL-09', {
          ...good,
          cell: (at, cell) => good.cell?.(at, cell),
          sample: (at, sample) => (at.name === phase ? repeat(stuck, sample.n) : good.sample?.(at, sample)),
        });
        assert.equal(verdict, 'fail', reason);
        assert.match(reason, new RegExp(`${phase}: c1 → root2:8080`));
      }
    });

    it('SPL-15: requests that go round', () => {
      const { name, cells = [] } = phaseRead('SPL-15');
      const [cell] = cells;
      assert.ok(cell);
      const late = seen('SPL-15', answering('SPL-15', { none: 1 }));
      const timedOut = {
        ...late,
        lines: late.lines.map((line) =>
          line.kind === 'client' && line.phase === name && !line.ok
            ? { ...line, error: { code: 'ETIMEDOUT', message: 'no answer' } }
            : line,
        ),
      };
      assert.match(caseOf('SPL-15').judge(timedOut).reason, /40 of 40 requests went round/);
      assert.equal(caseOf('SPL-15').judge(timedOut).verdict, 'fail');
      const [, server] = exchanges(name, cell.key, ['p1']);
      assert.ok(server?.kind === 'server');
      const copied = withLines(seen('SPL-15', mesh('SPL-15')), [{ ...server, pod: 'p3' }]);
      assert.match(caseOf('SPL-15').judge(copied).reason, /1 of 40 requests went round/);
    });

    it('SPL-38: a request at the pod that the client may not reach, answered or not', () => {
      assert.match(
        judge('SPL-38', answering('SPL-38', { p1: 39, p10: 1 }, { p1: 1 })).reason,
        /1 of 80 requests reached p10/,
      );
      const { name, cells = [] } = phaseRead('SPL-38');
      const arrived = exchanges(name, cells[0]?.key ?? '', [null], { from: 'c2', arrives: 'p10' }).map((line) => ({
        ...line,
        id: 'late',
      }));
      assert.equal(caseOf('SPL-38').judge(withLines(seen('SPL-38', mesh('SPL-38')), arrived)).verdict, 'fail');
    });
  });

  describe('SPL-17', () => {
    /** Who answers first, in the rounds and after the restart, and of the second pair. */
    const judged = (
      crossed: readonly string[],
      rounds: readonly (readonly string[])[],
      straight: readonly string[],
    ) => {
      const good = mesh('SPL-17');
      const pods = new Map([
        ['a second split', crossed],
        ['another second split', straight],
      ]);
      const behaviour: Behaviour = {
        ...good,
        sample: (phase, sample) => good.sample?.(phase, sample),
        cell: (phase, { count }) => {
          const answering = pods.get(phase.name);
          if (answering === undefined) return undefined;
          return answering.length === 0 ? repeat(null, count) : repeat(answering, count).flat().slice(0, count);
        },
      };
      const lines = ROUNDS.flatMap((phase, index) => round(phase, ...(rounds[index] ?? crossed)));
      return caseOf('SPL-17').judge(withLines(synthesise(caseOf('SPL-17'), behaviour), lines));
    };
    const touched = [['p1'], ['p2'], ['p1'], ['p2'], ['p1']];
    const rows: readonly (readonly [string, ReturnType<typeof judged>])[] = [
      ['first created', judged(['p1'], [], ['p2'])],
      ['by name', judged(['p2'], [], ['p2'])],
      ['by name', judged(['p1'], [], ['p1'])],
      ['last written', judged(['p2'], touched, ['p1'])],
      ['merged', judged(['p1', 'p2'], [], ['p1', 'p2'])],
      ['both ignored', judged(['p1', 'p2', 'p3'], [], ['p1', 'p2', 'p3'])],
      ['varies', judged(['p1'], [['p1'], ['p2']], ['p2'])],
      ['varies', judged(['p1'], [...repeat(['p1'], 5), ['p2']], ['p2'])],
      ['other: first v2, then v1', judged(['p2'], [], ['p1'])],
      ['other: first nobody, then nobody', judged([], [], [])],
    ];
    for (const [variant, verdict] of rows)
      it(variant, () => {
        assert.deepEqual([verdict.verdict, verdict.variant], ['recorded', variant], verdict.reason);
      });

    it('does without the restart where a control plane cannot be restarted', () => {
      const evidence = withLines(
        synthesise(caseOf('SPL-17'), mesh('SPL-17')),
        ROUNDS.slice(0, 5).flatMap((phase) => round(phase, 'p1')),
      );
      assert.equal(caseOf('SPL-17').judge(evidence).verdict, 'inconclusive');
      const said = withLines(evidence, [
        fact('control plane restarted', 'left out', 'a control plane that can be restarted'),
      ]);
      assert.equal(caseOf('SPL-17').judge(said).variant, 'first created');
    });

    it('is inconclusive when a round is not on record', () => {
      const evidence = withoutLines(
        seen('SPL-17', mesh('SPL-17')),
        ({ kind, ...line }) => kind === 'client' && 'phase' in line && line.phase === 're-sync 3',
      );
      assert.equal(caseOf('SPL-17').judge(evidence).verdict, 'inconclusive');
    });

    it('is inconclusive when a round had not taken effect', () => {
      const evidence = withLines(seen('SPL-17', mesh('SPL-17')), [gate('re-sync 2', { converged: false })]);
      assert.equal(caseOf('SPL-17').judge(evidence).verdict, 'inconclusive');
    });

    it('says when the second split is refused', () => {
      const evidence = withLines(seen('SPL-17', mesh('SPL-17')), [REFUSED('a second split')]);
      assert.equal(caseOf('SPL-17').judge(evidence).variant, 'other: the second split is refused');
    });
  });

  describe('SPL-30', () => {
    const rows: readonly Row[] = [
      ['split per connection', { p1: 1, p2: 1 }],
      ['not split', TRIO],
      ['connections fail', { none: 1 }],
      ['other: p1×256, p2×64', { p1: 4, p2: 1 }],
    ];
    for (const [variant, ...answers] of rows) {
      it(variant, () => {
        const verdict = judge('SPL-30', answering('SPL-30', ...answers));
        assert.deepEqual([verdict.verdict, verdict.variant], ['recorded', variant], verdict.reason);
      });
    }

    it('says nothing of connections before the split had taken effect', () => {
      const late = { ...mesh('SPL-30'), gate: () => ({ converged: false }) };
      assert.equal(judge('SPL-30', late).verdict, 'inconclusive');
    });

    it('counts connections', () => {
      const units = judge('SPL-30', mesh('SPL-30')).statistics?.map(({ unit }) => unit);
      assert.deepEqual(new Set(units), new Set(['connection']));
      assert.equal(caseOf('SPL-30').plan.unit, 'connection');
    });
  });

  it('a gate that was passed late in a control says why the control did not flip', () => {
    const late = withLines(seen('SPL-40', { ...mesh('SPL-40'), sample: (_, { n }) => repeat('p1', n) }), [
      gate('usual root', { converged: false }),
    ]);
    assert.match(caseOf('SPL-40').judge(late).reason, /the change had not shown/);
  });
});
