import type { Fault } from '../fault.js';
import { rewriteValidation } from '../rewrite.js';

export const anyCa: Fault = {
  name: 'any-ca',
  description: 'servers believe the name in a client certificate whoever has signed it',
  create: () => ({
    served: (resources) =>
      rewriteValidation(resources, (validation) => ({ ...validation, trustChainVerification: 'ACCEPT_UNTRUSTED' })),
  }),
};
