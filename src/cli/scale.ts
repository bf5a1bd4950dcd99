/** `meshgauge scale`: more and more simulated proxies against the control plane of a mesh. */
import type { ScaleReport } from '../../reports/scale-model.js';
import { readConfig } from '../config/config.js';
import { openEnvironment } from '../environments/open-environment.js';
import { asHarnessError, badInput, EXIT, type ExitCode } from '../errors/harness-error.js';
import type { Conclusion } from '../judge/rollup.js';
import { inMesh } from '../run/mesh-session.js';
import { MOST_CLIENTS } from '../scale/clients.js';
import { describeGrowth } from '../scale/describe-growth.js';
import { isWhole, measureScale } from '../scale/measure-scale.js';
import type { SizeResult } from '../scale/size-result.js';
import { endAtOnce } from './end-at-once.js';
import { listenForInterrupt } from './interrupt.js';
import { buildMeasurementReport } from './measurement-report.js';
import { makeMeshPlan, openOptionsOf, type MeshFlags, type MeshPlan } from './mesh-plan.js';
import { tellEnd, writeOutputs } from './output.js';

export interface ScaleFlags extends MeshFlags {
  /** Numbers of clients, such as `10,100,1000`. */
  readonly clients?: string;
  /** Services that come and go at each number. */
  readonly changes?: number;
  /** Services that are there all the time. */
  readonly services?: number;
  /** How many clients share a connection (default: 1 where the control plane is near). */
  readonly perConnection?: number;
  /** How the clients speak: delta, sotw or both. */
  readonly xds?: string;
}

type Kind = ScaleReport['xds'];

interface ScalePlan {
  readonly sizes: readonly number[];
  readonly kinds: readonly Kind[];
  readonly changes: number;
  readonly services: number;
  readonly proxiesPerConnection?: number;
}

const DEFAULTS = { clients: '10,30,100,300,1000', changes: 10, services: 10 };

/** @throws HarnessError (bad input) before anything starts */
export async function scale({ xds, ...flags }: ScaleFlags): Promise<ExitCode> {
  const scalePlan = readScalePlan({ ...flags, ...(xds === undefined ? {} : { xds }) });
  // What the clients speak is no option of the mesh.
  const plan = await makeMeshPlan(flags, readConfig(flags.config));
  const startedAt = new Date();
  tell(
    `run ${plan.runId}: ${plan.driver.name} in ${plan.env}, ${scalePlan.sizes.join(', ')} clients, seed ${plan.seed}`,
  );
  using interrupt = listenForInterrupt(() => endAtOnce(plan));
  const measured: Record<Kind, SizeResult[]> = { delta: [], sotw: [] };
  const { error, ...session } = await carryOut(plan, scalePlan, measured, interrupt.signal);
  const results = scalePlan.kinds.map((kind) => ({
    xds: kind,
    services: scalePlan.services,
    sizes: measured[kind],
    ...describeGrowth(measured[kind]),
  }));
  const report = buildMeasurementReport({
    plan,
    profile: 'scale',
    startedAt,
    ...session,
    interrupted: interrupt.signal.aborted,
    ...(error === undefined ? {} : { error }),
    conclusion: concludeScale(results.flatMap(({ sizes }) => sizes)),
    measured: { scale: results.filter(({ sizes }) => sizes.length > 0) },
  });
  await writeOutputs(plan.out, report);
  const { signal } = interrupt;
  tellEnd(report, { flags, signal, outDir: plan.out, leftovers: session.leftovers ?? [], ...(error && { error }) });
  return report.exit.code;
}

async function carryOut(
  plan: MeshPlan,
  { kinds, ...scalePlan }: ScalePlan,
  measured: Record<Kind, SizeResult[]>,
  signal: AbortSignal,
) {
  const createEnvironment = () => openEnvironment(openOptionsOf(plan, { signal, ports: ['tcp/80'] }));
  try {
    const { timings, environment, leftovers } = await inMesh(
      { ...plan, createEnvironment, signal, events: { stage: tell } },
      async ({ env, mesh, clock }) => {
        for (const xds of kinds) {
          const onSize = (result: SizeResult): void => {
            measured[xds].push(result);
            tell(describeSize(xds, result));
          };
          await measureScale({ ...scalePlan, env, mesh, xds, seed: plan.seed, signal, onSize });
        }
        clock.lap('measureMs');
        return { environment: env.facts() };
      },
    );
    return { timings, environment, leftovers };
  } catch (error) {
    return { error: asHarnessError(error) };
  }
}

/** Numbers that were read while something was lost are shown, and stand for nothing. */
function concludeScale(sizes: readonly SizeResult[]): Conclusion {
  const broken = sizes.filter((size) => !isWhole(size)).map(({ clients }) => clients);
  if (broken.length === 0) return { code: EXIT.conformant, reason: 'every client saw and acknowledged every change' };
  return {
    code: EXIT.inconclusive,
    reason: `not every client saw every change at ${broken.join(', ')} clients, so it was not tried with more`,
  };
}

function readScalePlan({ clients, changes, services, perConnection, xds = 'delta' }: ScaleFlags): ScalePlan {
  const sizes = (clients ?? DEFAULTS.clients).split(',').map(Number);
  const isValid = sizes.every((size, index) => Number.isInteger(size) && size > (sizes[index - 1] ?? 0));
  if (!isValid || Math.max(...sizes) > MOST_CLIENTS)
    throw badInput(
      'E_CLIENTS',
      `--clients ${clients ?? ''} is no ascending list of whole numbers from 1 to ${MOST_CLIENTS}`,
      `write it as --clients ${DEFAULTS.clients}`,
    );
  return {
    sizes,
    kinds: readKinds(xds),
    changes: changes ?? DEFAULTS.changes,
    services: services ?? DEFAULTS.services,
    ...(perConnection === undefined ? {} : { proxiesPerConnection: perConnection }),
  };
}

function readKinds(xds: string): readonly Kind[] {
  if (xds === 'both') return ['delta', 'sotw'];
  if (xds === 'delta' || xds === 'sotw') return [xds];
  throw badInput('E_XDS', `no way to speak xDS is called "${xds}"`, 'use --xds delta, --xds sotw or --xds both');
}

function describeSize(xds: Kind, { clients, received, controlPlane }: SizeResult): string {
  const last = received === undefined ? 'nobody saw a change' : `last client after ${received.lastMs.toFixed(1)} ms`;
  const cpu = controlPlane === undefined ? '' : `, ${(controlPlane.cpuUs / 1000).toFixed(1)} ms of CPU a change`;
  return `${xds}, ${clients} clients: ${last}${cpu}`;
}

function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}
