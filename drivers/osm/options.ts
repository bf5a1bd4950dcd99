/** The driver's options from the command line or the configuration. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { badInput } from '../../src/errors/harness-error.js';
import type { InstallOptions } from '../../src/mesh/driver.js';

const READY_TIMEOUT_S = 180;

export interface OsmOptions {
  /** Use the Open Service Mesh that runs already, and leave it as it is. */
  readonly adopt: boolean;
  /** A file of chart values that come after ours. */
  readonly valuesFile?: string;
  /** How long the control plane may take to get ready. */
  readonly readyDeadlineMs: number;
}

/** @throws HarnessError E_DRIVER_OPTION */
export function readOptions(options: InstallOptions['options'] = {}): OsmOptions {
  const { adopt = 'false', values, 'ready-timeout': readyTimeout = String(READY_TIMEOUT_S) } = options;
  if (adopt !== 'true' && adopt !== 'false')
    throw badInput('E_DRIVER_OPTION', `option adopt is "${adopt}"`, 'Use adopt=true or adopt=false (the default).');
  const readySeconds = Number(readyTimeout);
  if (!(readySeconds > 0 && readySeconds <= 3600))
    throw badInput('E_DRIVER_OPTION', `option ready-timeout is "${readyTimeout}"`, 'Give seconds, up to 3600.');
  if (values !== undefined && !existsSync(values))
    throw badInput(
      'E_DRIVER_OPTION',
      `option values names ${resolve(values)}, which is not there`,
      'Name a YAML file.',
    );
  return {
    adopt: adopt === 'true',
    readyDeadlineMs: readySeconds * 1000,
    ...(values === undefined ? {} : { valuesFile: resolve(values) }),
  };
}
