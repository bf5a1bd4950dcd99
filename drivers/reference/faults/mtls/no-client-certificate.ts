import { TYPE } from '../../xds/resource.js';
import { believeHeader, NOBODY_IN } from './believed-header.js';
import type { Fault } from '../fault.js';
import { rewriteMessages } from '../rewrite.js';

export const noClientCertificate: Fault = {
  name: 'no-client-certificate',
  description: 'servers ask for no client certificate, and believe a header that says who calls',
  alsoBreaks: [{ cases: ['ACC-17', 'ACC-18', 'ACC-29', 'ACC-37', 'SPC-28', 'SPL-30'], why: NOBODY_IN }],
  create: () => ({
    served: (resources, to) => {
      const believing = believeHeader(resources, to);
      return {
        ...believing,
        [TYPE.listener]: rewriteMessages(believing[TYPE.listener], 'DownstreamTlsContext', (tls) => {
          const { validationContextSdsSecretConfig: _, ...common } = tls['commonTlsContext'] as Record<string, unknown>;
          return { ...tls, requireClientCertificate: false, commonTlsContext: common };
        }),
      };
    },
  }),
};
