import { TYPE } from '../../xds/resource.js';
import { believeHeader, NOBODY_IN } from './believed-header.js';
import type { Fault } from '../fault.js';
import { rewrite, type Fields } from '../rewrite.js';

export const tlsPlaintext: Fault = {
  name: 'tls-plaintext',
  description: 'proxies speak plaintext to each other, and believe a header that says who calls',
  alsoBreaks: [
    { cases: ['IDN-01', 'IDN-05'], why: 'another reading of what the text leaves open' },
    { cases: ['ACC-18', 'ACC-29', 'SPC-28', 'SPL-30'], why: NOBODY_IN },
  ],
  create: () => ({
    served: (resources, to) => {
      const believing = believeHeader(resources, to);
      return {
        ...believing,
        [TYPE.cluster]: rewrite(believing[TYPE.cluster], withoutTls),
        [TYPE.listener]: rewrite(believing[TYPE.listener], withoutTls),
      };
    },
  }),
};

/** A filter chain without TLS takes what does not speak it. */
function withoutTls({ transportSocket, ...fields }: Fields): Fields {
  const match = fields['filterChainMatch'] as Fields | undefined;
  if (transportSocket === undefined || match === undefined) return fields;
  const { transportProtocol: _, ...filterChainMatch } = match;
  return { ...fields, filterChainMatch };
}
