/** What `meshgauge bench` will do: which meshes, and how they are measured. All mistakes of the user are found here. */
import type { BenchSettings } from '../bench/bench-mesh.js';
import { parseSlo, type Slo } from '../bench/slo.js';
import type { Config } from '../config/config.js';
import { badInput } from '../errors/harness-error.js';
import { agentImageRef } from '../images/agent-image.js';
import { findK6 } from '../load/k6-binary.js';
import { makeMeshPlan, type MeshFlags, type MeshPlan } from './mesh-plan.js';

export interface BenchFlags extends MeshFlags {
  /** Requests a second and arm. */
  readonly rate?: number;
  /** Seconds of each repetition and comparison. */
  readonly duration?: number;
  readonly reps?: number;
  readonly connections?: number;
  readonly arrivals?: string;
  /** Such as `p99=20ms`. */
  readonly slo?: string;
  /** `autocannon`, in the agents, or `k6`, on this host. */
  readonly engine?: string;
  /** `jobs`: indexed Jobs of agents instead of one client pod an arm; `k6-operator`: TestRuns. */
  readonly load?: string;
  /** Of each Job, or runners of each TestRun. */
  readonly agents?: number;
  /** False: no saturation ladder. */
  readonly ladder?: boolean;
}

export interface BenchPlan {
  readonly meshes: readonly MeshPlan[];
  readonly settings: Omit<BenchSettings, 'deadlineMs'>;
}

const DEFAULTS = { seconds: 6, reps: 12, connections: 16, agents: 4 } as const;
const LADDER_STEP_MS = 800;
const ARRIVALS = ['uniform', 'poisson'] as const;

export async function makeBenchPlan(flags: BenchFlags, config: Config): Promise<BenchPlan> {
  const names = meshNames(flags.mesh);
  const [firstName, ...otherNames] = names;
  const first = await makeMeshPlan({ ...flags, ...(firstName === undefined ? {} : { mesh: firstName }) }, config);
  const { limits } = config;
  const settings = { ...readSettings(flags, first), ...(await readEngine(flags)), ...(limits && { limits }) };
  const meshes = [first];
  // One folder and one seed for all.
  for (const mesh of otherNames)
    meshes.push(await makeMeshPlan({ ...flags, mesh, out: first.out, seed: first.seed }, config));
  return { meshes, settings };
}

function meshNames(mesh: string | undefined): readonly string[] {
  if (mesh === undefined) return [];
  const names = mesh.split(',').map((name) => name.trim());
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    throw badInput(
      'E_MESH_TWICE',
      `--mesh names ${twice} twice`,
      'name each mesh once; every mesh has a twin arm of its own',
    );
  return names;
}

function readSettings(flags: BenchFlags, { seed, settings }: MeshPlan): BenchPlan['settings'] {
  const arrivals = ARRIVALS.find((known) => known === (flags.arrivals ?? 'uniform'));
  if (arrivals === undefined)
    throw badInput(
      'E_ARRIVALS',
      `no arrivals are called "${flags.arrivals}"`,
      `known arrivals: ${ARRIVALS.join(', ')}`,
    );
  const slo = readSlo(flags.slo);
  const load = readLoad(flags, settings.agentImage);
  return {
    seconds: flags.duration ?? DEFAULTS.seconds,
    reps: flags.reps ?? DEFAULTS.reps,
    connections: flags.connections ?? DEFAULTS.connections,
    arrivals,
    seed,
    ...(flags.rate === undefined ? {} : { perSecond: flags.rate }),
    ...(flags.ladder === false ? {} : { ladderStepMs: LADDER_STEP_MS }),
    ...(slo === undefined ? {} : { slo }),
    ...load,
  };
}

/** @throws HarnessError E_NO_K6, E_K6_VERSION */
async function readEngine({ engine = 'autocannon', load }: BenchFlags): Promise<Pick<BenchSettings, 'k6'>> {
  if (engine === 'autocannon') return {};
  if (engine !== 'k6')
    throw badInput(
      'E_ENGINE',
      `no engine is called "${engine}"`,
      'use --engine autocannon, the default, or --engine k6',
    );
  if (load !== undefined)
    throw badInput('E_ENGINE', `--engine k6 sends from this host, and --load ${load} from pods`, 'use one of the two');
  return { k6: await findK6() };
}

function readLoad(
  { load = 'pods', agents = DEFAULTS.agents }: BenchFlags,
  image: string = agentImageRef(),
): Pick<BenchSettings, 'jobs' | 'k6Runners'> {
  if (load === 'pods') return {};
  if (load === 'jobs') return { jobs: { agents, image } };
  if (load === 'k6-operator') return { k6Runners: agents };
  throw badInput(
    'E_LOAD',
    `load cannot come from "${load}"`,
    'use --load pods, the default, --load jobs, or --load k6-operator',
  );
}

function readSlo(text: string | undefined): Slo | undefined {
  if (text === undefined) return undefined;
  const slo = parseSlo(text);
  if (slo !== undefined) return slo;
  throw badInput('E_SLO', `--slo ${text} is no promise that can be measured`, 'write it as --slo p99=20ms');
}
