import { notFound } from '../../../../src/metrics/status.js';
import type { Fault } from '../fault.js';

export const undiscovered: Fault = {
  name: 'metrics-undiscovered',
  description:
    'the API does not know of the group metrics.smi-spec.io when it is asked which groups and versions there are',
  create: () => ({
    metrics: (path, ask) => (/^\/apis(\/metrics\.smi-spec\.io)?\/?$/.test(path) ? notFound() : ask(path)),
  }),
};
