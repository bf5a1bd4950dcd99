/** The objects and services a case has in the cluster right now; each phase states its whole desired set and the difference is applied. */
import type { Phase } from '../cases/case.js';
import { CannotExpress, type OfferedObject } from '../cases/context.js';
import { spellOutMatches } from '../cases/spell-out.js';
import type { ChangeLine, EvidenceLine } from '../evidence/records.js';
import type { ApplyOutcome } from '../environments/environment.js';
import type { Faithfulness, Fidelity, ServiceSpec, Wanted } from '../mesh/driver.js';
import type { KubeObject, SmiObject, SmiProfile } from '../smi/model.js';
import { now } from './clock.js';
import type { Marker } from './gate.js';
import { asJson, type Lane } from './lane.js';
import { refOf } from './lane-objects.js';

interface InForce {
  readonly object: SmiObject;
  readonly profile: Partial<SmiProfile>;
}

const RANK: readonly Fidelity[] = ['native', 'exact', 'lossy', 'unsupported'];

export class ObjectsInForce {
  readonly #lane: Lane;
  readonly #scope: string;
  readonly #write: (line: EvidenceLine) => void;
  readonly #objects = new Map<string, InForce>();
  readonly #services = new Map<string, ServiceSpec>();
  readonly #raw = new Map<string, KubeObject>();
  #touches = 0;
  /** The worst fidelity of anything applied so far. */
  fidelity: Fidelity = 'native';

  /** `scope` is put before the names of all objects. */
  constructor(lane: Lane, scope: string, write: (line: EvidenceLine) => void) {
    this.#lane = lane;
    this.#scope = scope;
    this.#write = write;
  }

  /** Destination identities of the targets in force. */
  identities(): ReadonlySet<string> {
    return new Set(
      [...this.#objects.values()].flatMap(({ object }) =>
        object.kind === 'TrafficTarget' ? [object.destination.name] : [],
      ),
    );
  }

  /** The markers are put last: once they show, everything before them has been seen by the mesh. */
  async become(phase: Phase, markers: readonly Marker[]): Promise<void> {
    const profile = phase.profile ?? {};
    const wanted = new Map<string, InForce>();
    const own = phase.asWritten === true ? phase.objects : spellOutMatches(phase.objects);
    for (const object of own) wanted.set(keyOf(object), { object, profile });
    for (const object of markers.flatMap(({ objects }) => objects)) wanted.set(keyOf(object), { object, profile: {} });
    const services = (phase.services ?? []).map((service) => this.#lane.serviceSpec(service));
    await this.#removeServices(phase.name, services);
    for (const service of services) await this.#applyService(phase.name, service);
    await this.#change(
      phase.name,
      [...this.#objects.keys()].filter((key) => !wanted.has(key)),
      wanted,
    );
  }

  async touch(phase: string, object: SmiObject): Promise<void> {
    this.#touches += 1;
    const key = keyOf(object);
    // What is in force may have its matches written out, which a new annotation must not take back.
    const { object: current, profile } = this.#objects.get(key) ?? { object, profile: {} };
    const annotations = { ...object.metadata.annotations, 'meshgauge.dev/touch': String(this.#touches) };
    const touched = { ...current, metadata: { ...current.metadata, annotations } };
    await this.#change(phase, [], new Map([[key, { object: touched, profile }]]));
  }

  /**
   * What the API accepts stays until the case ends, whatever phases come.
   * @throws CannotExpress where the API does not know the kind at all: then there is nothing it could refuse.
   */
  async applyRaw(phase: string, manifest: KubeObject): Promise<void> {
    const sent = this.#inLane(manifest);
    await this.#sendRaw(phase, sent, await this.#lane.env.api.apply(sent));
  }

  /** The same as a plain request to create it, whose answer is read back. @throws CannotExpress as above. */
  async offer(phase: string, manifest: KubeObject): Promise<OfferedObject> {
    const sent = this.#inLane(manifest);
    const outcome = await this.#lane.env.api.create(sent);
    const key = await this.#sendRaw(phase, sent, outcome);
    if (!outcome.accepted) return { admitted: false, withdraw: async () => undefined };
    const { apiVersion: _version, kind: _kind, metadata: _metadata, ...body } = outcome.object;
    const name = `stored ${manifest.metadata.name}`;
    this.#write({ kind: 'fact', phase, t: outcome.at, name, value: asJson(body) });
    const withdraw = async (): Promise<void> => {
      if (!this.#raw.delete(key)) return;
      await this.#lane.env.api.delete(refOf(sent));
      this.#recordDelete(phase, sent);
    };
    return { admitted: true, withdraw };
  }

  async #sendRaw(phase: string, sent: KubeObject, outcome: ApplyOutcome): Promise<string> {
    if (!outcome.accepted && outcome.cause === 'version')
      throw new CannotExpress(`the cluster does not serve ${sent.kind} in ${sent.apiVersion}: ${outcome.message}`);
    const key = `${sent.kind}/${sent.metadata.namespace}/${sent.metadata.name}`;
    if (outcome.accepted) this.#raw.set(key, sent);
    this.#recordApply(phase, sent, outcome);
    return key;
  }

  /** Every field called `namespace`, wherever it stands, means one of this lane. */
  #inLane(manifest: KubeObject): KubeObject {
    const { namespace = 'ns1' } = manifest.metadata;
    const moved = renameNamespaces({ ...manifest, metadata: { ...manifest.metadata, namespace } }, (name) =>
      this.#lane.namespace(name),
    );
    return moved as KubeObject;
  }

  async clear(): Promise<void> {
    for (const sent of this.#raw.values()) await this.#lane.env.api.delete(refOf(sent));
    this.#raw.clear();
    await this.#change('after', [...this.#objects.keys()], new Map());
    for (const service of this.#services.values())
      await this.#lane.env.api.deleteService(service.namespace, service.name);
    this.#services.clear();
  }

  async #change(phase: string, gone: readonly string[], wanted: ReadonlyMap<string, InForce>): Promise<void> {
    const put = new Map<string, Wanted>();
    for (const [key, one] of wanted) {
      if (!same(this.#objects.get(key), one))
        put.set(this.#laneKey(key), this.#lane.write(one.object, one.profile, this.#scope));
    }
    const { steps, faithfulness } = await this.#lane.objects.change(
      gone.map((key) => this.#laneKey(key)),
      put,
    );
    for (const key of gone) this.#objects.delete(key);
    for (const [key, one] of wanted) this.#objects.set(key, one);
    for (const step of steps) {
      if (step.action === 'apply') this.#recordApply(phase, step.object, step.outcome);
      else this.#recordDelete(phase, step.object);
    }
    for (const [key, said] of faithfulness) this.#recordFaithfulness(phase, key, said);
  }

  #laneKey(key: string): string {
    return `${this.#scope}/${key}`;
  }

  #recordApply(phase: string, sent: KubeObject, outcome: ApplyOutcome): void {
    const base = { kind: 'change', phase, t: outcome.at, action: 'apply', object: asJson(sent) as KubeObject } as const;
    this.#write(
      outcome.accepted ? { ...base, accepted: true } : { ...base, accepted: false, message: outcome.message },
    );
  }

  #recordDelete(phase: string, { kind, metadata: { name, namespace = '' } }: KubeObject): void {
    this.#write(change(phase, 'delete', { kind, namespace, name }));
  }

  /** Only what is not plain SMI needs telling. */
  #recordFaithfulness(phase: string, key: string, { fidelity, reasons }: Faithfulness): void {
    if (RANK.indexOf(fidelity) > RANK.indexOf(this.fidelity)) this.fidelity = fidelity;
    if (fidelity === 'native') return;
    this.#write({
      kind: 'fact',
      phase,
      t: now(),
      name: `expression of ${key}`,
      value: { fidelity, reasons: [...reasons] },
    });
  }

  async #removeServices(phase: string, wanted: readonly ServiceSpec[]): Promise<void> {
    const keep = new Set(wanted.map(({ name }) => name));
    for (const [name, { namespace }] of this.#services) {
      if (keep.has(name)) continue;
      await this.#lane.env.api.deleteService(namespace, name);
      this.#services.delete(name);
      this.#write(change(phase, 'delete-service', { kind: 'Service', namespace, name }));
    }
  }

  async #applyService(phase: string, service: ServiceSpec): Promise<void> {
    const { name, namespace } = service;
    if (same(this.#services.get(name), service)) return;
    await this.#lane.env.api.applyService(service);
    this.#services.set(name, service);
    this.#write(change(phase, 'apply-service', { kind: 'Service', namespace, name }));
  }
}

function change(phase: string, action: ChangeLine['action'], object: ChangeLine['object']): ChangeLine {
  return { kind: 'change', phase, t: now(), action, object, accepted: true };
}

const keyOf = ({ kind, metadata }: SmiObject): string => `${kind}/${metadata.namespace}/${metadata.name}`;
const same = (a: unknown, b: unknown): boolean => a !== undefined && JSON.stringify(a) === JSON.stringify(b);

function renameNamespaces(value: unknown, rename: (name: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => renameNamespaces(item, rename));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => [
      key,
      key === 'namespace' && typeof field === 'string' ? rename(field) : renameNamespaces(field, rename),
    ]),
  );
}
