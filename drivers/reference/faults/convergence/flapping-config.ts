import type { Fault } from '../fault.js';

/** Slow enough for a marker to be seen several times in a row, fast enough for every question to meet both. */
const EVERY_MS = 120;

export const flappingConfig: Fault = {
  name: 'flapping-config',
  description: 'a proxy goes to and fro between the configuration it had before and the new one',
  alsoBreaks: [{ cases: ['*'], why: 'whichever of two configurations a request meets is chance' }],
  create: () => {
    const flapping = new Map<string, NodeJS.Timeout>();
    return {
      delivers: ({ proxy, before, after, serve, signal }) => {
        let isNew = true;
        clearInterval(flapping.get(proxy.id));
        serve(after);
        const timer = setInterval(() => {
          isNew = !isNew;
          serve(isNew ? after : before);
        }, EVERY_MS);
        flapping.set(proxy.id, timer);
        signal.addEventListener('abort', () => clearInterval(timer), { once: true });
      },
    };
  },
};
