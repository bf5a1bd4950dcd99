import type { Fault } from '../fault.js';
import { changingMetrics, countOf } from './change.js';

export const failuresAsSuccess: Fault = {
  name: 'metrics-failures-as-success',
  description: 'every answer counts as a success in the traffic metrics, whatever its status',
  create: () => ({
    metrics: changingMetrics(({ success_count: success, failure_count: failure, ...others }) => ({
      ...others,
      success_count: { ...success, value: countOf(success) + countOf(failure) },
      failure_count: { ...failure, value: 0 },
    })),
  }),
};
