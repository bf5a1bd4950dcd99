/** How many requests a second every arm is offered: the same for all, and few enough that queues are not what is measured. */
import { badInput } from '../errors/harness-error.js';
import { BASELINE } from './arms.js';
import type { Saturation } from './records.js';

const USUAL = 500;
/** Of what the slowest arm can do. */
const EASY_SHARE = 0.3;
/** Above this share queueing is a part of every difference. */
const HALF = 0.5;

export interface ChosenRate {
  readonly perSecond: number;
  readonly reason: string;
}

/** @throws HarnessError (bad input) for a rate that not even the direct arm can do */
export function chooseRate(wanted: number | undefined, saturation: readonly Saturation[]): ChosenRate {
  if (wanted !== undefined) {
    const most = saturation.find(({ arm }) => arm === BASELINE.name)?.fit?.maxPerSecond;
    if (most !== undefined && wanted > most)
      throw badInput(
        'E_RATE_UNREACHABLE',
        `this machine cannot offer ${wanted} requests a second: without any mesh it does ${most.toFixed(0)} at most`,
        `ask for less with --rate; ${Math.floor(most * EASY_SHARE)} is done with ease`,
      );
    return { perSecond: wanted, reason: 'asked for' };
  }
  const slowest = saturation
    .flatMap(({ arm, fit }) => (fit === undefined ? [] : [{ arm, most: fit.maxPerSecond }]))
    .sort((a, b) => a.most - b.most)[0];
  if (slowest === undefined)
    return { perSecond: USUAL, reason: 'the usual rate; what the arms can do was not measured' };
  const easy = Math.max(1, Math.floor(slowest.most * EASY_SHARE));
  return easy >= USUAL
    ? { perSecond: USUAL, reason: 'the usual rate' }
    : { perSecond: easy, reason: `30 % of what ${slowest.arm} can do (${slowest.most.toFixed(0)} a second)` };
}

/** Arms that are offered more than half of what they can do. */
export function notesOnRate(perSecond: number, saturation: readonly Saturation[]): readonly string[] {
  return saturation.flatMap(({ arm, fit }) =>
    fit !== undefined && perSecond > HALF * fit.maxPerSecond
      ? [`${perSecond} requests a second are more than half of what ${arm} can do: queueing is part of its difference`]
      : [],
  );
}
