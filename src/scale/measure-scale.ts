/** More and more simulated proxies, and at each size services that come and go. */
import type { Environment } from '../environments/environment.js';
import { createSeededRandom } from '../../fixtures/agent/seeded-random.js';
import { badInput, type HarnessError } from '../errors/harness-error.js';
import type { InstalledMesh, SimulatedProxies } from '../mesh/driver.js';
import type { Usage } from '../../fixtures/agent/protocol.js';
import { makeClients } from './clients.js';
import { monotonicMs } from './monotonic.js';
import { Simulator } from './simulator.js';
import { type SeenChange, type SizeResult, summariseSize } from './size-result.js';

export interface ScaleOptions {
  readonly env: Pick<Environment, 'api' | 'createNamespaces'>;
  readonly mesh: Pick<InstalledMesh, 'driver' | 'enrol' | 'simulateProxies' | 'controlPlaneUsage'>;
  /** Ascending. */
  readonly sizes: readonly number[];
  /** Services that come and go at each size. */
  readonly changes: number;
  /** Services that are there all the time. */
  readonly services: number;
  readonly xds: 'sotw' | 'delta';
  /** How many clients share a connection; default: what the driver says. */
  readonly proxiesPerConnection?: number;
  /** How long it may take until all clients that were added are served. */
  readonly connectDeadlineMs?: number;
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly onSize: (result: SizeResult) => void;
}

/** The clients live here, and so do the services. */
const NAMESPACE = 'mg-scale';
const CHANGE_DEADLINE_MS = 30_000;
const CONNECT_DEADLINE_MS = 300_000;
const REST_DEADLINE_MS = 60_000;
/** A change begins when nothing has come for so long: another time each, so that it meets every phase of a debounce. */
const REST_MS = { least: 150, spread: 200 };

/** Measures one kind of xDS. Stops growing where the control plane does not serve every client. @throws HarnessError */
export async function measureScale(options: ScaleOptions): Promise<readonly SizeResult[]> {
  const { env, mesh, sizes, services } = options;
  if (mesh.simulateProxies === undefined) throw cannotSimulate(mesh);
  await env.createNamespaces([NAMESPACE]);
  await mesh.enrol([NAMESPACE]);
  const names = Array.from({ length: services }, (_, index) => `base-${index}`);
  for (const name of names) await addService(env, name);
  const simulated: SimulatedProxies[] = [];
  using simulator = new Simulator();
  const results: SizeResult[] = [];
  try {
    let from = 0;
    for (const clients of sizes) {
      const added = await mesh.simulateProxies(makeClients(NAMESPACE, from, clients));
      simulated.push(added);
      const result = await measureSize(options, simulator, { clients, added });
      results.push(result);
      options.onSize(result);
      if (!isWhole(result)) break;
      from = clients;
    }
    return results;
  } finally {
    for (const one of simulated) await one[Symbol.asyncDispose]();
    for (const name of names) await env.api.deleteService(NAMESPACE, name);
  }
}

/** Whether every client saw every change, and nothing went wrong on the way. */
export function isWhole({ missing, refused, broken }: SizeResult): boolean {
  return missing + refused + broken === 0;
}

async function measureSize(
  options: ScaleOptions,
  simulator: Simulator,
  { clients, added }: { readonly clients: number; readonly added: SimulatedProxies },
): Promise<SizeResult> {
  const { mesh, xds, seed, changes, signal } = options;
  const random = createSeededRandom(seed + clients);
  const rest = (): Promise<null> =>
    simulator.ask('quiet', { forMs: REST_MS.least + random() * REST_MS.spread, deadlineMs: REST_DEADLINE_MS });
  const { proxiesPerConnection = added.server.proxiesPerConnection, connectDeadlineMs = CONNECT_DEADLINE_MS } = options;
  const server = { ...added.server, proxiesPerConnection };
  const question = { server, nodes: added.nodes, xds, seed, deadlineMs: connectDeadlineMs };
  const { elapsedMs: connectMs } = await simulator.ask('connect', question);
  await rest();
  const before = { tally: await simulator.ask('tally', null), usage: await mesh.controlPlaneUsage?.() };
  const appeared: SeenChange[] = [];
  let stillThere = 0;
  for (let turn = 0; turn < changes; turn += 1) {
    signal.throwIfAborted();
    const marker = nameProbe(clients, turn);
    appeared.push(await comes(options, simulator, marker));
    await rest();
    stillThere += await goes(options, simulator, marker);
    await rest();
  }
  const after = { tally: await simulator.ask('tally', null), usage: await mesh.controlPlaneUsage?.() };
  return summariseSize({
    clients,
    connectMs,
    appeared,
    stillThere,
    tally: { before: before.tally, after: after.tally },
    ...bothUsages(before.usage, after.usage),
  });
}

/** As long at every size, so that more bytes mean more clients; no name begins with another. */
function nameProbe(clients: number, turn: number): string {
  return `probe-${String(clients).padStart(6, '0')}-${String(turn).padStart(4, '0')}`;
}

async function comes({ env }: ScaleOptions, simulator: Simulator, marker: string): Promise<SeenChange> {
  await simulator.ask('watch', { marker, kind: 'appears', deadlineMs: CHANGE_DEADLINE_MS });
  await addService(env, marker);
  const acceptedAt = monotonicMs();
  return { acceptedAt, sighting: await simulator.ask('seen', null) };
}

/** Answers how many clients did not see it go. */
async function goes({ env }: ScaleOptions, simulator: Simulator, marker: string): Promise<number> {
  await simulator.ask('watch', { marker, kind: 'disappears', deadlineMs: CHANGE_DEADLINE_MS });
  await env.api.deleteService(NAMESPACE, marker);
  return (await simulator.ask('seen', null)).completedAt.filter(Number.isNaN).length;
}

async function addService({ api }: Pick<Environment, 'api'>, name: string): Promise<void> {
  await api.applyService({
    name,
    namespace: NAMESPACE,
    selector: { app: name },
    ports: [{ name: 'http', port: 80, targetPort: 8080, protocol: 'http' }],
  });
}

function bothUsages(before: Usage | undefined, after: Usage | undefined) {
  return before === undefined || after === undefined ? {} : { usage: { before, after } };
}

function cannotSimulate({ driver }: ScaleOptions['mesh']): HarnessError {
  return badInput(
    'E_NO_SIMULATION',
    `${driver.name} does not say how a simulated proxy gets to its control plane`,
    'measure a mesh whose driver has simulateProxies, such as the reference mesh',
  );
}
