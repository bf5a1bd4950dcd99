/** The objects and services a case has in the cluster right now; each phase states its whole desired set and the difference is applied. */
import type { Phase } from '../cases/case.js';
import type { ChangeLine, EvidenceLine } from '../evidence/records.js';
import type { ApplyOutcome } from '../environments/environment.js';
import type { Fidelity, ServiceSpec } from '../mesh/driver.js';
import type { KubeObject, SmiObject, SmiProfile } from '../smi/model.js';
import { now } from './clock.js';
import type { Marker } from './gate.js';
import { asJson, type Lane } from './lane.js';

interface InForce {
  readonly object: SmiObject;
  readonly profile: Partial<SmiProfile>;
  readonly expressed: readonly KubeObject[];
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

  /** The markers are applied last: once they show, everything before them has been seen by the mesh. */
  async become(phase: Phase, markers: readonly Marker[]): Promise<void> {
    const profile = phase.profile ?? {};
    const wanted = [
      ...phase.objects.map((object) => ({ object, profile })),
      ...markers.flatMap(({ objects }) => objects.map((object) => ({ object, profile: {} }))),
    ];
    const services = (phase.services ?? []).map((service) => this.#lane.serviceSpec(service));
    const keep = new Set(wanted.map(({ object }) => keyOf(object)));
    for (const [key, one] of this.#objects) if (!keep.has(key)) await this.#remove(phase.name, key, one);
    await this.#becomeServices(phase.name, services);
    for (const { object, profile: own } of wanted) await this.#apply(phase.name, object, own);
  }

  async touch(phase: string, object: SmiObject): Promise<void> {
    this.#touches += 1;
    const annotations = { ...object.metadata.annotations, 'meshgauge.dev/touch': String(this.#touches) };
    await this.#apply(
      phase,
      { ...object, metadata: { ...object.metadata, annotations } },
      this.#objects.get(keyOf(object))?.profile ?? {},
    );
  }

  /** What the API accepts stays until the case ends, whatever phases come. */
  async applyRaw(phase: string, manifest: KubeObject): Promise<void> {
    const { namespace = 'ns1', name } = manifest.metadata;
    const sent: KubeObject = {
      ...manifest,
      metadata: { ...manifest.metadata, namespace: this.#lane.namespace(namespace) },
    };
    const outcome = await this.#lane.env.api.apply(sent);
    if (outcome.accepted) this.#raw.set(`${sent.kind}/${namespace}/${name}`, sent);
    this.#recordApply(phase, sent, outcome);
  }

  async clear(): Promise<void> {
    for (const sent of this.#raw.values()) await this.#lane.remove(sent);
    this.#raw.clear();
    for (const [key, one] of this.#objects) await this.#remove('after', key, one);
    for (const service of this.#services.values())
      await this.#lane.env.api.deleteService(service.namespace, service.name);
    this.#services.clear();
  }

  async #apply(phase: string, object: SmiObject, profile: Partial<SmiProfile>): Promise<void> {
    const key = keyOf(object);
    const known = this.#objects.get(key);
    if (known !== undefined && same(known, { object, profile })) return;
    const applied = await this.#lane.apply(object, profile, this.#scope);
    this.#objects.set(key, { object, profile, expressed: applied.objects });
    if (RANK.indexOf(applied.fidelity) > RANK.indexOf(this.fidelity)) this.fidelity = applied.fidelity;
    applied.outcomes.forEach((outcome, index) => {
      const sent = applied.objects[index];
      if (sent !== undefined) this.#recordApply(phase, sent, outcome);
    });
  }

  #recordApply(phase: string, sent: KubeObject, outcome: ApplyOutcome): void {
    const base = { kind: 'change', phase, t: outcome.at, action: 'apply', object: asJson(sent) as KubeObject } as const;
    this.#write(
      outcome.accepted ? { ...base, accepted: true } : { ...base, accepted: false, message: outcome.message },
    );
  }

  async #remove(phase: string, key: string, one: InForce): Promise<void> {
    this.#objects.delete(key);
    for (const object of one.expressed) {
      await this.#lane.remove(object);
      const { name, namespace = '' } = object.metadata;
      this.#write(change(phase, 'delete', { kind: object.kind, namespace, name }));
    }
  }

  async #becomeServices(phase: string, wanted: readonly ServiceSpec[]): Promise<void> {
    const { api } = this.#lane.env;
    const keep = new Set(wanted.map(({ name }) => name));
    for (const [name, { namespace }] of this.#services) {
      if (keep.has(name)) continue;
      await api.deleteService(namespace, name);
      this.#services.delete(name);
      this.#write(change(phase, 'delete-service', { kind: 'Service', namespace, name }));
    }
    for (const service of wanted) {
      if (same(this.#services.get(service.name), service)) continue;
      await api.applyService(service);
      this.#services.set(service.name, service);
      this.#write(
        change(phase, 'apply-service', { kind: 'Service', namespace: service.namespace, name: service.name }),
      );
    }
  }
}

function change(phase: string, action: ChangeLine['action'], object: ChangeLine['object']): ChangeLine {
  return { kind: 'change', phase, t: now(), action, object, accepted: true };
}

const keyOf = ({ kind, metadata }: SmiObject): string => `${kind}/${metadata.namespace}/${metadata.name}`;
const same = (a: unknown, b: unknown): boolean =>
  a !== undefined && JSON.stringify(pick(a)) === JSON.stringify(pick(b));

/** What was sent counts, not how it was expressed. */
function pick(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('expressed' in value)) return value;
  const { object, profile } = value as InForce;
  return { object, profile };
}
