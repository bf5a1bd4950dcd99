/** Short words for tests in containers. MESHGAUGE_TEST_SHELL_IMAGE and MESHGAUGE_TEST_AGENT_IMAGE name other images than this version's. */
import { randomBytes } from 'node:crypto';
import { basename } from 'node:path';
import { execa } from 'execa';
import { agentImageRef, shellImageRef } from '../../src/images/agent-image.js';
import {
  type ContainersEnvironment,
  createContainersEnvironment,
} from '../../src/environments/containers/containers-environment.js';
import type { RunningPod } from '../../src/environments/environment.js';
import { RUN_LABEL } from '../../src/kube/cluster.js';
import type { InstalledMesh, Pod, PodSpec, Service, ServiceAddress } from '../../src/mesh/driver.js';
import { LATEST_PROFILE, type SmiObject } from '../../src/smi/model.js';
import { renderSmi } from '../../src/smi/render/index.js';
import type { ClientRecord, RequestSpec } from '../../fixtures/agent/protocol.js';

export const NAMESPACE = 'shop';
export const SHELL_IMAGE = process.env['MESHGAUGE_TEST_SHELL_IMAGE'] ?? shellImageRef();
const AGENT_IMAGE = process.env['MESHGAUGE_TEST_AGENT_IMAGE'] ?? agentImageRef();

export interface Run {
  readonly id: string;
  readonly env: ContainersEnvironment;
}

export async function openRun(): Promise<Run> {
  const id = `t${randomBytes(4).toString('hex')}`;
  const images = { agentImage: AGENT_IMAGE, shellImage: SHELL_IMAGE };
  const env = createContainersEnvironment({ runId: id, seed: 1, keep: false, log: () => undefined, ...images });
  await env.createNamespaces([NAMESPACE]);
  return { id, env };
}

/** Containers and networks of a run, by name, whatever their state. */
export async function leftovers({ id }: Pick<Run, 'id'>): Promise<readonly string[]> {
  const filter = ['--filter', `label=${RUN_LABEL}=${id}`];
  const lists = await Promise.all([
    execa('docker', ['ps', '--all', ...filter, '--format', '{{.Names}}']),
    execa('docker', ['network', 'ls', ...filter, '--format', '{{.Name}}']),
  ]);
  return lists.flatMap(({ stdout }) => stdout.split('\n')).filter((name) => name !== '');
}

const SERVER_PORTS = [
  { name: 'http', port: 8080, protocol: 'http' },
  { name: 'tcp', port: 8300, protocol: 'tcp' },
  { name: 'udp', port: 8301, protocol: 'udp' },
] as const;

export function podSpec(name: string, meshed = true): PodSpec {
  const ports = name.startsWith('server') ? SERVER_PORTS : [];
  return { name, namespace: NAMESPACE, serviceAccount: name, labels: { app: name }, meshed, ports };
}

export function applyServer(env: ContainersEnvironment, name = 'server'): Promise<Service> {
  return env.api.applyService({
    name,
    namespace: NAMESPACE,
    selector: { app: name },
    ports: SERVER_PORTS.map(({ port, protocol }) => ({ port, targetPort: port, protocol })),
  });
}

export function serverAddress(protocol: 'http' | 'tcp' | 'udp', name = 'server'): ServiceAddress {
  const port = SERVER_PORTS.find((each) => each.protocol === protocol)?.port ?? 0;
  return { namespace: NAMESPACE, name, port, protocol };
}

/** Lets `client` (and the server itself) call everything of `server`. */
export async function allowClient(env: ContainersEnvironment, mesh: InstalledMesh): Promise<void> {
  const metadata = { name: 'all', namespace: NAMESPACE };
  const account = (name: string) => ({ kind: 'ServiceAccount', name, namespace: NAMESPACE });
  const rule = (kind: string) => ({ kind, name: 'all' });
  const target = (name: string, kind: string): SmiObject => ({
    kind: 'TrafficTarget',
    metadata: { name, namespace: NAMESPACE },
    destination: account('server'),
    sources: [account('client'), account('server')],
    rules: [rule(kind)],
  });
  const objects: SmiObject[] = [
    { kind: 'HTTPRouteGroup', metadata, matches: [{ name: 'all', pathRegex: '.*', methods: ['*'] }] },
    { kind: 'TCPRoute', metadata, ports: [8300] },
    { kind: 'UDPRoute', metadata, ports: [8301] },
    target('http', 'HTTPRouteGroup'),
    target('tcp', 'TCPRoute'),
    target('udp', 'UDPRoute'),
  ];
  const wanted = objects.flatMap((object) => {
    const { manifest } = renderSmi(object, LATEST_PROFILE);
    return manifest === null ? [] : [{ object, manifest }];
  });
  for (const manifest of (await mesh.express(wanted)).objects) await env.api.apply(manifest);
}

let calls = 0;

/** One request, on a connection of its own. */
export async function call(
  client: RunningPod,
  spec: Omit<RequestSpec, 'timeoutMs'>,
  prefix = 'call',
): Promise<ClientRecord> {
  const items = [{ cell: prefix, count: 1, spec: { ...spec, timeoutMs: 3_000 } }];
  const [record] = await client.agent.batch({
    idPrefix: `${prefix}-${++calls}-`,
    items,
    concurrency: 1,
    connections: 'new',
  });
  if (record === undefined) throw new Error('the agent answered nothing');
  return record;
}

/** Calls until it works. */
export async function callUntilOk(
  client: RunningPod,
  spec: Omit<RequestSpec, 'timeoutMs'>,
  prefix?: string,
): Promise<void> {
  const end = performance.now() + 20_000;
  for (;;) {
    const record = await call(client, spec, prefix);
    if (record.ok) return;
    if (performance.now() > end) throw new Error(`still no answer: ${JSON.stringify(record)}`);
  }
}

/** Counts the packets of a pod that bear a text as it is, as the kernel sees them: on the wire, and on the way between app and proxy. */
export class WireWatch {
  readonly #holder: string;

  private constructor(holder: string) {
    this.#holder = holder;
  }

  static async open(run: Run, pod: Pod, text: string): Promise<WireWatch> {
    const watch = new WireWatch(`meshgauge-${run.id}-${basename(pod.dir)}-network`);
    const rules = ['eth0', 'lo'].flatMap((device) => [`POSTROUTING -o ${device}`, `PREROUTING -i ${device}`]);
    const seeText = `-m string --algo bm --string '${text}'`;
    await watch.#run(rules.map((rule) => `iptables -t mangle -A ${rule} ${seeText}`).join(' && '));
    return watch;
  }

  async count(): Promise<{ readonly wire: number; readonly inside: number }> {
    const chains = await Promise.all(
      ['POSTROUTING', 'PREROUTING'].map((chain) => this.#run(`iptables -t mangle -L ${chain} -v -x -n`)),
    );
    const counts = chains
      .join('\n')
      .split('\n')
      .filter((line) => line.includes('STRING match'))
      .map((line) => ({ packets: Number(line.trim().split(/\s+/)[0]), isWire: line.includes(' eth0 ') }));
    const sum = (isWire: boolean): number =>
      counts.filter((count) => count.isWire === isWire).reduce((total, { packets }) => total + packets, 0);
    return { wire: sum(true), inside: sum(false) };
  }

  async #run(script: string): Promise<string> {
    const rights = ['--user', '0', '--cap-add', 'NET_ADMIN', '--cap-add', 'NET_RAW'];
    const place = ['--network', `container:${this.#holder}`, '--entrypoint', '/bin/sh'];
    return (await execa('docker', ['run', '--rm', ...rights, ...place, SHELL_IMAGE, '-c', script])).stdout;
  }
}
