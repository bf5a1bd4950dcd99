/** Two splits of one root: which of them counts, and whether it stays the one. */
import type { Phase } from '../../src/cases/case.js';
import type { CaseContext } from '../../src/cases/context.js';
import { LEFT_OUT, visit } from '../../src/cases/define.js';
import { split } from '../../src/cases/objects.js';
import { observe, only } from '../../src/cases/questions.js';
import type { Exchanges } from '../../src/judge/exchanges.js';
import { answersTo, exactly, nobody, unreadable } from './answers.js';
import { notInForce } from './readings.js';
import { EXTENDED, FEW, LEAVES, splitCase } from './split-case.js';

/** Sends everything to one backend, so that who answers names the split. */
const named = (name: string, backend: 'v1' | 'v2') => split(name, 'root', { [backend]: 100 });
const older = named('y', 'v1');
const newer = named('x', 'v2');
const newest = named('z', 'v1');
const seenOnRoot = observe('c1', 'root:8080', { count: 40 });

const alone = (name: string, objects: Phase['objects'], backend: 'v1' | 'v2'): Phase => ({
  name,
  control: true,
  objects,
  samples: [only('root:8080', [backend], { groups: LEAVES, n: FEW })],
});
const first = alone('one split', [older], 'v1');
/** The older one has the later name. */
const crossed: Phase = { name: 'a second split', objects: [older, newer], cells: [seenOnRoot] };
const left = alone('the first deleted', [newer], 'v2');
/** The older one has the earlier name. */
const straight: Phase = { name: 'another second split', objects: [newer, newest], cells: [seenOnRoot] };

const RESYNCS = 5;
const resyncs = Array.from({ length: RESYNCS }, (_, index) => ({
  phase: { ...crossed, name: `re-sync ${index + 1}` },
  touched: index % 2 === 0 ? older : newer,
}));
const restarted: Phase = { ...crossed, name: 'control plane restarted' };

export const twoSplits = splitCase({
  id: 'SPL-17',
  class: 'A',
  alone: true,
  profiles: EXTENDED,
  title: 'which of two splits of one root counts',
  phrase: '(silent)',
  setup: `two splits of one root, the older one with the later name; ${RESYNCS} re-syncs, each touches one of the two, and a restart of the control plane where it can be restarted; then two of which the older one has the earlier name`,
  expectation: 'recorded: which of the two counts, and whether that stays so',
  control: 'with one of them deleted the other one applies',
  variants: ['first created', 'last written', 'by name', 'merged', 'both ignored', 'varies'],
  phases: [first, crossed, left, straight],
  run: async (ctx) => {
    const atFirst = Date.now();
    await visit(ctx, first);
    await anotherSecond(ctx, atFirst);
    const atSecond = Date.now();
    await visit(ctx, crossed);
    for (const { phase, touched } of resyncs) {
      await ctx.touch(phase.name, touched);
      await visit(ctx, phase);
    }
    if (await ctx.restartControlPlane(restarted.name)) await visit(ctx, restarted);
    else ctx.fact(restarted.name, LEFT_OUT, 'a control plane that can be restarted');
    await visit(ctx, left);
    await anotherSecond(ctx, atSecond);
    await visit(ctx, straight);
  },
  judge: (exchanges, { lines }) => {
    const isLeftOut = lines.some((line) => line.kind === 'fact' && line.name === LEFT_OUT);
    const asked = [crossed, ...resyncs.map(({ phase }) => phase), ...(isLeftOut ? [] : [restarted]), straight];
    const findings = asked.flatMap((phase) => [
      ...notInForce(phase, exchanges),
      ...unreadable(phase, seenOnRoot, exchanges),
    ]);
    if (findings.length > 0) return { findings };
    const refused = lines.some(
      (line) => line.kind === 'change' && line.phase === crossed.name && line.action === 'apply' && !line.accepted,
    );
    return { variant: refused ? 'other: the second split is refused' : readingOf(exchanges, isLeftOut) };
  },
});

/** An API tells times of creation to the second: of two objects of one second there is no older one. */
async function anotherSecond(ctx: CaseContext, created: number): Promise<void> {
  const second = (at: number): number => Math.floor(at / 1000);
  await ctx.until(() => Promise.resolve(second(Date.now()) > second(created)), 2_000);
}

type Winner = 'v1' | 'v2' | 'merged' | 'both ignored' | 'nobody';

function winnerIn(phase: Phase, exchanges: Exchanges): Winner {
  const answers = answersTo(phase, seenOnRoot, exchanges);
  if (nobody(answers)) return 'nobody';
  if (exactly(answers, 'p1')) return 'v1';
  if (exactly(answers, 'p2')) return 'v2';
  return exactly(answers, 'p1', 'p2') ? 'merged' : 'both ignored';
}

function readingOf(exchanges: Exchanges, isLeftOut: boolean): string {
  const before = winnerIn(crossed, exchanges);
  const rounds = resyncs.map(({ phase }) => winnerIn(phase, exchanges));
  const followsTouches = rounds.every((winner, index) => winner === (resyncs[index]?.touched === older ? 'v1' : 'v2'));
  if (followsTouches) return 'last written';
  const later = isLeftOut ? rounds : [...rounds, winnerIn(restarted, exchanges)];
  if (later.some((winner) => winner !== before)) return 'varies';
  const after = winnerIn(straight, exchanges);
  return READINGS[`${before}, ${after}`] ?? `other: first ${before}, then ${after}`;
}

/** Who counts of the pair whose names and ages go crosswise, then of the pair where they go alike. */
const READINGS: Readonly<Record<string, string>> = {
  'v1, v2': 'first created',
  'v2, v2': 'by name',
  'v1, v1': 'by name',
  'merged, merged': 'merged',
  'both ignored, both ignored': 'both ignored',
};
