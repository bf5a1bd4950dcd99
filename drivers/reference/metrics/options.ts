/** What a user may say about traffic metrics with `--option`. */
import { badInput } from '../../../src/errors/harness-error.js';
import { parseDuration } from '../../../src/metrics/duration.js';

/** How far back an answer reaches, and who gives it. */
export interface MetricsOptions {
  readonly windowMs: number;
  /** `shim`: the mesh serves nothing, so that the harness makes the metrics of what its proxies count unasked. */
  readonly served: 'native' | 'shim';
}

const LEAST_WINDOW_MS = 250;

/** @throws HarnessError E_DRIVER_OPTION */
export function readMetricsOptions(options: Readonly<Record<string, string>>, defaultWindow: string): MetricsOptions {
  const window = options['metrics-window'] ?? defaultWindow;
  const windowMs = parseDuration(window);
  if (windowMs === null || windowMs < LEAST_WINDOW_MS)
    throw badInput(
      'E_DRIVER_OPTION',
      `option metrics-window is "${window}"`,
      `Use a duration of ${LEAST_WINDOW_MS} ms or more, such as metrics-window=30s.`,
    );
  const served = options['metrics'] ?? 'native';
  if (served !== 'native' && served !== 'shim')
    throw badInput(
      'E_DRIVER_OPTION',
      `option metrics is "${served}"`,
      'Use metrics=native (the default) or metrics=shim.',
    );
  return { windowMs, served };
}
