/**
 * The contract test for a driver, in the tree or out of it:
 *
 *     import { testDriver } from 'meshgauge';
 *     await testDriver(driver, environment);
 *
 * It installs the mesh, starts three pods, sends real traffic and takes everything down again.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ApplyOutcome, Environment, RunningPod } from '../src/environments/environment.js';
import { HarnessError } from '../src/errors/harness-error.js';
import type { Capabilities, InstalledMesh, MeshDriver, PodSpec, ServiceAddress } from '../src/mesh/driver.js';
import { LATEST_PROFILE, type SmiObject, type SmiProfile, type SmiVersion } from '../src/smi/model.js';
import { renderSmi } from '../src/smi/render/index.js';
import { RELEASED_VERSIONS } from '../src/smi/versions.js';

export type * from '../src/mesh/driver.js';
export type * from '../src/environments/environment.js';
export type * from '../src/smi/model.js';

const NAMESPACE = 'mg-contract';
const FIDELITIES = ['native', 'exact', 'lossy', 'unsupported'];
const DEADLINE_MS = 30_000;
const INTERVAL_MS = 50;

/** Tests a driver in an environment and throws `E_DRIVER_CONTRACT` with every violation found. The environment stays the caller's. */
export async function testDriver(driver: MeshDriver, env: Environment): Promise<void> {
  const violations = [...checkDescription(driver, env), ...checkCapabilities(driver.capabilities(env))];
  const problems = await driver.preflight(env);
  violations.push(
    ...problems
      .filter(({ code, hint }) => !code.startsWith('E_') || hint === '')
      .map(({ code }) => `preflight: problem ${code} has no E_ code or no hint`),
  );
  if (problems.length > 0) {
    violations.push(`preflight: the environment is not ready: ${problems.map(({ message }) => message).join('; ')}`);
  } else {
    violations.push(...(await checkUnknownFault(driver, env)), ...(await checkLife(driver, env)));
  }
  if (violations.length === 0) return;
  throw new HarnessError({
    code: 'E_DRIVER_CONTRACT',
    message: `driver ${driver.name} breaks its contract:\n${violations.map((violation) => `  - ${violation}`).join('\n')}`,
    hint: 'see docs/writing-a-driver.md',
  });
}

function checkDescription(driver: MeshDriver, env: Environment): string[] {
  return [
    ...(/^[a-z][a-z0-9-]*$/.test(driver.name) ? [] : [`name: "${driver.name}" is not in lower-case kebab style`]),
    ...(driver.description === '' ? ['description: is empty'] : []),
    ...(driver.versions.mesh === '' ? ['versions: mesh is empty'] : []),
    ...(driver.environments.includes(env.name)
      ? []
      : [`environments: "${env.name}" is not among ${driver.environments.join(', ')}`]),
    ...(driver.faults ?? [])
      .filter(({ description }) => description === '')
      .map(({ name }) => `faults: ${name} has no description`),
  ];
}

function checkCapabilities(capabilities: Capabilities): string[] {
  const groups = ['access', 'specs', 'split'] as const;
  return [
    ...groups.flatMap((group) => checkVersions(group, capabilities[group], RELEASED_VERSIONS[group])),
    ...(capabilities.protocols.length === 0 ? ['capabilities: no protocol'] : []),
    ...(capabilities.kinds.includes('TrafficTarget') && capabilities.identity === 'none'
      ? ['capabilities: TrafficTarget needs identities']
      : []),
  ];
}

function checkVersions(group: string, versions: readonly SmiVersion[], released: readonly SmiVersion[]): string[] {
  const newestFirst = [...released].reverse().filter((version) => versions.includes(version));
  if (newestFirst.join() === versions.join()) return [];
  return [`capabilities: ${group} versions ${versions.join(', ')} are not released versions, newest first`];
}

async function checkUnknownFault(driver: MeshDriver, env: Environment): Promise<string[]> {
  let mesh: InstalledMesh | undefined;
  try {
    mesh = await driver.install(env, { seed: 1, faults: ['no-such-fault'], options: {} });
    return ['install: an unknown fault is not refused'];
  } catch (error) {
    return error instanceof HarnessError && error.exitCode === 4
      ? []
      : [`install: an unknown fault is not refused as bad input, but with ${describe(error)}`];
  } finally {
    await mesh?.[Symbol.asyncDispose]();
  }
}

async function checkLife(driver: MeshDriver, env: Environment): Promise<string[]> {
  const mesh = await driver.install(env, { seed: 1, faults: [], options: {} });
  const pods: RunningPod[] = [];
  const violations: string[] = [];
  try {
    await env.createNamespaces([NAMESPACE]);
    await mesh.enrol([NAMESPACE]);
    await env.api.applyService({
      name: 'server',
      namespace: NAMESPACE,
      selector: { app: 'server' },
      ports: [{ port: 8080, targetPort: 8080, protocol: 'http' }],
    });
    pods.push(...(await env.startPods([podSpec('server'), podSpec('client'), podSpec('other')], mesh)));
    violations.push(
      ...(await checkExpression(mesh, env)),
      ...(await checkTraffic(mesh, pods)),
      ...(await checkObservation(mesh)),
    );
  } catch (error) {
    violations.push(`life: ${describe(error)}`);
  }
  for (const { pod } of pods) await env.stopPod(pod.namespace, pod.name);
  await env.api.deleteService(NAMESPACE, 'server');
  for (const { apiVersion, kind, metadata } of env.api.objects()) {
    if (metadata.namespace !== NAMESPACE) continue;
    await env.api.delete({ apiVersion, kind, namespace: NAMESPACE, name: metadata.name });
  }
  violations.push(...(await checkDisposal(mesh)));
  return violations;
}

function podSpec(name: string): PodSpec {
  const ports = name === 'server' ? [{ name: 'http', port: 8080, protocol: 'http' as const }] : [];
  return { name, namespace: NAMESPACE, serviceAccount: name, labels: { app: name }, meshed: true, ports };
}

/** What the mesh can express, the API must take; what it cannot, it must explain. */
async function checkExpression(mesh: InstalledMesh, env: Environment): Promise<string[]> {
  const { access, specs, split } = mesh.capabilities;
  const profile: SmiProfile = {
    ...LATEST_PROFILE,
    access: access[0] ?? LATEST_PROFILE.access,
    specs: specs[0] ?? LATEST_PROFILE.specs,
    split: split[0] ?? LATEST_PROFILE.split,
    headers: mesh.capabilities.headers[0] ?? LATEST_PROFILE.headers,
  };
  const objects = allowClient();
  const wanted = objects.flatMap((object) => {
    const { manifest } = renderSmi(object, profile);
    return manifest === null ? [] : [{ object, manifest }];
  });
  const { objects: expressed, faithfulness } = await mesh.express(wanted);
  if (faithfulness.length !== wanted.length)
    return [`express: ${faithfulness.length} answers for ${wanted.length} objects`];
  const outcomes: ApplyOutcome[] = [];
  for (const object of expressed) outcomes.push(await env.api.apply(object));
  return [
    ...faithfulness.flatMap(({ fidelity, reasons }) => {
      if (!FIDELITIES.includes(fidelity)) return [`express: "${fidelity}" is no fidelity`];
      const owesReason = fidelity === 'lossy' || fidelity === 'unsupported';
      return owesReason && reasons.length === 0 ? [`express: ${fidelity} without a reason`] : [];
    }),
    ...outcomes.flatMap((outcome) =>
      outcome.accepted ? [] : [`express: the API refuses what the mesh expressed: ${outcome.message}`],
    ),
  ];
}

function allowClient(): SmiObject[] {
  const metadata = { name: 'contract', namespace: NAMESPACE };
  return [
    { kind: 'HTTPRouteGroup', metadata, matches: [{ name: 'all', pathRegex: '.*', methods: ['*'] }] },
    {
      kind: 'TrafficTarget',
      metadata,
      destination: { kind: 'ServiceAccount', name: 'server', namespace: NAMESPACE },
      sources: [{ kind: 'ServiceAccount', name: 'client', namespace: NAMESPACE }],
      rules: [{ kind: 'HTTPRouteGroup', name: 'contract', matches: ['all'] }],
    },
  ];
}

/** The allowed client must get through; the other one must not, where the mesh says that it enforces access. */
async function checkTraffic(mesh: InstalledMesh, pods: readonly RunningPod[]): Promise<string[]> {
  const service: ServiceAddress = { namespace: NAMESPACE, name: 'server', port: 8080, protocol: 'http' };
  const call = async (name: string): Promise<boolean> => {
    const client = pods.find(({ pod }) => pod.name === name);
    if (client === undefined) return false;
    const spec = { protocol: 'http' as const, ...mesh.address(service, client.pod), timeoutMs: 2_000 };
    const job = {
      idPrefix: `contract-${name}-${Date.now()}-`,
      items: [{ cell: name, count: 1, spec }],
      concurrency: 1,
      connections: 'new' as const,
    };
    return (await client.agent.batch(job)).every(({ ok }) => ok);
  };
  if (!(await becomesTrue(() => call('client'))))
    return [`traffic: an allowed client got no answer from the server within ${DEADLINE_MS} ms`];
  const enforces = mesh.capabilities.kinds.includes('TrafficTarget');
  return enforces && (await call('other')) ? ['traffic: a client that nothing allows got an answer'] : [];
}

async function becomesTrue(condition: () => Promise<boolean>): Promise<boolean> {
  const end = performance.now() + DEADLINE_MS;
  while (performance.now() < end) {
    if (await condition()) return true;
    await delay(INTERVAL_MS);
  }
  return false;
}

async function checkObservation(mesh: InstalledMesh): Promise<string[]> {
  const proxies = await mesh.proxies();
  const strangers = proxies.filter(({ namespace }) => namespace !== NAMESPACE);
  const rejected = proxies.flatMap((proxy) =>
    proxy.rejected.map(({ message }) => `proxies: ${proxy.pod} refused a configuration: ${message}`),
  );
  const dir = await mkdtemp(join(tmpdir(), 'mg-contract-'));
  try {
    await mesh.debugBundle(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
  return [...strangers.map(({ namespace, pod }) => `proxies: ${namespace}/${pod} is not of this test`), ...rejected];
}

async function checkDisposal(mesh: InstalledMesh): Promise<string[]> {
  try {
    await mesh[Symbol.asyncDispose]();
    await mesh[Symbol.asyncDispose]();
    return [];
  } catch (error) {
    return [`dispose: taking the mesh down, twice, fails with ${describe(error)}`];
  }
}

function describe(error: unknown): string {
  return error instanceof HarnessError ? `${error.code}: ${error.message}` : String(error);
}
