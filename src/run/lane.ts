/** A lane: one fixture in namespaces of its own, its pods, and the objects in force there. Cases pass through it one at a time. */
import { CannotExpress } from '../cases/context.js';
import type { FixtureRecord } from '../cases/fixture.js';
import { spellOutMatches } from '../cases/spell-out.js';
import { CLUSTER_IP, type Cell, type Sample } from '../cases/case.js';
import type { Environment, RunningPod } from '../environments/environment.js';
import { HarnessError } from '../errors/harness-error.js';
import type { RequestSpec } from '../../fixtures/agent/protocol.js';
import type {
  InstalledMesh,
  PodPort,
  PodSpec,
  ServiceAddress,
  ServicePort,
  ServiceSpec,
  Wanted,
} from '../mesh/driver.js';
import type { SmiObject, SmiProfile } from '../smi/model.js';
import { renderSmi } from '../smi/render/index.js';
import type { Json } from '../smi/model.js';
import { LaneObjects } from './lane-objects.js';
import { MetricsAccess } from './metrics-access.js';
import type { WorkloadSet } from '../workloads/workload-set.js';

export interface LaneOptions {
  readonly name: string;
  readonly fixture: FixtureRecord;
  readonly workloads: WorkloadSet;
  readonly env: Environment;
  readonly mesh: InstalledMesh;
  /** Shared by the lanes of a run; nobody asks in lanes without cases. */
  readonly metrics?: MetricsAccess;
  readonly requestTimeoutMs: number;
}

/** There for every case, whether or not its workload set has pods in them. */
const LOGICAL_NAMESPACES = ['ns1', 'ns2'];

export class Lane {
  readonly name: string;
  readonly fixture: FixtureRecord;
  readonly env: Environment;
  readonly mesh: InstalledMesh;
  readonly metrics: MetricsAccess;
  readonly profile: SmiProfile;
  readonly requestTimeoutMs: number;
  readonly objects: LaneObjects;
  readonly #workloads: WorkloadSet;
  readonly #pods = new Map<string, RunningPod>();
  epoch = 0;
  #turns = 0;

  constructor(options: LaneOptions) {
    this.name = options.name;
    this.fixture = options.fixture;
    this.env = options.env;
    this.mesh = options.mesh;
    this.metrics = options.metrics ?? new MetricsAccess(options.env, options.mesh);
    this.requestTimeoutMs = options.requestTimeoutMs;
    this.#workloads = options.workloads.instantiate(options.name);
    this.profile = profileOf(options.env, options.mesh);
    this.objects = new LaneObjects(options.env.api, options.mesh);
    this.metrics.knows(() => this.objects.wanted());
  }

  /** Counts marker splits: each names another leaf than the one before. */
  nextTurn(): number {
    this.#turns += 1;
    return this.#turns;
  }

  /** Namespaces, pods, services; the base policy is the first case's business to wait for. */
  async setUp(): Promise<void> {
    const { pods, services } = this.#workloads;
    // A mesh is not given ports of a protocol that it does not claim to carry: it may stumble over them, and no case asks.
    const carried = <T extends { readonly ports: readonly P[] }, P extends PodPort | ServicePort>(one: T): T => ({
      ...one,
      ports: one.ports.filter(({ protocol }) => this.mesh.capabilities.protocols.includes(protocol)),
    });
    const namespaces = this.namespaces();
    await this.env.createNamespaces(namespaces);
    await this.mesh.enrol(namespaces);
    await Promise.all(services.map((service) => this.env.api.applyService(carried(service))));
    await this.addPods(pods.map(carried));
    if (this.mesh.capabilities.kinds.length === 0) return;
    const base = spellOutMatches(this.fixture.base).filter(({ kind }) => this.mesh.capabilities.kinds.includes(kind));
    const { steps } = await this.objects.change(
      [],
      new Map(base.map((object) => [`base/${object.kind}/${object.metadata.name}`, this.write(object, {})])),
    );
    for (const step of steps) {
      if (step.action === 'delete' || step.outcome.accepted) continue;
      throw new HarnessError({
        code: 'E_BASE_POLICY',
        message: `the API refused ${step.object.kind} ${step.object.metadata.name} of fixture ${this.fixture.name}: ${step.outcome.message}`,
        hint: 'the fixture needs this object; look at the CRDs and the admission hooks of the mesh',
      });
    }
  }

  async addPods(specs: readonly (PodSpec & { readonly ip?: string })[]): Promise<readonly RunningPod[]> {
    const started = await this.env.startPods(specs, this.mesh);
    for (const running of started) this.#pods.set(`${running.pod.namespace}/${running.pod.name}`, running);
    return started;
  }

  async removePod(name: string): Promise<void> {
    const { pod } = this.pod(name);
    this.#pods.delete(`${pod.namespace}/${pod.name}`);
    await this.env.stopPod(pod.namespace, pod.name);
  }

  /** By logical name: `c1`, `ns2/c1`. */
  pod(name: string): RunningPod {
    const [namespace, pod] = name.includes('/') ? name.split('/') : ['ns1', name];
    const running = this.#pods.get(`${this.namespace(namespace ?? 'ns1')}/${pod ?? name}`);
    if (running === undefined)
      throw new HarnessError({
        code: 'E_NO_POD',
        message: `fixture ${this.fixture.name} has no pod ${name}`,
        hint: 'a case names a pod that its workload set does not define',
      });
    return running;
  }

  has(name: string): boolean {
    const [namespace, pod] = name.includes('/') ? name.split('/') : ['ns1', name];
    return this.#pods.has(`${this.namespace(namespace ?? 'ns1')}/${pod ?? name}`);
  }

  /** Pods whose servers may have seen something. */
  servers(): readonly RunningPod[] {
    return [...this.#pods.values()].filter(({ pod }) => pod.ports.length > 0);
  }

  /** @param pod `namespace/name`, started already or not. */
  owns(pod: string): boolean {
    return pod.startsWith(`${this.name}-`);
  }

  /** Whether all cases of this lane need the pod, and not only the one that started it. */
  needs(pod: string): boolean {
    return this.#workloads.pods.some(({ namespace, name }) => `${namespace}/${name}` === pod);
  }

  namespaces(): readonly string[] {
    const logical = LOGICAL_NAMESPACES.map((name) => this.namespace(name));
    return [...new Set([...this.#workloads.namespaces, ...logical])];
  }

  /** The real namespace behind a logical one. */
  namespace(logical: string): string {
    return `${this.name}-${logical}`;
  }

  /** What cases call a namespace of this lane. */
  logical(namespace: string): string {
    return namespace.slice(this.name.length + 1);
  }

  service(to: string, protocol: Cell['protocol']): ServiceAddress {
    const [address = to, port = '80'] = to.split(':');
    const [namespace, name] = address.includes('/') ? address.split('/') : ['ns1', address];
    const transport = protocol === 'tcp' || protocol === 'udp' ? protocol : 'http';
    return {
      namespace: this.namespace(namespace ?? 'ns1'),
      name: name ?? address,
      port: Number(port),
      protocol: transport,
    };
  }

  /** Where a cell's request goes: through the client's proxy, or past the mesh. */
  requestOf(
    cell: Pick<Cell, 'from' | 'to' | 'protocol' | 'over' | 'method' | 'path' | 'headers' | 'way'> &
      Pick<Sample, 'authority'>,
  ): RequestSpec {
    const { pod } = this.pod(cell.from);
    const service = this.service(cell.to, cell.over ?? cell.protocol);
    const { host, port, authority: usual } = this.#target(cell, service, pod.meshed);
    const authority = cell.authority === undefined ? usual : this.#authority(cell.authority, service);
    return {
      protocol: cell.protocol,
      host,
      port,
      authority,
      method: cell.method ?? 'GET',
      path: cell.path ?? '/',
      headers: cell.headers ?? [],
      // A refused datagram is silence: the client cannot tell it from a slow answer, only wait less.
      timeoutMs: cell.protocol === 'udp' ? Math.min(1_500, this.requestTimeoutMs) : this.requestTimeoutMs,
    };
  }

  #authority(written: string, service: ServiceAddress): string {
    const [name = written, ...port] = written.split(':');
    const real =
      name === CLUSTER_IP ? this.env.address(service).host : qualified(name, (logical) => this.namespace(logical));
    return [real, ...port].join(':');
  }

  #target(
    cell: Pick<Cell, 'from' | 'way'>,
    service: ServiceAddress,
    meshed: boolean,
  ): { host: string; port: number; authority: string } {
    const authority = `${service.name}.${service.namespace}:${service.port}`;
    if (cell.way !== undefined) {
      const way = this.env.ways(service).find((candidate) => candidate.way === cell.way);
      if (way === undefined)
        throw new CannotExpress(`environment ${this.env.name} offers no way ${cell.way} to ${service.name}`);
      return { host: way.host, port: way.port, authority };
    }
    if (!meshed) return { ...this.env.address(service), authority };
    return this.mesh.address(service, this.pod(cell.from).pod);
  }

  /** Writes the object down in the API versions of this lane, under a name of its scope. @throws CannotExpress */
  write(object: SmiObject, profile: Partial<SmiProfile>, scope?: string): Wanted {
    const local = inNamespaces(scope === undefined ? object : inScope(object, scope), (logical) =>
      this.namespace(logical),
    );
    const { manifest, losses } = renderSmi(local, { ...this.profile, ...profile });
    if (losses.length === 0 && manifest !== null) return { object: local, manifest };
    const [loss] = losses;
    throw new CannotExpress(
      `${object.kind} ${object.metadata.name}: ${loss?.what ?? 'a part'} cannot be written in this API version: ${loss?.consequence ?? ''}`,
    );
  }

  serviceSpec(service: Omit<ServiceSpec, 'namespace'> & { readonly namespace?: string }): ServiceSpec {
    return { ...service, namespace: this.namespace(service.namespace ?? 'ns1') };
  }
}

function profileOf(env: Environment, mesh: InstalledMesh): SmiProfile {
  const newest = <T extends string>(group: string, claimed: readonly T[], fallback: T): T =>
    claimed.find((version) => env.api.served(group).includes(version)) ?? claimed[0] ?? fallback;
  const { access, specs, split, headers } = mesh.capabilities;
  return {
    access: newest('access', access, 'v1alpha3'),
    specs: newest('specs', specs, 'v1alpha4'),
    split: newest('split', split, 'v1alpha4'),
    metrics: 'v1alpha1',
    headers: headers[0] ?? 'map',
  };
}

/** Puts real namespaces for logical ones, wherever the model names one. */
function inNamespaces(object: SmiObject, map: (logical: string) => string): SmiObject {
  const metadata = { ...object.metadata, namespace: map(object.metadata.namespace) };
  if (object.kind === 'TrafficSplit') {
    const backends = object.backends.map((backend) => ({ ...backend, service: qualified(backend.service, map) }));
    return { ...object, metadata, service: qualified(object.service, map), backends };
  }
  if (object.kind !== 'TrafficTarget') return { ...object, metadata };
  const place = <T extends { readonly namespace?: string }>(ref: T): T =>
    ref.namespace === undefined ? ref : { ...ref, namespace: map(ref.namespace) };
  return { ...object, metadata, destination: place(object.destination), sources: object.sources.map(place) };
}

/** `v2` stays as it is; `v2.ns2` and `v2.ns2.svc.cluster.local` name a namespace. */
function qualified(service: string, map: (logical: string) => string): string {
  const [name = service, namespace, ...rest] = service.split('.');
  return namespace === undefined ? service : [name, map(namespace), ...rest].join('.');
}

/** Fresh names for every case: stale configuration of one cannot decide another. References between its objects follow. */
function inScope(object: SmiObject, scope: string): SmiObject {
  const own = (name: string): string => `${scope}-${name}`;
  const metadata = { ...object.metadata, name: own(object.metadata.name) };
  if (object.kind === 'TrafficTarget')
    return { ...object, metadata, rules: object.rules.map((rule) => ({ ...rule, name: own(rule.name) })) };
  if (object.kind === 'TrafficSplit' && object.matches !== undefined) {
    return { ...object, metadata, matches: object.matches.map((match) => ({ ...match, name: own(match.name) })) };
  }
  return { ...object, metadata };
}

/** The same object as evidence shows it. */
export function asJson(object: unknown): Json {
  return JSON.parse(JSON.stringify(object)) as Json;
}
