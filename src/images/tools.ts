/** Finding the programs we start: what the user names, then PATH, then what `images build` has made. */
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { badInput, HarnessError } from '../errors/harness-error.js';
import { cacheDir } from './cache-dir.js';

export type ToolName = 'kind' | 'helm' | 'kubectl' | 'docker' | 'go';

/** Where `images build` puts programs. */
export function builtToolPath(name: string): string {
  return cacheDir('tools', 'bin', name);
}

/** @throws HarnessError E_NO_TOOL (E_NO_GO, E_NO_DOCKER), or E_TOOL_PATH for a variable that names nothing executable. */
export async function findTool(name: ToolName): Promise<string> {
  const variable = `${name.toUpperCase()}_PATH`;
  const named = process.env[variable];
  if (named) {
    if (await isExecutable(named)) return named;
    throw badInput(
      'E_TOOL_PATH',
      `${variable} names ${named}, which is no program`,
      `Correct ${variable}, or unset it.`,
    );
  }
  const dirs = (process.env['PATH'] ?? '').split(delimiter).filter((dir) => dir !== '');
  for (const candidate of [...dirs.map((dir) => join(dir, name)), builtToolPath(name)])
    if (await isExecutable(candidate)) return candidate;
  throw missingTool(name, variable);
}

function missingTool(name: ToolName, variable: string): HarnessError {
  if (name === 'go')
    return new HarnessError({
      code: 'E_NO_GO',
      message: 'there is no go on PATH, and programs have to be compiled here',
      hint: `Install Go 1.26 or newer (or name it with ${variable}), or build where a registry answers: meshgauge images build --from published.`,
    });
  if (name === 'docker')
    return new HarnessError({
      code: 'E_NO_DOCKER',
      message: 'there is no docker on PATH',
      hint: `Install Docker (scripts/start-docker.sh does it on Debian), or name the command with ${variable}.`,
    });
  return new HarnessError({
    code: 'E_NO_TOOL',
    message: `there is no ${name} on PATH, nor one built by meshgauge`,
    hint: `meshgauge images build, or install ${name}, or name it with ${variable}`,
  });
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
