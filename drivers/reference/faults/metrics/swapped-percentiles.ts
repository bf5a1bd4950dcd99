import type { Fault } from '../fault.js';
import { changingMetrics } from './change.js';

export const swappedPercentiles: Fault = {
  name: 'metrics-swapped-percentiles',
  description: 'the 50th and the 99th percentile of latencies have changed places',
  create: () => ({
    metrics: changingMetrics(({ p50_response_latency: p50, p99_response_latency: p99, ...others }) => ({
      p99_response_latency: { ...p99, value: p50?.['value'] },
      p50_response_latency: { ...p50, value: p99?.['value'] },
      ...others,
    })),
  }),
};
