/** Runs one case, seals its evidence, reads it back and judges what was read: the same path as a later `judge`. */
import type { CaseRecord } from '../cases/case.js';
import { CannotExpress } from '../cases/context.js';
import { EVIDENCE_VERSION, type Evidence, type TroubleLine } from '../evidence/records.js';
import { EvidenceWriter, readEvidence } from '../evidence/store.js';
import { HarnessError } from '../errors/harness-error.js';
import { now } from './clock.js';
import { CaseRun } from './case-run.js';
import { EndedEarly } from './first-violation.js';
import type { Patience } from './patience.js';
import type { CaseResult } from './case-result.js';
import type { Lane } from './lane.js';
import { unmetNeed } from './plan.js';

/** Where a case's evidence comes from, and goes to. */
export interface CaseOrigin {
  readonly runId: string;
  readonly seed: number;
  readonly mesh: string;
  readonly out: string;
}

export interface CaseSetting extends CaseOrigin {
  readonly patience: Patience;
  readonly signal: AbortSignal;
  /** Aborted when a program of the lane dies. */
  readonly broken: AbortSignal;
  /** Longest a single case may take. */
  readonly caseTimeoutMs: number;
  /** The case may end at its first violation. */
  readonly endAtViolation?: boolean;
}

/** @throws HarnessError E_EVIDENCE_WRITE: a run that cannot keep its evidence must not go on. */
export async function runCase(record: CaseRecord, lane: Lane, setting: CaseSetting): Promise<CaseResult> {
  const started = performance.now();
  const writer = openEvidence(record, setting);
  const unmet = unmetNeed(record, lane.mesh.capabilities);
  let fidelity: CaseResult['fidelity'] = 'native';
  let endedEarly = false;
  if (unmet === undefined) {
    const signal = AbortSignal.any([setting.signal, AbortSignal.timeout(setting.caseTimeoutMs)]);
    const { patience, endAtViolation = false } = setting;
    const run = new CaseRun({ lane, record, writer, patience, signal, endAtViolation });
    const troubles = [
      await attempt(async () => void (endedEarly = await endsEarly(record, run)), setting),
      await attempt(() => run.cleanUp(), setting),
    ];
    fidelity = run.fidelity;
    // What was seen while the ground gave way says nothing about the mesh, however far the case came.
    if (setting.broken.aborted) troubles.unshift(trouble('error', reasonOf(setting.broken.reason)));
    for (const one of troubles) if (one !== undefined) writer.append(one);
  } else {
    writer.append(trouble('unsupported', unmet));
    fidelity = 'unsupported';
  }
  const result = judgeSealed(record, writer, {
    out: setting.out,
    fidelity,
    durationMs: Math.round(performance.now() - started),
  });
  return endedEarly ? { ...result, endedEarly } : result;
}

async function endsEarly(record: CaseRecord, run: CaseRun): Promise<boolean> {
  try {
    await record.run(run);
    return false;
  } catch (error) {
    if (error instanceof EndedEarly) return true;
    throw error;
  }
}

/** A case that never got to run still leaves a file that says why. */
export function settleUnrun(
  record: CaseRecord,
  setting: CaseOrigin,
  verdict: TroubleLine['verdict'],
  message: string,
): CaseResult {
  const writer = openEvidence(record, setting);
  writer.append(trouble(verdict, message));
  return judgeSealed(record, writer, {
    out: setting.out,
    fidelity: verdict === 'unsupported' ? 'unsupported' : 'native',
    durationMs: 0,
  });
}

function openEvidence(record: CaseRecord, { runId, seed, mesh, out }: CaseOrigin): EvidenceWriter {
  return new EvidenceWriter(out, { kind: 'case', apiVersion: EVIDENCE_VERSION, id: record.id, run: runId, seed, mesh });
}

function judgeSealed(
  record: CaseRecord,
  writer: EvidenceWriter,
  rest: { out: string; fidelity: CaseResult['fidelity']; durationMs: number },
): CaseResult {
  const sealed = writer.seal();
  const evidence = readEvidence(rest.out, sealed);
  const verdict = record.judge(evidence);
  const convergence = convergenceOf(evidence);
  return {
    record,
    ...verdict,
    fidelity: rest.fidelity,
    durationMs: rest.durationMs,
    evidence: sealed,
    ...(convergence === undefined ? {} : { convergence }),
  };
}

function convergenceOf(evidence: Evidence): { firstMs: number; stableMs: number } | undefined {
  const gate = evidence.lines.findLast((line) => line.kind === 'gate');
  if (gate?.firstMs === undefined || gate.stableMs === undefined) return undefined;
  return { firstMs: Math.round(gate.firstMs * 10) / 10, stableMs: Math.round(gate.stableMs * 10) / 10 };
}

/** The trouble a step ran into, if any. */
async function attempt(step: () => Promise<void>, setting: CaseSetting): Promise<TroubleLine | undefined> {
  try {
    await step();
    return undefined;
  } catch (error) {
    if (error instanceof HarnessError && error.code === 'E_EVIDENCE_WRITE') throw error;
    if (error instanceof HarnessError && error.code === 'E_AGENT_GONE') await obituary(setting.broken);
    return error instanceof CannotExpress
      ? trouble('unsupported', error.message)
      : trouble('error', wording(error, setting));
  }
}

/** A dead program closes its sockets before its parent hears of its end; the end says more. */
const OBITUARY_MS = 1_000;

async function obituary(broken: AbortSignal): Promise<void> {
  if (broken.aborted) return;
  const patience = AbortSignal.timeout(OBITUARY_MS);
  await new Promise<void>((resolve) => {
    for (const signal of [broken, patience]) signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** The cause of an abort says more than "aborted". */
function wording(error: unknown, { signal, caseTimeoutMs }: CaseSetting): string {
  if (signal.aborted) return reasonOf(signal.reason);
  if (error instanceof Error && error.name === 'TimeoutError')
    return `the case was not done after ${caseTimeoutMs / 1000} s`;
  return reasonOf(error);
}

export function reasonOf(error: unknown): string {
  if (error instanceof HarnessError) return `${error.message} (${error.code}: ${error.hint})`;
  return error instanceof Error ? error.message : String(error);
}

function trouble(verdict: TroubleLine['verdict'], message: string): TroubleLine {
  return { kind: 'trouble', phase: '', t: now(), verdict, message };
}
