/** A reference mesh with a few pods, and short words for asking it. */
import type { AppProtocol, ClientProtocol, ClientRecord, RequestSpec } from '../../fixtures/agent/protocol.js';
import { createReferenceDriver, type ReferenceDriverOptions } from '../../drivers/reference/index.js';
import type { RunningPod } from '../../src/environments/environment.js';
import { createLocalEnvironment, type LocalEnvironment } from '../../src/environments/local/local-environment.js';
import { pollUntil } from '../../src/environments/local/poll.js';
import type { InstalledMesh, InstallOptions, PodPort, PodSpec, ServicePort } from '../../src/mesh/driver.js';
import type { KubeObject, SmiObject } from '../../src/smi/model.js';
import { LATEST_PROFILE } from '../../src/smi/model.js';
import { renderSmi } from '../../src/smi/render/index.js';

export const NS = 'ns1';
const DEADLINE_MS = 10_000;
const PORTS: readonly PodPort[] = [
  { name: 'http', port: 8080, protocol: 'http' },
  { name: 'tcp', port: 8300, protocol: 'tcp' },
  { name: 'udp', port: 8301, protocol: 'udp' },
];

export interface Ask extends Partial<RequestSpec> {
  readonly from: string;
  readonly to?: string;
  readonly via?: ClientProtocol;
  readonly count?: number;
}

export class ReferenceFixture implements AsyncDisposable {
  readonly env: LocalEnvironment;
  readonly mesh: InstalledMesh;
  readonly pods = new Map<string, RunningPod>();
  #requests = 0;

  private constructor(env: LocalEnvironment, mesh: InstalledMesh) {
    this.env = env;
    this.mesh = mesh;
  }

  static async start(
    runId: string,
    options: ReferenceDriverOptions & Partial<InstallOptions> = {},
  ): Promise<ReferenceFixture> {
    const { faults = [], options: driverOptions = {}, metrics = false, ...driver } = options;
    const env = createLocalEnvironment({ runId, seed: 1, keep: false, log: () => undefined });
    const mesh = await createReferenceDriver(driver).install(env, {
      ...{ seed: 1, faults, metrics },
      options: driverOptions,
    });
    await env.createNamespaces([NS, 'ns2']);
    await mesh.enrol([NS, 'ns2']);
    return new ReferenceFixture(env, mesh);
  }

  /** Starts pods by name; those called `c…` are clients without ports, `u…` are outside the mesh. */
  async startPods(...names: readonly string[]): Promise<void> {
    const specs = names.map((name): PodSpec => ({
      name,
      namespace: NS,
      serviceAccount: name,
      labels: { app: name, ...(name.startsWith('v') ? { root: 'yes' } : {}) },
      meshed: !name.startsWith('u'),
      ports: name.startsWith('c') || name.startsWith('u') ? [] : PORTS,
    }));
    for (const running of await this.env.startPods(specs, this.mesh)) this.pods.set(running.pod.name, running);
  }

  async service(name: string, selector: Readonly<Record<string, string>>): Promise<void> {
    const ports = PORTS.map(({ name: portName, port, protocol }): ServicePort => ({
      name: portName,
      port,
      targetPort: port,
      protocol,
    }));
    await this.env.api.applyService({ name, namespace: NS, selector, ports });
  }

  async apply(...objects: readonly SmiObject[]): Promise<void> {
    for (const object of objects) {
      const outcome = await this.env.api.apply(render(object));
      if (!outcome.accepted) throw new Error(`${object.kind} ${object.metadata.name} was refused: ${outcome.message}`);
    }
  }

  async delete(...objects: readonly SmiObject[]): Promise<void> {
    for (const object of objects) {
      const { apiVersion, kind, metadata } = render(object);
      await this.env.api.delete({ apiVersion, kind, namespace: metadata.namespace ?? NS, name: metadata.name });
    }
  }

  async ask({ from, to = 's', via = 'http', count = 1, ...spec }: Ask): Promise<ClientRecord[]> {
    const client = this.#pod(from);
    const protocol: AppProtocol = via === 'tcp' || via === 'udp' ? via : 'http';
    const port = PORTS.find((candidate) => candidate.protocol === protocol)?.port ?? 0;
    const address = this.mesh.address({ namespace: NS, name: to, port, protocol }, client.pod);
    return client.agent.batch({
      idPrefix: `${from}-${++this.#requests}-`,
      items: [{ cell: 'cell', count, spec: { protocol: via, ...address, timeoutMs: 1_000, ...spec } }],
      concurrency: 8,
      connections: 'new',
    });
  }

  /** Which of all requests succeed, as `yes`, `no` or `mixed`. */
  async answer(ask: Ask): Promise<'yes' | 'no' | 'mixed'> {
    const oks = (await this.ask({ count: 3, ...ask })).map(({ ok }) => ok);
    if (oks.every(Boolean)) return 'yes';
    return oks.some(Boolean) ? 'mixed' : 'no';
  }

  async until(what: string, condition: () => Promise<boolean>): Promise<void> {
    await pollUntil(condition, { deadlineMs: DEADLINE_MS, what });
  }

  async becomes(answer: 'yes' | 'no', ask: Ask): Promise<void> {
    const what = `${JSON.stringify(ask)} to be answered ${answer}`;
    await this.until(what, async () => (await this.answer(ask)) === answer);
  }

  /** Has objects in force while `body` runs. */
  async withObjects(objects: readonly SmiObject[], body: () => Promise<void>): Promise<void> {
    await this.apply(...objects);
    try {
      await body();
    } finally {
      await this.delete(...objects);
    }
  }

  /** How often each server answered. */
  async shares(ask: Ask): Promise<Record<string, number>> {
    const shares: Record<string, number> = {};
    for (const { server = 'nobody' } of await this.ask(ask)) shares[server] = (shares[server] ?? 0) + 1;
    return shares;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.env[Symbol.asyncDispose]();
    await this.mesh[Symbol.asyncDispose]();
  }

  #pod(name: string): RunningPod {
    const pod = this.pods.get(name);
    if (pod === undefined) throw new Error(`no pod ${name}`);
    return pod;
  }
}

function render(object: SmiObject): KubeObject {
  const { manifest } = renderSmi(object, LATEST_PROFILE);
  if (manifest === null) throw new Error(`${object.kind} cannot be written in the latest versions`);
  return manifest;
}
