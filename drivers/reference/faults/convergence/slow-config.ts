import type { Fault } from '../fault.js';

/** Longer than any case waits for a change. */
const SLOW_MS = 30_000;

export const slowConfig: Fault = {
  name: 'slow-config',
  description: `a change reaches a proxy after ${SLOW_MS / 1000} s`,
  alsoBreaks: [{ cases: ['*'], why: 'a change that a case or its gate waits for does not come in time' }],
  create: () => ({
    delivers: ({ after, serve, signal }) => {
      const timer = setTimeout(() => serve(after), SLOW_MS);
      signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
    },
  }),
};
