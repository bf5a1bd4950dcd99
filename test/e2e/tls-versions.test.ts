/** The probe of TLS versions against real proxies: one that takes 1.3 alone, and one that has been told to take everything. */
import assert from 'node:assert/strict';
import type { JsonObject } from '@bufbuild/protobuf';
import { TYPE } from '../../drivers/reference/xds/resource.js';
import type { TlsVersion } from '../../fixtures/agent/protocol.js';
import type { ReferenceDriverOptions } from '../../drivers/reference/index.js';
import { ReferenceFixture } from './reference-fixture.js';

const VERSIONS: readonly TlsVersion[] = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'];

/** Every set of TLS parameters that servers are given. */
function lowered(tree: unknown): unknown {
  if (Array.isArray(tree)) return tree.map(lowered);
  if (typeof tree !== 'object' || tree === null) return tree;
  return Object.fromEntries(
    Object.entries(tree).map(([name, value]): [string, unknown] =>
      name === 'tlsParams'
        ? [
            name,
            {
              tlsMinimumProtocolVersion: 'TLSv1_0',
              tlsMaximumProtocolVersion: 'TLSv1_3',
              cipherSuites: ['ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-ECDSA-AES128-SHA'],
            },
          ]
        : [name, lowered(value)],
    ),
  );
}
const OLD_TLS: ReferenceDriverOptions['mutateResources'] = ({ typeUrl, resources }) =>
  typeUrl === TYPE.listener ? (lowered(resources) as JsonObject[]) : resources;

describe('versions of TLS that a proxy takes', function () {
  this.timeout(60_000);

  for (const [what, options, taken] of [
    ['1.3 alone', {}, ['TLSv1.3']],
    ['all of them', { mutateResources: OLD_TLS }, VERSIONS],
  ] as const) {
    it(`${what}`, async () => {
      const fixture = await ReferenceFixture.start(`tls-${taken.length}`, options);
      try {
        await fixture.service('s', { app: 's' });
        await fixture.startPods('s', 'u1');
        const server = fixture.pods.get('s')?.pod;
        assert.ok(server);
        const target = { host: server.ip, port: server.physicalPorts.get('tcp/8080') ?? 8080, via: 'tls' } as const;
        const seen = await Promise.all(
          VERSIONS.map(async (version) => {
            const [record] = await fixture.ask({ from: 'u1', ...target, tls: { version } });
            assert.equal(record?.tls?.handshake, 'refused', `${version}: without a certificate`);
            return record.tls.version === version ? [version] : [];
          }),
        );
        assert.deepEqual(seen.flat(), taken);
      } finally {
        await fixture[Symbol.asyncDispose]();
      }
    });
  }
});
