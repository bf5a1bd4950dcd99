/** Measured windows with their histograms read, and any number of them taken together. */
import type { MeasuredWindow } from '../../fixtures/agent/protocol.js';
import { decodeHistogram, type Histogram, mergeHistograms } from './histogram.js';

/** What became of a number of requests; `due` = answered + failed + unsent. See MeasuredWindow for the meanings. */
export interface Recording {
  readonly response: Histogram;
  readonly service: Histogram;
  readonly sendLag: Histogram;
  readonly due: number;
  readonly sent: number;
  readonly answered: number;
  readonly statuses: Readonly<Record<string, number>>;
  readonly failed: Readonly<Record<string, number>>;
  readonly unsent: number;
  readonly servers: Readonly<Record<string, number>>;
}

export function readRecording(window: MeasuredWindow): Recording {
  const { due, sent, answered, statuses, failed, unsent, servers } = window;
  return {
    response: decodeHistogram(window.response),
    service: decodeHistogram(window.service),
    sendLag: decodeHistogram(window.sendLag),
    ...{ due, sent, answered, statuses, failed, unsent, servers },
  };
}

/** All requests of all recordings; nothing is averaged. */
export function mergeRecordings(recordings: readonly Recording[]): Recording {
  const sum = (pick: (recording: Recording) => number): number =>
    recordings.reduce((total, recording) => total + pick(recording), 0);
  return {
    response: mergeHistograms(recordings.map(({ response }) => response)),
    service: mergeHistograms(recordings.map(({ service }) => service)),
    sendLag: mergeHistograms(recordings.map(({ sendLag }) => sendLag)),
    due: sum(({ due }) => due),
    sent: sum(({ sent }) => sent),
    answered: sum(({ answered }) => answered),
    statuses: addCounts(recordings.map(({ statuses }) => statuses)),
    failed: addCounts(recordings.map(({ failed }) => failed)),
    unsent: sum(({ unsent }) => unsent),
    servers: addCounts(recordings.map(({ servers }) => servers)),
  };
}

export function totalOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

function addCounts(all: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const total: Record<string, number> = {};
  for (const counts of all) {
    for (const [key, count] of Object.entries(counts)) total[key] = (total[key] ?? 0) + count;
  }
  return total;
}
