/** What `meshgauge doctor` checks of the host for clusters and containers: engine, programs, images, limits. */
import { access, constants, readFile, statfs } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { inspectEngine, lines, maySetResources, runDocker, type Engine } from '../environments/docker.js';
import { findEngineImages } from '../environments/engine-images.js';
import { NEEDED_INSTANCES } from '../environments/kind/inotify.js';
import type { EnvironmentName } from '../environments/open-environment.js';
import { HarnessError } from '../errors/harness-error.js';
import { agentImageRef, nodeImageRef } from '../images/agent-image.js';
import { findTool, type ToolName } from '../images/tools.js';
import type { Problem } from '../mesh/driver.js';

export interface Check {
  readonly name: string;
  readonly problems: readonly Problem[];
  /** Environments it matters to; absent: all. */
  readonly envs?: readonly EnvironmentName[];
  /** Told, but nothing fails for it. */
  readonly optional?: true;
}

const GIB = 1024 ** 3;
/** A node image, the images of a mesh, and both once more inside the node. */
const NEEDED_ENGINE_BYTES = 8 * GIB;
const ENGINE_ENVS = ['containers', 'kind', 'k3s'] as const;
const NODE_ENVS = ['kind', 'k3s'] as const;
const CLUSTER_ENVS = ['kind', 'k3s', 'existing'] as const;
/** Per user; a node takes some of them, and every proxy. */
const NEEDED_INOTIFY = { max_user_instances: NEEDED_INSTANCES, max_user_watches: 8_192 } as const;

export async function checkEngineHost(): Promise<readonly Check[]> {
  const engine = await tryTo(inspectEngine);
  const checks = await Promise.all([
    ...('value' in engine ? engineChecks(engine.value) : []),
    checkInotify(),
    checkTool('kind', 'creates clusters', ['kind']),
    checkTool('helm', 'installs meshes', CLUSTER_ENVS),
    checkTool('kubectl', 'for looking into a cluster by hand', CLUSTER_ENVS, true),
    checkJava(),
  ]);
  return [describeEngine(engine), ...checks];
}

type Attempt<Value> = { readonly value: Value } | { readonly problem: Problem };

async function tryTo<Value>(work: () => Promise<Value>): Promise<Attempt<Value>> {
  try {
    return { value: await work() };
  } catch (error) {
    if (!(error instanceof HarnessError)) throw error;
    return { problem: { code: error.code, message: error.message, hint: error.hint } };
  }
}

function describeEngine(engine: Attempt<Engine>): Check {
  if ('problem' in engine) return { name: 'Docker engine', problems: [engine.problem], envs: ENGINE_ENVS };
  const { version, cgroupVersion } = engine.value;
  const cgroup = cgroupVersion === '1' ? 'cgroup v1: kubelets are told to accept it' : 'cgroup v2';
  return { name: `Docker engine ${version}, ${cgroup}`, problems: [], envs: ENGINE_ENVS };
}

function engineChecks(engine: Engine): readonly Promise<Check>[] {
  return [
    checkSysResource(engine),
    checkEngineDisk(engine),
    checkImage('node image', nodeImageRef(), ['kind']),
    checkImage('agent image', agentImageRef(), ENGINE_ENVS),
    checkK3sImage(),
  ];
}

async function checkSysResource({ defaultRuntime }: Engine): Promise<Check> {
  const name = 'privileged containers (CAP_SYS_RESOURCE)';
  if (maySetResources(await readFile('/proc/self/status', 'utf8'))) return { name, problems: [], envs: NODE_ENVS };
  if (defaultRuntime !== 'runc')
    return {
      name: `${name}: withheld here, runtime "${defaultRuntime}" and kubelets know`,
      problems: [],
      envs: NODE_ENVS,
    };
  const problem = {
    code: 'E_SYS_RESOURCE',
    message:
      'this host withholds CAP_SYS_RESOURCE, so the runtime runc cannot start privileged containers, which nodes are',
    hint: 'start the engine with scripts/start-docker.sh, which gives it a runtime that drops this capability',
  };
  return { name, problems: [problem], envs: NODE_ENVS };
}

/** An engine on another machine has its disk there: nothing to see from here. */
async function checkEngineDisk({ rootDir }: Engine): Promise<Check> {
  const name = 'disk of the Docker engine';
  const free = await statfs(rootDir).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => undefined,
  );
  if (free === undefined)
    return { name: `${name} (${rootDir} cannot be seen from here)`, problems: [], envs: ENGINE_ENVS };
  const told = `${name}: ${(free / GIB).toFixed(1)} GiB free in ${rootDir}`;
  if (free >= NEEDED_ENGINE_BYTES) return { name: told, problems: [], envs: ENGINE_ENVS };
  const problem = {
    code: 'E_DISK_SPACE',
    message: `${rootDir} has ${(free / GIB).toFixed(1)} GiB free; clusters with a mesh take up to ${NEEDED_ENGINE_BYTES / GIB} GiB`,
    hint: 'free some space: "docker system df" shows what takes it',
  };
  return { name, problems: [problem], envs: ENGINE_ENVS };
}

async function checkImage(what: string, ref: string, envs: readonly EnvironmentName[]): Promise<Check> {
  const isThere = (await findEngineImages([ref])).has(ref);
  const problem = {
    code: 'E_IMAGE_MISSING',
    message: `the Docker engine has no ${ref}`,
    hint: 'the first run builds or pulls it; "meshgauge images build" does so now',
  };
  return { name: `${what} ${ref}`, problems: isThere ? [] : [problem], envs, optional: true };
}

async function checkK3sImage(): Promise<Check> {
  const tags = lines(await runDocker(['images', 'rancher/k3s', '--format', '{{.Repository}}:{{.Tag}}']));
  if (tags.length > 0) return { name: `k3s image: ${tags.join(', ')} for --k3s-image`, problems: [], envs: ['k3s'] };
  const problem = {
    code: 'E_CLUSTER_IMAGE',
    message: 'k3s cannot run without its image: it is not built here, and the Docker engine has none',
    hint: 'where a registry answers, --k3s-image rancher/k3s:v1.34.1-k3s1 pulls it; "docker load" brings one in without',
  };
  return { name: 'k3s image', problems: [problem], envs: ['k3s'] };
}

async function checkInotify(): Promise<Check> {
  const limits = await Promise.all(
    Object.entries(NEEDED_INOTIFY).map(async ([name, needed]) => {
      const text = await readFile(`/proc/sys/fs/inotify/${name}`, 'utf8').catch(() => 'Infinity');
      return { name, needed, allowed: Number(text.trim()) };
    }),
  );
  const low = limits.filter(({ needed, allowed }) => allowed < needed);
  const problems = low.map(({ name, needed, allowed }) => ({
    code: 'E_INOTIFY',
    message: `fs.inotify.${name} is ${allowed}; a cluster needs ${needed}`,
    hint: `sudo sysctl fs.inotify.${name}=${needed}; kind clusters of ours raise the instances themselves`,
  }));
  return { name: 'inotify limits', problems, envs: NODE_ENVS, optional: true };
}

async function checkTool(
  tool: ToolName,
  purpose: string,
  envs: readonly EnvironmentName[],
  optional = false,
): Promise<Check> {
  const found = await tryTo(() => findTool(tool));
  const more = optional ? { optional: true as const } : {};
  if ('problem' in found) return { name: `${tool} (${purpose})`, problems: [found.problem], envs, ...more };
  return { name: `${tool} (${purpose}): ${found.value}`, problems: [], envs, ...more };
}

/** Nothing here needs it; who wants to see `allure-results` in Allure does. */
async function checkJava(): Promise<Check> {
  const dirs = (process.env['PATH'] ?? '').split(delimiter).filter((dir) => dir !== '');
  const found = await Promise.all(
    dirs.map((dir) =>
      access(join(dir, 'java'), constants.X_OK).then(
        () => join(dir, 'java'),
        () => undefined,
      ),
    ),
  );
  const java = found.find((path) => path !== undefined);
  return { name: `Java (only Allure needs it): ${java ?? 'not there'}`, problems: [], optional: true };
}
