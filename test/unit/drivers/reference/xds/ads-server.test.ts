import assert from 'node:assert/strict';
import { once } from 'node:events';
import { status } from '@grpc/grpc-js';
import { createAuthority } from '../../../../../src/certificates/authority.js';
import { TYPE } from '../../../../../drivers/reference/xds/resource.js';
import { AdsFixture, cluster, HOUR_MS, NODE, SPIFFE } from './ads-fixture.js';

describe('AdsServer', () => {
  const mesh = AdsFixture.use();

  describe('identity', () => {
    it('refuses a peer that is not the node, and says who it was', async () => {
      const other = await mesh.authority.issue({ spiffeId: 'spiffe://mesh.test/ns/shop/sa/thief', ttlMs: HOUR_MS });
      mesh.serve(cluster('a'));
      const refused = once(mesh.ads.events, 'refused');
      const stream = mesh.speakDelta(other);
      stream.send({ node: NODE, typeUrl: TYPE.cluster });
      const { code, details } = await stream.ended;
      assert.equal(code, status.PERMISSION_DENIED);
      assert.match(details, /sa\/thief may not speak for node "web"/);
      const [event] = (await refused) as [{ peer: readonly string[] }];
      assert.deepEqual(event.peer, ['spiffe://mesh.test/ns/shop/sa/thief']);
      assert.equal(stream.unread, 0);
      assert.equal(mesh.ads.isConnected(NODE.id), false);
    });

    it('refuses a node it does not know', async () => {
      const stream = mesh.speakSotw();
      stream.send({ node: { id: 'unknown' }, typeUrl: TYPE.cluster });
      assert.equal((await stream.ended).code, status.PERMISSION_DENIED);
    });

    it('refuses a certificate of another authority at the handshake', async () => {
      const foreign = await createAuthority('mesh.test');
      const stream = mesh.speakSotw(await foreign.issue({ spiffeId: SPIFFE, ttlMs: HOUR_MS }));
      stream.send({ node: NODE, typeUrl: TYPE.cluster });
      assert.equal((await stream.ended).code, status.UNAVAILABLE);
    });

    it('ends the streams of a node that is unregistered', async () => {
      const stream = mesh.speakSotw();
      stream.send({ node: NODE, typeUrl: TYPE.cluster });
      await stream.next();
      const gone = once(mesh.ads.events, 'disconnected');
      mesh.ads.unregisterNode(NODE.id);
      assert.equal((await stream.ended).code, status.OK);
      assert.deepEqual(await gone, [NODE.id]);
    });
  });

  describe('waitForAck', () => {
    it('names what is not answered in time', async () => {
      const generation = mesh.serve(cluster('a'));
      assert.deepEqual(await mesh.ads.waitForAck(NODE.id, generation, 10), {
        outcome: 'timeout',
        pending: Object.values(TYPE),
      });
      const stream = mesh.speakSotw();
      stream.send({ node: NODE, typeUrl: TYPE.cluster });
      const { nonce } = await stream.next();
      const waited = await mesh.ads.waitForAck(NODE.id, generation, 10);
      assert.deepEqual(waited, { outcome: 'timeout', pending: [TYPE.cluster] });
      stream.send({ typeUrl: TYPE.cluster, responseNonce: nonce });
      assert.equal((await mesh.ads.waitForAck(NODE.id, generation, 2_000)).outcome, 'acked');
    });

    it('ends when the node is unregistered: nothing will come from it any more', async () => {
      const generation = mesh.serve(cluster('a'));
      const waited = mesh.ads.waitForAck(NODE.id, generation, 20_000);
      mesh.ads.unregisterNode(NODE.id);
      assert.deepEqual(await waited, { outcome: 'gone' });
    });

    it('notices a stream that breaks', async () => {
      const stream = mesh.speakSotw();
      stream.send({ node: NODE, typeUrl: TYPE.cluster });
      await stream.next();
      const gone = once(mesh.ads.events, 'disconnected');
      stream.close();
      await gone;
      assert.equal(mesh.ads.isConnected(NODE.id), false);
    });
  });

  it('refuses two resources of one name', () => {
    assert.throws(() => mesh.serve(cluster('a'), cluster('a', 'other')), /have one name/);
  });
});
