/** Identity comes from the certificate: nothing a client says about itself counts. */
import { allow, deny } from '../../src/cases/questions.js';
import { ANYTHING, grant, identityCase } from './identity-case.js';

const CLAIM = 'spiffe://cluster.local/ns/ns1/sa/c1';
const CLAIMS: readonly (readonly [string, string])[] = [
  ['x-forwarded-for', '127.0.0.1'],
  ['x-forwarded-client-cert', `By=${CLAIM};URI=${CLAIM}`],
  ['x-envoy-internal', 'true'],
  ['l5d-client-id', 'c1.ns1.serviceaccount.identity'],
  ['x-forwarded-host', 'c1.ns1.svc.cluster.local'],
];

export const spoofedHeaders = identityCase({
  id: 'IDN-02',
  class: 'M',
  profiles: ['smoke', 'core', 'extended', 'full'],
  title: 'identity headers of a client change nothing',
  phrase: 'at present the method of assigning service identity is using Kubernetes service accounts',
  setup: 's allows c1; c2 sends forwarding and identity headers that name c1',
  expectation: 'a client stays who its certificate says it is, whatever its headers claim',
  control: 'c1 is allowed at the same time',
  catches: ['allow-all', 'deny-all', 'any-identity'],
  phases: [
    {
      name: 'c2 claims to be c1',
      objects: [ANYTHING, grant('c1')],
      cells: [
        allow('c1', 'srv:8080'),
        ...CLAIMS.map((claim) => deny('c2', 'srv:8080', { headers: [claim], count: 5 })),
        deny('c2', 'srv:8080', { headers: CLAIMS, path: '/all-claims' }),
      ],
    },
  ],
});
