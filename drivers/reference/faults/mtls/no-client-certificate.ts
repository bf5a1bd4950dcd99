import { TYPE } from '../../xds/resource.js';
import { believeHeader } from './believed-header.js';
import type { Fault } from '../fault.js';
import { rewriteMessages } from '../rewrite.js';

export const noClientCertificate: Fault = {
  name: 'no-client-certificate',
  description: 'servers ask for no client certificate, and believe a header that says who calls',
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
