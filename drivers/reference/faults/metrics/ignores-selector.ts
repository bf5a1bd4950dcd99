import type { Fault } from '../fault.js';

export const ignoresSelector: Fault = {
  name: 'metrics-ignores-selector',
  description: 'a label selector leaves no item out of a list of traffic metrics',
  create: () => ({ metrics: (path, ask) => ask(path.replace(/\?.*$/, '')) }),
};
