/** Turns what an author writes into a complete, checked record. */
import type { Evidence } from '../evidence/records.js';
import { judgeCells } from '../judge/cells.js';
import { joinExchanges, type Exchanges } from '../judge/exchanges.js';
import { decide, settleTrouble, type Finding } from '../judge/findings.js';
import { judgeSamples } from '../judge/shares.js';
import { ALPHA, POWER } from '../judge/statistics.js';
import type { Statistic, Verdict } from '../judge/verdict.js';
import { badInput } from '../errors/harness-error.js';
import type { CaseRecord, Phase, SamplingPlan } from './case.js';
import type { CaseContext } from './context.js';
import { describePower, findPlanProblem } from './power.js';

type Optional = 'needs' | 'profiles' | 'plan' | 'run' | 'judge' | 'catches';

/** What an author must say; the rest has defaults. */
export type CaseDraft = Omit<CaseRecord, Optional> &
  Partial<Pick<CaseRecord, Exclude<Optional, 'run' | 'judge'>>> & {
    /** Default: enter each phase, ask its cells, draw its samples. */
    readonly run?: (ctx: CaseContext) => Promise<void>;
    /** Findings beyond those of the static phases, or instead of a plain pass a variant. */
    readonly judge?: (exchanges: Exchanges, evidence: Evidence) => Extra;
  };

export interface Extra {
  readonly findings?: readonly Finding[];
  readonly statistics?: readonly Statistic[];
  /** Class A: the reading the mesh takes. M and X: a side observation. */
  readonly variant?: string;
}

export function defineCase(draft: CaseDraft): CaseRecord {
  check(draft);
  const phases = draft.phases ?? [];
  return {
    needs: [],
    profiles: ['core', 'extended', 'full'],
    catches: [],
    plan: planOf(phases),
    ...draft,
    run: draft.run ?? ((ctx) => runPhases(ctx, phases)),
    judge: (evidence) => settleTrouble(evidence) ?? judgeCase(draft, phases, evidence),
  };
}

async function runPhases(ctx: CaseContext, phases: readonly Phase[]): Promise<void> {
  for (const phase of phases) {
    const missing = (phase.needs ?? []).filter((need) => !ctx.offers(need));
    if (missing.length === 0) await visit(ctx, phase);
    else ctx.fact(phase.name, LEFT_OUT, missing.join(', '));
  }
}

/** The fact that a phase was not asked: its value says for want of what. */
export const LEFT_OUT = 'left out';

/** Enter a phase and ask all of its questions. */
export async function visit(ctx: CaseContext, phase: Phase): Promise<void> {
  await ctx.enter(phase);
  await ctx.probe(phase.name, phase.cells ?? []);
  for (const sample of phase.samples ?? []) await ctx.sample(phase.name, sample);
}

function judgeCase(draft: CaseDraft, allPhases: readonly Phase[], evidence: Evidence): Verdict {
  const leftOut = new Map(
    evidence.lines.flatMap((line) =>
      line.kind === 'fact' && line.name === LEFT_OUT
        ? [[line.phase, typeof line.value === 'string' ? line.value : 'what it needs'] as const]
        : [],
    ),
  );
  const phases = allPhases.filter(({ name }) => !leftOut.has(name));
  const exchanges = joinExchanges(evidence);
  const samples = phases.map((phase) => judgeSamples(phase, exchanges));
  const extra = draft.judge?.(exchanges, evidence) ?? {};
  const findings = [
    ...phases.flatMap((phase) => judgeCells(phase, exchanges)),
    ...samples.flatMap((part) => part.findings),
    ...(extra.findings ?? []),
  ];
  const statistics = [...samples.flatMap((part) => part.statistics), ...(extra.statistics ?? [])];
  const ok =
    leftOut.size === 0
      ? draft.expectation
      : `${draft.expectation} (left out: ${[...leftOut].map(([name, why]) => `${name}, for want of ${why}`).join('; ')})`;
  const verdict = withRefusals(decide(findings, ok, statistics), evidence);
  // What was seen in passing is told with a case that holds; with one that does not it would only mislead.
  if (extra.variant === undefined || verdict.verdict !== 'pass') return verdict;
  if (draft.class !== 'A') return { ...verdict, variant: extra.variant };
  return {
    ...verdict,
    verdict: 'recorded',
    reason: `the mesh takes the reading: ${extra.variant}`,
    variant: extra.variant,
  };
}

/** What the API refused explains most surprises. */
function withRefusals(verdict: Verdict, evidence: Evidence): Verdict {
  if (verdict.verdict === 'pass') return verdict;
  const refused = evidence.lines.flatMap((line) =>
    line.kind === 'change' && !line.accepted ? [`${line.object.kind}: ${line.message ?? 'refused'}`] : [],
  );
  return refused.length === 0
    ? verdict
    : { ...verdict, reason: `${verdict.reason}; the API refused ${[...new Set(refused)].join(', ')}` };
}

function planOf(phases: readonly Phase[]): SamplingPlan {
  const samples = phases.flatMap((phase) => phase.samples ?? []);
  const cells = phases.flatMap((phase) => phase.cells ?? []);
  const n = samples.reduce((sum, sample) => sum + sample.n, 0) + cells.reduce((sum, cell) => sum + cell.count, 0);
  const note =
    samples.length > 0
      ? 'sized before sampling by the exact test of each expectation'
      : 'every answer counts: one against the expectation decides';
  return {
    n,
    alpha: samples.length > 0 ? ALPHA : 0,
    power: POWER,
    unit: 'request',
    note,
    finds: describePower(phases),
  };
}

/** A record that cannot prove anything is refused when it is loaded, not when it runs. */
function check(draft: CaseDraft): void {
  const problem = (message: string, hint: string) => badInput('E_CASE_INVALID', `case ${draft.id}: ${message}`, hint);
  if (!/^(ACC|SPC|SPL|MET|IDN|CRD)-\d{2}$/.test(draft.id))
    throw problem('the id is not of the form ACC-01', 'take the id of the conformance matrix');
  if (draft.control.trim() === '')
    throw problem('it names no control', 'say which change must flip the result, or which twin must succeed');
  if (draft.phases === undefined && draft.run === undefined)
    throw problem('it has neither phases nor a run function', 'give it one of the two');
  const names = (draft.phases ?? []).map(({ name }) => name);
  if (new Set(names).size !== names.length) throw problem('two phases share a name', 'name every phase once');
  for (const phase of draft.phases ?? []) {
    const keys = [...(phase.cells ?? []), ...(phase.samples ?? [])].map(({ key }) => key);
    const twice = keys.find((key, index) => keys.indexOf(key) !== index);
    if (twice !== undefined)
      throw problem(`phase "${phase.name}" asks "${twice}" twice`, 'merge the two or give them different keys');
    const unasked = phase.cells?.find(({ count }) => !(Number.isInteger(count) && count > 0));
    if (unasked !== undefined)
      throw problem(`phase "${phase.name}" asks "${unasked.key}" ${unasked.count} times`, 'ask at least once');
    for (const sample of phase.samples ?? []) {
      const impossible = findPlanProblem(sample);
      if (impossible !== undefined)
        throw problem(`phase "${phase.name}", sample "${sample.key}": ${impossible.problem}`, impossible.hint);
    }
  }
}
