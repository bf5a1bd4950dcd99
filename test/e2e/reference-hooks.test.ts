import assert from 'node:assert/strict';
import { TYPE } from '../../drivers/reference/xds/resource.js';
import { HarnessError } from '../../src/errors/harness-error.js';
import { ReferenceFixture } from './reference-fixture.js';
import { ALL_RULE, allow, EVERYTHING } from './reference-words.js';

describe('reference mesh with mutateResources', function () {
  this.timeout(60_000);

  it('lets the hook see and change what each proxy is served', async () => {
    const seen = new Set<string>();
    await using fixture = await ReferenceFixture.start('ref-mutate', {
      name: 'mine',
      mutateResources: ({ proxy, typeUrl, resources }) => {
        seen.add(`${proxy.id} ${proxy.serviceAccount} ${typeUrl}`);
        return typeUrl === TYPE.route
          ? resources.map((each) => (each['name'] === 'outbound' ? { ...each, virtualHosts: [] } : each))
          : resources;
      },
    });
    await fixture.service('s', { app: 's' });
    await fixture.startPods('c1', 's');
    assert.equal(fixture.mesh.driver.name, 'mine');
    for (const typeUrl of Object.values(TYPE)) assert.ok(seen.has(`ns1/c1 c1 ${typeUrl}`), typeUrl);
    assert.equal((await fixture.ask({ from: 'c1' }))[0]?.status, 404);
  });

  it("shows a configuration that a proxy refuses, in the proxy's own words", async () => {
    let isBroken = false;
    await using fixture = await ReferenceFixture.start('ref-nack', {
      mutateResources: ({ typeUrl, resources }) =>
        typeUrl === TYPE.route && isBroken
          ? resources.map((each) => ({ ...each, virtualHosts: [{ name: 'x', domains: [] }] }))
          : resources,
    });
    await fixture.service('s', { app: 's' });
    await fixture.startPods('c1', 's');
    isBroken = true;
    await fixture.apply(EVERYTHING);
    await fixture.until('a refusal', async () =>
      (await fixture.mesh.proxies()).every(({ rejected }) => rejected.length > 0),
    );
    const [first] = await fixture.mesh.proxies();
    assert.equal(first?.rejected[0]?.type, TYPE.route);
    assert.match(first.rejected[0].message, /Domains|domains/);
    assert.ok(fixture.mesh.problems?.().some((problem) => problem.includes('refused RouteConfiguration')));
  });

  for (const [what, hook] of [
    [
      'throws',
      () => {
        throw new Error('boom');
      },
    ],
    ['answers no list', () => undefined as never],
    ['answers an invalid resource', () => [{ nonsense: true }]],
  ] as const) {
    it(`says so when the hook ${what}`, async () => {
      await using fixture = await ReferenceFixture.start('ref-rubbish', { mutateResources: hook });
      await assert.rejects(
        fixture.startPods('c1'),
        (error: unknown) => error instanceof HarnessError && error.code === 'E_MUTATE_RESOURCES',
      );
    });
  }
});

describe('reference mesh with faults', function () {
  this.timeout(60_000);

  it('let in an unmeshed client over plaintext, and a client that nothing names', async () => {
    await using fixture = await ReferenceFixture.start('ref-faults', {
      faults: ['plaintext-accepted', 'any-identity'],
    });
    await fixture.service('s', { app: 's' });
    await fixture.startPods('c1', 'c2', 's', 'u1');
    const server = fixture.pods.get('s')?.pod;
    assert.ok(server);
    const direct = { from: 'u1', host: server.ip, port: server.physicalPorts.get('tcp/8080') ?? 8080 };
    await fixture.until('plaintext to be let in', async () => (await fixture.answer(direct)) === 'yes');
    assert.equal(await fixture.answer({ from: 'c2' }), 'no', 'nothing is granted yet');
    await fixture.apply(EVERYTHING, allow('s', 'c1', ALL_RULE));
    await fixture.until('any identity to be let in', async () => (await fixture.answer({ from: 'c2' })) === 'yes');
  });
});
