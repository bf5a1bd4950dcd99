import type { Fault } from '../fault.js';
import { itemsOf, withItems } from './change.js';

export const swappedBackends: Fault = {
  name: 'metrics-swapped-backends',
  description: 'the backends of a traffic split have the metrics of each other',
  create: () => ({
    metrics: (path, ask) => {
      const answer = ask(path);
      if (!/\/trafficsplits(\/[^/]+)?$/.test(path)) return answer;
      const items = itemsOf(answer);
      const reversed = items.toReversed();
      return withItems(
        answer,
        items.map((item, index) => ({ ...item, metrics: reversed[index]?.['metrics'] })),
      );
    },
  }),
};
