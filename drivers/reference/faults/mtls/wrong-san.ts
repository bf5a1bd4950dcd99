import type { Fault } from '../fault.js';
import { firstAccountBy } from '../identity/first-account.js';

export const wrongSan: Fault = {
  name: 'wrong-san',
  description:
    'a certificate names the account that first ran under the name of the pod, not the one that runs there now',
  create: () => firstAccountBy((proxyId) => proxyId),
};
