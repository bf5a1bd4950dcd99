import { badInput } from '../../src/errors/harness-error.js';
import type { TranslationMode } from './translate/index.js';

/** What the user may say about this mesh with `--driver-option`. */
export interface IstioOptions {
  readonly mode: TranslationMode;
  /** Use the Istio that is there; it stays. */
  readonly adopt: boolean;
}

const KNOWN = ['mode', 'adopt'];

/** @throws HarnessError E_DRIVER_OPTION */
export function readOptions(options: Readonly<Record<string, string>>): IstioOptions {
  const unknown = Object.keys(options).filter((name) => !KNOWN.includes(name));
  if (unknown.length > 0)
    throw badInput(
      'E_DRIVER_OPTION',
      `Istio knows no option ${unknown.join(', ')}`,
      `Known options: ${KNOWN.join(', ')}.`,
    );
  return {
    mode: oneOf('mode', options['mode'] ?? 'exact', ['exact', 'plain']),
    adopt: oneOf('adopt', options['adopt'] ?? 'false', ['true', 'false']) === 'true',
  };
}

function oneOf<T extends string>(name: string, value: string, known: readonly T[]): T {
  const found = known.find((one) => one === value);
  if (found !== undefined) return found;
  throw badInput(
    'E_DRIVER_OPTION',
    `option ${name} is "${value}"`,
    `Use ${known.map((one) => `${name}=${one}`).join(' or ')}.`,
  );
}
