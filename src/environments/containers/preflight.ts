import { platform } from 'node:os';
import { HarnessError } from '../../errors/harness-error.js';
import type { Problem } from '../../mesh/driver.js';
import { inspectEngine } from '../docker.js';

/** Everything that keeps pods from running as containers, all at once. */
export async function checkContainers(
  host: { readonly platform: string; readonly dockerHost?: string | undefined } = {
    platform: platform(),
    dockerHost: process.env['DOCKER_HOST'],
  },
): Promise<readonly Problem[]> {
  if (host.platform !== 'linux') {
    return [
      {
        code: 'E_PLATFORM',
        message: `the containers environment needs Linux (this is ${host.platform}): only there pods and this process share sockets and a network`,
        hint: 'use a Linux machine or virtual machine, or --env kind',
      },
    ];
  }
  if (host.dockerHost !== undefined && !host.dockerHost.startsWith('unix://')) {
    return [
      {
        code: 'E_DOCKER_REMOTE',
        message: `the container engine is elsewhere (DOCKER_HOST=${host.dockerHost}): pods could not reach this process`,
        hint: 'use an engine on this host (unset DOCKER_HOST), or --env kind',
      },
    ];
  }
  try {
    await inspectEngine();
    return [];
  } catch (error) {
    if (!(error instanceof HarnessError)) throw error;
    const { code, message, hint, exitCode } = error;
    return [{ code, message, hint, exitCode }];
  }
}
