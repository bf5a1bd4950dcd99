/** A mesh that an executable has installed. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Environment } from '../../src/environments/environment.js';
import { HarnessError } from '../../src/errors/harness-error.js';
import type {
  Capabilities,
  Expression,
  InstalledMesh,
  MeshDriver,
  NamespaceMode,
  Pod,
  PodPlan,
  PortKey,
  ProxyInfo,
  ServiceAddress,
  Sidecar,
  Target,
  Wanted,
} from '../../src/mesh/driver.js';
import {
  type Decoration,
  DecorationSchema,
  describePlan,
  ExpressionSchema,
  type OptionalMethod,
  ProxiesSchema,
  ReadySchema,
} from './protocol.js';
import type { Session } from './session.js';

export interface ExecMeshParts {
  readonly driver: MeshDriver;
  readonly methods: readonly OptionalMethod[];
  readonly env: Environment;
  readonly session: Session;
  uninstall(): Promise<void>;
}

export class ExecMesh implements InstalledMesh {
  readonly #parts: ExecMeshParts;
  readonly capabilities: Capabilities;
  readonly setMode?: (namespace: string, mode: NamespaceMode) => Promise<void>;
  readonly rotateCertificates?: () => Promise<void>;
  #isDisposed = false;

  constructor(parts: ExecMeshParts) {
    this.#parts = parts;
    this.capabilities = parts.driver.capabilities(parts.env);
    const { session } = parts;
    if (this.#answers('setMode'))
      this.setMode = async (namespace, mode) => void (await session.ask('setMode', { namespace, mode }, z.unknown()));
    if (this.#answers('rotateCertificates'))
      this.rotateCertificates = async () => void (await session.ask('rotateCertificates', {}, z.unknown()));
  }

  get driver(): MeshDriver {
    return this.#parts.driver;
  }

  async enrol(namespaces: readonly string[]): Promise<void> {
    if (this.#answers('enrol')) await this.#parts.session.ask('enrol', { namespaces }, z.unknown());
  }

  async decorate(plan: PodPlan): Promise<PodPlan> {
    if (!plan.pod.meshed || !this.#answers('decorate')) return plan;
    const { listen, sidecars, labels, annotations, redirection } = await this.#parts.session.ask(
      'decorate',
      describePlan(plan),
      DecorationSchema,
    );
    return {
      ...plan,
      listen: new Map([...plan.listen, ...(Object.entries(listen ?? {}) as [PortKey, never][])]),
      sidecars: [...plan.sidecars, ...sidecars.map((sidecar) => this.#sidecar(plan.pod, sidecar))],
      ...(labels === undefined ? {} : { labels: { ...plan.labels, ...labels } }),
      ...(annotations === undefined ? {} : { annotations: { ...plan.annotations, ...annotations } }),
      ...(redirection === undefined ? {} : { redirection }),
    };
  }

  /** As without a mesh: whatever the mesh does to a connection, it does unseen. */
  address(service: ServiceAddress): Target {
    const { env } = this.#parts;
    return { ...env.address(service), authority: `${service.name}.${service.namespace}:${service.port}` };
  }

  /** SMI as it is, unless the executable translates. */
  async express(wanted: readonly Wanted[]): Promise<Expression> {
    if (!this.#answers('express'))
      return {
        objects: wanted.map(({ manifest }) => manifest),
        faithfulness: wanted.map(() => ({ fidelity: 'native', reasons: [] })),
      };
    const expression = await this.#parts.session.ask('express', { wanted }, ExpressionSchema);
    if (expression.faithfulness.length === wanted.length) return expression;
    throw new HarnessError({
      code: 'E_EXEC_DRIVER_ANSWER',
      message: `the driver ${this.driver.name} was asked to express ${wanted.length} objects and says how faithful ${expression.faithfulness.length} are`,
      hint: 'faithfulness has one item for each wanted object, in the same order',
    });
  }

  async proxies(): Promise<readonly ProxyInfo[]> {
    if (!this.#answers('proxies')) return [];
    return (await this.#parts.session.ask('proxies', {}, ProxiesSchema)).proxies;
  }

  async debugBundle(dir: string): Promise<void> {
    await mkdir(dir, { recursive: true });
    await writeFile(join(dir, 'driver.log'), this.#parts.session.log);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    try {
      await this.#parts.uninstall();
    } finally {
      await this.#parts.session[Symbol.asyncDispose]();
    }
  }

  #answers(method: OptionalMethod): boolean {
    return this.#parts.methods.includes(method);
  }

  /** Without `ready` a sidecar counts as ready once it runs. */
  #sidecar(
    { namespace, name: pod }: Pod,
    { env, image, userId, files, ...sidecar }: Decoration['sidecars'][number],
  ): Sidecar {
    const { session } = this.#parts;
    const question = { namespace, pod, sidecar: sidecar.name };
    return {
      ...sidecar,
      files: files.map(({ mode, ...file }) => ({ ...file, ...(mode === undefined ? {} : { mode }) })),
      ...(env === undefined ? {} : { env }),
      ...(image === undefined ? {} : { image }),
      ...(userId === undefined ? {} : { userId }),
      ready: async () => !this.#answers('ready') || (await session.ask('ready', question, ReadySchema)).ready,
    };
  }
}
