import assert from 'node:assert/strict';
import { TYPE } from '../../../../../drivers/reference/xds/resource.js';
import { AdsFixture, cluster, expectSilence, listener, namesOf, NODE, route } from './ads-fixture.js';

describe('AdsServer, delta', () => {
  const mesh = AdsFixture.use();

  it('answers a wildcard with everything, then with differences only', async () => {
    mesh.serve(listener('a'), listener('b'));
    const stream = mesh.speakDelta();
    stream.send({ node: NODE, typeUrl: TYPE.listener });
    const first = await stream.next();
    assert.deepEqual(namesOf(first.resources), ['a', 'b']);
    stream.send({ typeUrl: TYPE.listener, responseNonce: first.nonce });
    mesh.serve(listener('b'), listener('c'));
    const second = await stream.next();
    assert.deepEqual(namesOf(second.resources), ['c']);
    assert.deepEqual(second.removedResources, ['a']);
  });

  it('answers a wildcard of nothing with nothing', async () => {
    const stream = mesh.speakDelta();
    stream.send({ node: NODE, typeUrl: TYPE.cluster, resourceNamesSubscribe: ['*'] });
    const { resources, removedResources } = await stream.next();
    assert.deepEqual([resources, removedResources], [[], []]);
  });

  it('says that a name does not exist, and sends it when it comes to be', async () => {
    mesh.serve(route('r1', 'one'));
    const stream = mesh.speakDelta();
    stream.send({ node: NODE, typeUrl: TYPE.route, resourceNamesSubscribe: ['r1', 'r2'] });
    const first = await stream.next();
    assert.deepEqual(namesOf(first.resources), ['r1']);
    assert.deepEqual(first.removedResources, ['r2']);
    stream.send({ typeUrl: TYPE.route, responseNonce: first.nonce });
    mesh.serve(route('r1', 'one'), route('r2', 'two'));
    const second = await stream.next();
    assert.deepEqual(namesOf(second.resources), ['r2']);
    assert.deepEqual(second.removedResources, []);
  });

  it('answers a name that is asked for again, and stops with one that is dropped', async () => {
    mesh.serve(route('r1', 'one'), route('r2', 'two'));
    const stream = mesh.speakDelta();
    stream.send({ node: NODE, typeUrl: TYPE.route, resourceNamesSubscribe: ['r1', 'r2'] });
    await stream.next();
    stream.send({ typeUrl: TYPE.route, resourceNamesSubscribe: ['r1'], resourceNamesUnsubscribe: ['r2'] });
    const again = await stream.next();
    assert.deepEqual(namesOf(again.resources), ['r1']);
    mesh.serve(route('r1', 'changed'), route('r2', 'changed'));
    assert.deepEqual(namesOf((await stream.next()).resources), ['r1']);
  });

  it('tells whether a name still exists when it is dropped under a wildcard', async () => {
    mesh.serve(listener('a'), listener('b'));
    const stream = mesh.speakDelta();
    stream.send({ node: NODE, typeUrl: TYPE.listener, resourceNamesSubscribe: ['*', 'a', 'x'] });
    const first = await stream.next();
    assert.deepEqual(first.removedResources, ['x']);
    stream.send({ typeUrl: TYPE.listener, responseNonce: first.nonce, resourceNamesUnsubscribe: ['a', 'x'] });
    const second = await stream.next();
    assert.deepEqual(namesOf(second.resources), ['a']);
    assert.deepEqual(second.removedResources, ['x']);
  });

  it('sends after a reconnect only what changed, and removes what is gone', async () => {
    mesh.serve(cluster('same'), cluster('other'), cluster('fresh'));
    const stream = mesh.speakDelta();
    const { version } = cluster('same');
    stream.send({
      node: NODE,
      typeUrl: TYPE.cluster,
      initialResourceVersions: { same: version, other: 'old', gone: 'old' },
    });
    const { resources, removedResources, nonce } = await stream.next();
    assert.deepEqual(namesOf(resources), ['fresh', 'other']);
    assert.deepEqual(removedResources, [], 'removals come last');
    stream.send({ typeUrl: TYPE.cluster, responseNonce: nonce });
    assert.deepEqual((await stream.next()).removedResources, ['gone']);
  });

  it('surfaces a refusal and withholds removals while it stands', async () => {
    mesh.serve(cluster('old'), route('r', 'good'));
    const stream = mesh.speakDelta();
    stream.send({ node: NODE, typeUrl: TYPE.cluster });
    stream.send({ typeUrl: TYPE.cluster, responseNonce: (await stream.next()).nonce });
    stream.send({ typeUrl: TYPE.route, resourceNamesSubscribe: ['r'] });
    stream.send({ typeUrl: TYPE.route, responseNonce: (await stream.next()).nonce });

    const bad = mesh.serve(route('r', 'bad'));
    const refused = await stream.next();
    stream.send({ typeUrl: TYPE.route, responseNonce: refused.nonce, errorDetail: { code: 13, message: 'no' } });
    const outcome = await mesh.ads.waitForAck(NODE.id, bad, 2_000);
    assert.equal(outcome.outcome, 'rejected');
    await expectSilence(stream, 'the cluster of the old route was removed');

    mesh.serve(route('r', 'better'));
    stream.send({ typeUrl: TYPE.route, responseNonce: (await stream.next()).nonce });
    const last = await stream.next();
    assert.deepEqual([last.typeUrl, last.removedResources], [TYPE.cluster, ['old']]);
  });
});
