import type { Fault } from '../fault.js';
import { rewriteValidation } from '../rewrite.js';

export const expiredCertificate: Fault = {
  name: 'expired-certificate',
  description: 'servers take a client certificate that has expired',
  create: () => ({
    served: (resources) =>
      rewriteValidation(resources, (validation) => ({ ...validation, allowExpiredCertificate: true })),
  }),
};
