import type { Fault } from '../fault.js';
import { changingMetrics, countOf, type JsonObject } from './change.js';

export const doubleCount: Fault = {
  name: 'metrics-double-count',
  description: 'each request counts twice in the traffic metrics, as if client and server were two',
  alsoBreaks: [{ cases: ['MET-*'], why: 'each count that a case holds against what both ends saw is doubled' }],
  create: () => ({
    metrics: changingMetrics((metrics) => {
      const twice = (metric: JsonObject | undefined): JsonObject => ({ ...metric, value: 2 * countOf(metric) });
      const { success_count: success, failure_count: failure, ...others } = metrics;
      return { ...others, success_count: twice(success), failure_count: twice(failure) };
    }),
  }),
};
