import type { Fault } from '../fault.js';
import { changingMetrics } from './change.js';

export const wrongUnit: Fault = {
  name: 'metrics-wrong-unit',
  description: 'latencies are given in seconds and called milliseconds',
  create: () => ({
    metrics: changingMetrics((metrics) =>
      Object.fromEntries(
        Object.entries(metrics).map(([name, metric]) => [name, 'unit' in metric ? { ...metric, unit: 'ms' } : metric]),
      ),
    ),
  }),
};
