/** What was measured, in the words of the report. */
import type { BenchReport, OverheadResult } from '../../reports/bench-model.js';
import { ARMS, BASELINE } from '../bench/arms.js';
import type { BenchSettings } from '../bench/bench-mesh.js';
import {
  aloneSlices,
  compareArm,
  isWithheld,
  judgeComparisons,
  mergeResponses,
  type Judged,
  type Withheld,
} from '../bench/compare.js';
import { curveOf, type CurvePoint } from '../bench/curve.js';
import { PAYLOAD_BYTES } from '../bench/ground.js';
import { spoiling } from '../bench/gates.js';
import { checkLimits } from '../bench/limits.js';
import { QUANTILES, quantileAnyMs } from '../bench/quantiles.js';
import type { ArmState, MeshMeasurements, Saturation, SliceRecord } from '../bench/records.js';
import { decodeHistogram, quantileMs } from '../load/histogram.js';

export interface BenchParts {
  readonly overhead: readonly OverheadResult[];
  readonly bench: readonly BenchReport[];
}

/** All meshes together, since chance is corrected for over all that is shown. `rawOf` names the files of a mesh. */
export function reportMeasurements(
  measurements: readonly MeshMeasurements[],
  settings: BenchSettings,
  rawOf: (mesh: string) => readonly string[],
): BenchParts {
  const compared = measurements.flatMap((one) =>
    measuredArms(one)
      .filter(({ arm }) => arm !== BASELINE.name)
      .flatMap(({ arm }) => compareArm(one.mesh, arm, one.slices)),
  );
  const { judged, withheld } = judgeComparisons(
    compared.flatMap((one) => (isWithheld(one) ? [] : [one])),
    settings.seed,
  );
  const silent = [...compared.filter(isWithheld), ...withheld];
  const rates = new Map(measurements.map(({ mesh, rate }) => [mesh, rate]));
  return {
    overhead: judged.map((one) => toOverhead(one, rates.get(one.mesh) ?? 0)),
    bench: measurements.map((one) => toBench(one, settings, silent, rawOf(one.mesh))),
  };
}

function measuredArms({ arms }: MeshMeasurements): readonly ArmState[] {
  return arms.filter(({ unmeasurable }) => unmeasurable === undefined);
}

function toOverhead(one: Judged, rate: number): OverheadResult {
  return {
    arm: `${one.mesh} ${one.arm}`,
    against: BASELINE.name,
    rate,
    quantile: one.quantile.name,
    deltaMs: round(one.deltaMs),
    lowMs: round(one.interval.low),
    highMs: round(one.interval.high),
    floorMs: round(one.floorMs),
    n: one.differences.length,
    outcome: one.outcome,
    mesh: one.mesh,
    reason: one.reason,
    design: one.quantile.design,
    armMs: round(one.armMs),
    againstMs: round(one.baselineMs),
    confidence: one.interval.confidence,
    bootstrapMs: [round(one.bootstrap.low), round(one.bootstrap.high)],
    withinMs: [round(one.withinInterval.low), round(one.withinInterval.high)],
    mdeMs: round(one.detectableMs),
    marginMs: round(one.marginMs),
    pValue: one.pValue,
    adjustedPValue: one.adjustedP,
    pairs: one.pairs,
    differencesMs: one.differences.map(round),
  };
}

function toBench(
  measured: MeshMeasurements,
  settings: BenchSettings,
  withheld: readonly Withheld[],
  raw: readonly string[],
): BenchReport {
  const { mesh, version, rate, rateReason, slo, controlPlane, notes } = measured;
  const { seconds, reps, connections, arrivals } = settings;
  return {
    ...{ mesh, version, rate, rateReason, seconds, reps, connections, arrivals },
    payloadBytes: PAYLOAD_BYTES,
    generator: generatorOf(settings),
    arms: ARMS.flatMap(({ name }) => measured.arms.filter(({ arm }) => arm === name)).map((state) =>
      toArm(state, measured),
    ),
    timeline: toTimeline(measured.slices),
    saturation: measured.saturation.map(toSaturation),
    slo,
    ...(settings.limits === undefined ? {} : { limits: checkLimits(settings.limits, measured.slices) }),
    ...(controlPlane === undefined ? {} : { controlPlane }),
    withheld: withheld
      .filter((one) => one.mesh === mesh)
      .map(({ arm, quantile, reason }) => ({ arm, quantile, reason })),
    notes,
    raw,
  };
}

function generatorOf({ k6, k6Runners, jobs }: BenchSettings): string {
  if (k6 !== undefined) return `k6 ${k6.version}`;
  if (k6Runners !== undefined) return `k6 operator, ${k6Runners} runners`;
  return jobs === undefined ? 'autocannon' : `autocannon, Jobs of ${jobs.agents}`;
}

function toArm(state: ArmState, { slices, proxyResidentBytes }: MeshMeasurements): BenchReport['arms'][number] {
  const own = slices.filter(({ arm }) => arm === state.arm);
  const pressures = own.flatMap(({ host }) => (host?.pressure === undefined ? [] : [host.pressure]));
  const bytes = proxyResidentBytes[state.arm];
  const due = sum(own.map(({ window }) => window.due));
  return {
    name: state.arm,
    description: state.description,
    ...(state.unmeasurable === undefined ? {} : { unmeasurable: state.unmeasurable }),
    ...(state.proof.identity === undefined ? {} : { identity: state.proof.identity }),
    requests: due,
    failed: due - sum(own.map(({ good }) => good)),
    slices: countSlices(own),
    quantilesMs: quantilesOf(own),
    curve: curveOf(own).map(roundPoint),
    ...cpuOf(own),
    ...(bytes === undefined ? {} : { proxyResidentBytes: bytes }),
    ...(pressures.length === 0 ? {} : { pressure: sum(pressures) / pressures.length }),
  };
}

function countSlices(own: readonly SliceRecord[]): BenchReport['arms'][number]['slices'] {
  const causes: Record<string, number> = {};
  for (const cause of own.flatMap((slice) => slice.causes)) causes[cause] = (causes[cause] ?? 0) + 1;
  return { total: own.length, invalid: own.filter((slice) => spoiling(slice.causes).length > 0).length, causes };
}

function quantilesOf(own: readonly SliceRecord[]): Record<string, number> {
  return Object.fromEntries(
    QUANTILES.flatMap(({ name, q }) => {
      const ms = quantileMs(mergeResponses(aloneSlices(own, name)), q);
      return ms === undefined ? [] : [[name, round(ms)] as const];
    }),
  );
}

/** Of all proxies: an arm with none on its way shows what they take when nothing passes them. */
function cpuOf(own: readonly SliceRecord[]): { cpuUsPerRequest?: number } {
  const counted = aloneSlices(own).filter(({ proxyCpuUs }) => proxyCpuUs !== undefined);
  const good = sum(counted.map((slice) => slice.good));
  if (good === 0) return {};
  return { cpuUsPerRequest: round(sum(counted.map(({ proxyCpuUs }) => proxyCpuUs ?? 0)) / good) };
}

function roundPoint({ q, ms, lowMs, highMs }: CurvePoint): CurvePoint {
  const range = lowMs === undefined || highMs === undefined ? {} : { lowMs: round(lowMs), highMs: round(highMs) };
  return { q: round(q, 6), ms: round(ms), ...range };
}

/** Repetitions are laid end to end: what lies between them is no load. */
function toTimeline(slices: readonly SliceRecord[]): NonNullable<BenchReport['timeline']> {
  const lastMs = Math.max(0, ...slices.map(({ slot }) => slot.offsetMs + slot.durationMs));
  const told = slices.map(({ rep, arm, slot, window, good, quantilesMs, causes }) => {
    const lag = decodeHistogram(window.sendLag);
    const [p50, lagP50, lagP99] = [quantilesMs['p50'], quantileAnyMs(lag, 0.5), quantileAnyMs(lag, 0.99)];
    return {
      ...{ rep, arm, design: slot.design },
      atSeconds: round((rep * lastMs + slot.offsetMs) / 1000),
      seconds: slot.durationMs / 1000,
      ...{ due: window.due, good },
      ...(p50 === undefined ? {} : { p50Ms: round(p50) }),
      ...(lagP50 === undefined ? {} : { sendLagP50Ms: round(lagP50) }),
      ...(lagP99 === undefined ? {} : { sendLagP99Ms: round(lagP99) }),
      causes,
    };
  });
  return told.sort((a, b) => a.atSeconds - b.atSeconds);
}

function toSaturation({ arm, steps, leftOut, fit }: Saturation): BenchReport['saturation'][number] {
  const told = steps.map((step) => ({
    concurrency: step.concurrency,
    perSecond: round(step.perSecond),
    meanMs: round(step.meanMs),
    littleError: round(step.littleError),
  }));
  if (fit === undefined) return { arm, steps: told, leftOut };
  return {
    arm,
    maxPerSecond: round(fit.maxPerSecond),
    lowPerSecond: round(fit.maxPerSecondInterval.low),
    highPerSecond: round(fit.maxPerSecondInterval.high),
    ...(fit.bestConcurrency === undefined ? {} : { bestConcurrency: round(fit.bestConcurrency) }),
    sigma: fit.sigma,
    kappa: fit.kappa,
    steps: told,
    leftOut,
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** To what a microsecond is of a millisecond, and a tenth of it. */
function round(value: number, decimals = 4): number {
  return Number(value.toFixed(decimals));
}
