/** One load for several agents: each gets its share, and what they measured is put together again without loss. */
import type { MeasureJob, MeasureResult, MeasureWindow } from '../../fixtures/agent/protocol.js';
import { HarnessError } from '../errors/harness-error.js';
import { mergeRecordings, readRecording, type Recording } from './recording.js';

/** Rounding must not bring an arrival at the very end of a window, which is outside, into it. */
const A_HAIR_SLOWER = 1 - 1e-12;

/** A window as all agents together measured it. */
export interface MergedWindow extends MeasureWindow {
  readonly recording: Recording;
}

/** What is sent by agent `index` of `agents`; together they send what the job asks for. */
export function shareJob(job: MeasureJob, index: number, agents: number): MeasureJob {
  const connections = Math.floor(job.connections / agents) + (index < job.connections % agents ? 1 : 0);
  const idPrefix = `${job.idPrefix}${index}-`;
  const { loop } = job;
  if (loop.kind === 'closed') return { ...job, idPrefix, connections };
  const ratePerSecond = (loop.ratePerSecond / agents) * A_HAIR_SLOWER;
  // Arrivals of one agent fall into the gaps of the others: together they are the arrivals of the whole.
  const phase = ((loop.phase ?? 0) + index) / agents;
  // Independent Poisson processes add up to one, if they are independent.
  return { ...job, idPrefix, connections, loop: { ...loop, ratePerSecond, phase, seed: loop.seed + index } };
}

/** @throws HarnessError E_LOAD_JOBS when agents measured other windows than one another */
export function mergeResults(results: readonly MeasureResult[]): readonly MergedWindow[] {
  const [first] = results;
  if (first === undefined) return [];
  return first.windows.map(({ name, offsetMs, durationMs }, index) => {
    const same = results.map(({ windows }) => windows[index]);
    const recordings = same.map((window) => {
      if (window?.name === name && window.offsetMs === offsetMs && window.durationMs === durationMs)
        return readRecording(window);
      throw new HarnessError({
        code: 'E_LOAD_JOBS',
        message: `not every agent measured window ${name}`,
        hint: 'this is a defect of the agents: their answers are in the log of the Job',
      });
    });
    return { name, offsetMs, durationMs, recording: mergeRecordings(recordings) };
  });
}
