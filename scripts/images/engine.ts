/** The container engine, through its command line. */
import { execa, ExecaError } from 'execa';
import { HarnessError } from '../../src/errors/harness-error.js';
import { KEY_LABEL } from '../../src/images/keys.js';
import { findTool } from '../../src/images/tools.js';
import type { Workshop } from './workshop.js';

const ANSWER_DEADLINE_MS = 20_000;

/** An image that the engine has. */
export interface EngineImage {
  readonly id: string;
  readonly sizeBytes: number;
  /** What it was made of, when we made it. */
  readonly key?: string;
}

interface Inspected {
  readonly Id: string;
  readonly Size: number;
  readonly RepoTags: readonly string[] | null;
  readonly Config: { readonly Labels: Readonly<Record<string, string>> | null } | null;
}

export class Engine {
  readonly command: string;
  readonly #shop: Workshop;

  private constructor(command: string, shop: Workshop) {
    this.command = command;
    this.#shop = shop;
  }

  /** @throws HarnessError E_NO_DOCKER when there is no engine, or none that we may use */
  static async connect(shop: Workshop): Promise<Engine> {
    const command = await findTool('docker');
    try {
      await execa(command, ['version', '--format', '{{.Server.Version}}'], { timeout: ANSWER_DEADLINE_MS });
    } catch (cause) {
      const said = cause instanceof ExecaError ? String(cause.stderr).trim().split('\n')[0] : String(cause);
      const denied = /permission denied/i.test(said ?? '');
      throw new HarnessError({
        code: 'E_NO_DOCKER',
        message: `the container engine does not answer: ${said ?? ''}`,
        hint: denied
          ? 'This user may not use the engine: add it to the group docker, or use sudo.'
          : 'Start it (on Debian scripts/start-docker.sh installs and starts one), or set DOCKER_HOST.',
        cause,
      });
    }
    return new Engine(command, shop);
  }

  /** Those of `refs` that are there. */
  async images(refs: readonly string[]): Promise<ReadonlyMap<string, EngineImage>> {
    if (refs.length === 0) return new Map();
    // It prints what it finds and fails when it did not find everything.
    const { stdout } = await execa(this.command, ['image', 'inspect', ...refs], { reject: false });
    const found = stdout.trim() === '' ? [] : (JSON.parse(stdout) as readonly Inspected[]);
    return new Map(
      found.flatMap(({ Id: id, Size: sizeBytes, RepoTags, Config }) => {
        const key = Config?.Labels?.[KEY_LABEL];
        const image = { id, sizeBytes, ...(key === undefined ? {} : { key }) };
        return (RepoTags ?? []).map((tag): [string, EngineImage] => [tag, image]);
      }),
    );
  }

  /** Whether there is an image of this name, however it is spelled. */
  async has(ref: string): Promise<boolean> {
    const { exitCode } = await execa(this.command, ['image', 'inspect', ref], { reject: false, stdout: 'ignore' });
    return exitCode === 0;
  }

  async load(archive: string, what: string): Promise<void> {
    await this.#shop.run(`docker load of ${what}`, this.command, ['load', '--quiet', '--input', archive]);
  }

  async save(refs: readonly string[], archive: string): Promise<void> {
    await this.#shop.run('docker save', this.command, ['save', '--output', archive, ...refs]);
  }

  async tag(from: string, to: string): Promise<void> {
    await this.#shop.run(`docker tag ${to}`, this.command, ['tag', from, to]);
  }

  async pull(ref: string): Promise<void> {
    await this.#shop.run(`docker pull ${ref}`, this.command, ['pull', '--quiet', ref]);
  }

  /** Whether a registry answers at all for this image; it may still not have it. */
  async registryAnswers(ref: string, timeoutMs: number): Promise<boolean> {
    const asked = await execa(this.command, ['manifest', 'inspect', ref], { reject: false, timeout: timeoutMs });
    if (asked.exitCode === 0) return true;
    return !asked.timedOut && /no such manifest|manifest unknown|unauthorized|denied: /i.test(asked.stderr);
  }

  async forget(ref: string): Promise<void> {
    await execa(this.command, ['image', 'rm', ref], { reject: false });
  }

  /** Names of the containers that carry a label. */
  async containers(label: string): Promise<readonly string[]> {
    const args = ['ps', '--all', '--filter', `label=${label}`, '--format', '{{.Names}}'];
    return (await this.#shop.run('docker ps', this.command, args)).split('\n').filter((name) => name !== '');
  }

  async removeContainer(name: string): Promise<void> {
    await execa(this.command, ['rm', '--force', '--volumes', name], { reject: false });
  }
}
