import type { Fault } from '../fault.js';
import { firstAccountBy } from './first-account.js';

export const identityByAddress: Fault = {
  name: 'identity-by-address',
  description: 'the identity of a pod is remembered by its address: who inherits it is taken for who had it first',
  create: () => firstAccountBy((_proxyId, address) => address),
};
