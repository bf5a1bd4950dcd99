/** What a case changes in its lane beside objects and services: pods of its own, modes of the mesh, its certificates and control plane. */
import type { Phase } from '../cases/case.js';
import { CannotExpress } from '../cases/context.js';
import { HarnessError } from '../errors/harness-error.js';
import type { ChangeLine, EvidenceLine } from '../evidence/records.js';
import type { PodSpec } from '../mesh/driver.js';
import { now } from './clock.js';
import type { Lane } from './lane.js';
import type { Teardown } from './teardown.js';

const USUAL_MODE = { mtls: 'strict', access: 'deny' } as const;

export class LaneChanges {
  readonly #lane: Lane;
  readonly #write: (line: EvidenceLine) => void;
  readonly #ownPods = new Set<string>();
  readonly #modes = new Set<string>();

  constructor(lane: Lane, write: (line: EvidenceLine) => void) {
    this.#lane = lane;
    this.#write = write;
  }

  async startPod(phase: string, spec: PodSpec & { readonly ip?: string }): Promise<{ readonly ip: string }> {
    if (spec.ip !== undefined && this.#lane.env.cluster !== undefined)
      throw new CannotExpress('a cluster does not let a pod ask for the address of another one');
    const [started] = await this.#lane.addPods([{ ...spec, namespace: this.#lane.namespace(spec.namespace) }]);
    if (started === undefined)
      throw new HarnessError({
        code: 'E_POD_START',
        message: `pod ${spec.name} did not start`,
        hint: 'look at the pod logs of the run',
      });
    this.#ownPods.add(`${spec.namespace}/${spec.name}`);
    this.#note(phase, 'start-pod', 'Pod', spec.namespace, spec.name);
    return { ip: started.pod.ip };
  }

  async stopPod(phase: string, name: string): Promise<void> {
    this.#ownPods.delete(name.includes('/') ? name : `ns1/${name}`);
    await this.#lane.removePod(name);
    this.#note(phase, 'stop-pod', 'Pod', 'ns1', name);
  }

  async rotateCertificates(phase: string): Promise<void> {
    const { mesh } = this.#lane;
    if (mesh.rotateCertificates === undefined)
      throw new HarnessError({
        code: 'E_NO_ROTATION',
        message: 'the mesh cannot be asked to rotate certificates',
        hint: 'the case should name the need feature:certificate-rotation',
      });
    await mesh.rotateCertificates();
    this.#note(phase, 'rotate', 'Certificates', '', 'all');
  }

  async restartControlPlane(phase: string): Promise<boolean> {
    const { controlPlane } = this.#lane.mesh;
    if (controlPlane === undefined) return false;
    try {
      await controlPlane.stop();
    } finally {
      await controlPlane.start();
    }
    this.#note(phase, 'restart', 'ControlPlane', '', 'all');
    return true;
  }

  async setMode(phase: string, { namespace, mode }: NonNullable<Phase['mode']>): Promise<void> {
    this.#modes.add(namespace);
    await this.#lane.mesh.setMode?.(this.#lane.namespace(namespace), mode);
    this.#note(phase, 'set-mode', `Namespace ${JSON.stringify(mode)}`, namespace, namespace);
  }

  /** Pods go first, then modes are the usual ones again. */
  undoWith(teardown: Teardown): void {
    for (const namespace of this.#modes)
      teardown.defer(`mode of ${namespace}`, () =>
        this.#lane.mesh.setMode?.(this.#lane.namespace(namespace), USUAL_MODE),
      );
    teardown.defer('pods of its own', async () => {
      await Promise.all([...this.#ownPods].map((name) => this.#lane.removePod(name)));
    });
  }

  #note(phase: string, action: ChangeLine['action'], kind: string, namespace: string, name: string): void {
    this.#write({ kind: 'change', phase, t: now(), action, object: { kind, namespace, name }, accepted: true });
  }
}
