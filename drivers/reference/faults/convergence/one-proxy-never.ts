import type { Fault } from '../fault.js';

export const oneProxyNever: Fault = {
  name: 'one-proxy-never',
  description: 'one proxy, the second in the alphabet, never hears of a change',
  alsoBreaks: [{ cases: ['SPL-*'], why: 'the proxy is that of a client which the case asks from' }],
  create: () => ({
    delivers: ({ proxy, proxies, after, serve }) => {
      if (proxies[1] !== proxy.id) serve(after);
    },
  }),
};
