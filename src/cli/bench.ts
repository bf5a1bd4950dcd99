/** `meshgauge bench`: what a request costs in each mesh, from options to a report folder and an exit code. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Report } from '../../reports/index.js';
import { benchMesh, type BenchSettings } from '../bench/bench-mesh.js';
import { BENCH } from '../bench/fixture.js';
import type { MeshMeasurements, SliceRecord } from '../bench/records.js';
import { readConfig } from '../config/config.js';
import { openEnvironment } from '../environments/open-environment.js';
import { asHarnessError, EXIT, type ExitCode, type HarnessError } from '../errors/harness-error.js';
import type { Conclusion } from '../judge/rollup.js';
import { inMesh, type SessionEnd } from '../run/mesh-session.js';
import { loadWorkloadSet } from '../workloads/workload-set.js';
import { makeBenchPlan, type BenchFlags, type BenchPlan } from './bench-plan.js';
import { reportMeasurements } from './bench-report.js';
import { endAtOnce } from './end-at-once.js';
import { listenForInterrupt } from './interrupt.js';
import { openOptionsOf, type MeshPlan } from './mesh-plan.js';
import { buildMeasurementReport } from './measurement-report.js';
import { progressOf, tellEnd, writeOutputs } from './output.js';
import { colorsFor } from './terminal-colors.js';

export type { BenchFlags } from './bench-plan.js';

/** Raw data, relative to the folder of the report. */
const RAW_DIR = 'measurements';

interface Session extends SessionEnd {
  readonly measured: MeshMeasurements;
  readonly environment: Report['environment'];
}

interface Measured {
  readonly sessions: readonly Session[];
  readonly raw: ReadonlyMap<string, readonly string[]>;
  readonly error?: HarnessError;
}

export async function bench(flags: BenchFlags): Promise<ExitCode> {
  const plan = await makeBenchPlan(flags, readConfig(flags.config));
  const [first] = plan.meshes;
  if (first === undefined) throw new Error('a plan of no mesh');
  const startedAt = new Date();
  const colors = colorsFor(process.stderr);
  const { seed, reps } = plan.settings;
  process.stderr.write(
    colors.dim(`bench: ${nameOf(plan)} in ${first.env}, ${reps} repetitions, seed ${seed}, into ${first.out}\n`),
  );
  let current = first;
  using interrupt = listenForInterrupt(() => endAtOnce(current));
  const outcome = await measureAll(plan, interrupt.signal, (mesh) => (current = mesh));
  const report = toReport(plan, outcome, { startedAt, interrupted: interrupt.signal.aborted });
  await writeOutputs(first.out, report);
  const { signal } = interrupt;
  const leftovers = outcome.sessions.flatMap((session) => session.leftovers);
  tellEnd(report, { flags, signal, outDir: first.out, leftovers, ...(outcome.error && { error: outcome.error }) });
  return report.exit.code;
}

/** One mesh after the other: side by side they would measure each other. What was measured before a failure is kept. */
async function measureAll(
  { meshes, settings }: BenchPlan,
  signal: AbortSignal,
  onMesh: (mesh: MeshPlan) => void,
): Promise<Measured> {
  const sessions: Session[] = [];
  const raw = new Map<string, string[]>();
  try {
    for (const mesh of meshes) {
      if (signal.aborted) break;
      onMesh(mesh);
      const files: string[] = [];
      raw.set(mesh.driver.name, files);
      sessions.push(await measureMesh(mesh, settings, signal, files));
    }
    return { sessions, raw };
  } catch (error) {
    return { sessions, raw, error: asHarnessError(error) };
  }
}

async function measureMesh(
  plan: MeshPlan,
  settings: BenchPlan['settings'],
  signal: AbortSignal,
  files: string[],
): Promise<Session> {
  const { stage } = progressOf(0);
  const events = { stage: (name: string) => stage(`${plan.driver.name}: ${name}`) };
  const { ports } = await loadWorkloadSet(BENCH.workloads);
  const createEnvironment = () => openEnvironment(openOptionsOf(plan, { signal, ports }));
  return inMesh({ ...plan, createEnvironment, signal, events }, async (session) => {
    const measured = await benchMesh(
      session,
      { ...settings, deadlineMs: plan.convergeDeadlineMs },
      {
        signal,
        events: { ...events, repetition: (rep, slices) => void files.push(keepRaw(plan, rep, slices)) },
      },
    );
    session.clock.lap(`${plan.driver.name}Ms`);
    return { measured, environment: session.env.facts() };
  });
}

/** Every window as its agent told it, so that anybody can compute everything again. */
function keepRaw({ out, driver }: MeshPlan, rep: number, slices: readonly SliceRecord[]): string {
  const file = `${RAW_DIR}/${driver.name.replace(/[^\w.-]/g, '_')}-${String(rep).padStart(2, '0')}.json`;
  mkdirSync(join(out, RAW_DIR), { recursive: true });
  writeFileSync(join(out, file), `${JSON.stringify({ mesh: driver.name, rep, slices }, undefined, 1)}\n`);
  return file;
}

function toReport(
  plan: BenchPlan,
  { sessions, raw, error }: Measured,
  { startedAt, interrupted }: { readonly startedAt: Date; readonly interrupted: boolean },
): Report {
  const [first] = plan.meshes;
  if (first === undefined) throw new Error('a plan of no mesh');
  const settings: BenchSettings = { ...plan.settings, deadlineMs: first.convergeDeadlineMs };
  const parts = reportMeasurements(
    sessions.map(({ measured }) => measured),
    settings,
    (mesh) => raw.get(mesh) ?? [],
  );
  const report = buildMeasurementReport({
    plan: first,
    profile: 'bench',
    startedAt,
    ...(sessions[0] === undefined ? {} : { environment: sessions[0].environment }),
    timings: addTimings(sessions),
    interrupted,
    ...(error === undefined ? {} : { error }),
    conclusion: conclude(parts),
    measured: parts,
  });
  return {
    ...report,
    mesh: {
      name: nameOf(plan),
      version: plan.meshes.map(({ driver }) => driver.versions.mesh).join('+'),
      driver: plan.meshes.map(({ driverSource }) => driverSource).join('+'),
      faults: [...new Set(plan.meshes.flatMap(({ faults }) => faults))],
    },
  };
}

function nameOf({ meshes }: BenchPlan): string {
  return meshes.map(({ driver }) => driver.name).join('+');
}

function conclude({ overhead, bench: meshes }: ReturnType<typeof reportMeasurements>): Conclusion {
  const withheld = meshes.reduce((count, one) => count + one.withheld.length, 0);
  const limits = meshes.flatMap(({ mesh, limits: own = [] }) => own.map((one) => ({ mesh, ...one })));
  const crossed = limits.filter(({ outcome }) => outcome === 'crossed');
  if (crossed.length > 0)
    return {
      code: EXIT.violated,
      reason: crossed
        .map(
          ({ mesh, limit, most, measured }) =>
            `${mesh} crosses the limit ${limit} ${most}: ${measured?.toPrecision(4)}`,
        )
        .join('; '),
    };
  const unknown = limits.filter(({ outcome }) => outcome === 'unknown');
  if (unknown.length > 0)
    return {
      code: EXIT.inconclusive,
      reason: `too little was measured to tell whether the limits are kept: ${unknown.map(({ mesh, limit }) => `${limit} of ${mesh}`).join(', ')}`,
    };
  if (overhead.length === 0)
    return {
      code: EXIT.inconclusive,
      reason: `no comparison is valid, ${withheld} were withheld: the reasons stand below`,
    };
  const counts = (['slower', 'faster', 'equivalent', 'inconclusive'] as const).flatMap((outcome) => {
    const count = overhead.filter((one) => one.outcome === outcome).length;
    return count === 0 ? [] : [`${count} ${outcome}`];
  });
  return {
    code: EXIT.conformant,
    reason: `${overhead.length} comparisons: ${counts.join(', ')}${withheld === 0 ? '' : `; ${withheld} withheld`}`,
  };
}

function addTimings(sessions: readonly Session[]): Record<string, number> {
  const total: Record<string, number> = {};
  for (const { timings } of sessions)
    for (const [name, ms] of Object.entries(timings)) total[name] = (total[name] ?? 0) + ms;
  return total;
}
