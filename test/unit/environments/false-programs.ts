/** Shell scripts in the place of docker and kind, for states that a healthy machine cannot be brought into. */
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export class FalsePrograms implements AsyncDisposable {
  readonly dir: string;
  readonly #before: Readonly<Record<string, string | undefined>>;

  private constructor(dir: string) {
    this.dir = dir;
    const names = ['PATH', 'DOCKER_PATH', 'KIND_PATH', 'XDG_CACHE_HOME', 'TMPDIR'];
    this.#before = Object.fromEntries(names.map((name) => [name, process.env[name]]));
    delete process.env['DOCKER_PATH'];
    delete process.env['KIND_PATH'];
    // A cache of our own: no program, no registration is found there but those of the test.
    process.env['XDG_CACHE_HOME'] = join(dir, 'cache');
    process.env['TMPDIR'] = dir;
  }

  static async create(): Promise<FalsePrograms> {
    return new FalsePrograms(await mkdtemp(join(tmpdir(), 'mg-false-')));
  }

  /** Installs a program; every call of it is written down. @param body of a shell script, with the arguments in `$*` */
  async install(name: 'docker' | 'kind', body: string): Promise<void> {
    const file = join(this.dir, name);
    await writeFile(file, `#!/bin/sh\necho "${name} $*" >> ${join(this.dir, 'calls')}\n${body}\n`);
    await chmod(file, 0o755);
    process.env[`${name.toUpperCase()}_PATH`] = file;
  }

  /** Hides every program that PATH has. */
  hidePath(): void {
    process.env['PATH'] = join(this.dir, 'empty');
  }

  async calls(): Promise<readonly string[]> {
    const text = await readFile(join(this.dir, 'calls'), 'utf8').catch(() => '');
    return text.split('\n').filter((line) => line !== '');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const [name, value] of Object.entries(this.#before)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    await rm(this.dir, { recursive: true, force: true });
  }
}
