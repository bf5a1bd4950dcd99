import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Rejection } from '../../../../../drivers/reference/xds/ads-server.js';
import { TYPE } from '../../../../../drivers/reference/xds/resource.js';
import { AdsFixture, bodiesOf, cluster, endpoints, expectSilence, NODE, route, show } from './ads-fixture.js';

describe('AdsServer, state of the world', () => {
  const mesh = AdsFixture.use();

  it('serves all clusters to an empty list of names, even if there are none', async () => {
    const stream = mesh.speakSotw();
    stream.send({ node: NODE, typeUrl: TYPE.cluster });
    assert.deepEqual((await stream.next()).resources, []);
  });

  it('leaves a removed cluster out of the next response', async () => {
    mesh.serve(cluster('a'), cluster('b'));
    const stream = mesh.speakSotw();
    stream.send({ node: NODE, typeUrl: TYPE.cluster });
    const first = await stream.next();
    assert.equal(first.resources.length, 2);
    stream.send({ typeUrl: TYPE.cluster, responseNonce: first.nonce, versionInfo: first.versionInfo });
    const generation = mesh.serve(cluster('b'));
    const second = await stream.next();
    assert.deepEqual(show(second.resources), bodiesOf(cluster('b')));
    stream.send({ typeUrl: TYPE.cluster, responseNonce: second.nonce, versionInfo: second.versionInfo });
    assert.deepEqual(await mesh.ads.waitForAck(NODE.id, generation, 2_000), { outcome: 'acked' });
    assert.deepEqual(mesh.ads.acknowledged(NODE.id), { [TYPE.cluster]: String(generation) });
  });

  it('sends only what was asked for, and again only when it changes', async () => {
    mesh.serve(route('r1', 'one'), route('r2', 'two'));
    const stream = mesh.speakSotw();
    stream.send({ node: NODE, typeUrl: TYPE.route, resourceNames: ['r1'] });
    const first = await stream.next();
    assert.deepEqual(show(first.resources), bodiesOf(route('r1', 'one')));
    stream.send({ typeUrl: TYPE.route, resourceNames: ['r1'], responseNonce: first.nonce });
    mesh.serve(route('r1', 'one'), route('r2', 'changed'));
    mesh.serve(route('r1', 'changed'), route('r2', 'changed'));
    assert.deepEqual(show((await stream.next()).resources), bodiesOf(route('r1', 'changed')));
  });

  it('takes new names with the current nonce and ignores those with a stale one', async () => {
    mesh.serve(route('r1', 'one'), route('r2', 'two'));
    const stream = mesh.speakSotw();
    stream.send({ node: NODE, typeUrl: TYPE.route, resourceNames: ['r1'] });
    const first = await stream.next();
    mesh.serve(route('r1', 'changed'), route('r2', 'two'));
    const second = await stream.next();
    stream.send({ typeUrl: TYPE.route, resourceNames: ['r1', 'r2'], responseNonce: first.nonce });
    stream.send({ typeUrl: TYPE.route, resourceNames: ['r1'], responseNonce: second.nonce });
    stream.send({ typeUrl: TYPE.route, resourceNames: ['r1', 'r2'], responseNonce: second.nonce });
    const third = await stream.next();
    assert.deepEqual(show(third.resources), bodiesOf(route('r2', 'two')));
    assert.equal(Number(third.nonce), Number(second.nonce) + 1, 'the stale request had an answer');
  });

  it('no longer sends a name that was dropped', async () => {
    mesh.serve(route('r1', 'one'), route('r2', 'two'));
    const stream = mesh.speakSotw();
    stream.send({ node: NODE, typeUrl: TYPE.route, resourceNames: ['r1', 'r2'] });
    const first = await stream.next();
    stream.send({ typeUrl: TYPE.route, resourceNames: ['r2'], responseNonce: first.nonce });
    const acked = once(mesh.ads.events, 'acknowledged');
    await acked;
    mesh.serve(route('r1', 'changed'), route('r2', 'changed'));
    assert.deepEqual(show((await stream.next()).resources), bodiesOf(route('r2', 'changed')));
  });

  it('surfaces a refusal, keeps the old version, and serves the next change', async () => {
    const good = mesh.serve(route('r', 'good'));
    const stream = mesh.speakSotw();
    stream.send({ node: NODE, typeUrl: TYPE.route, resourceNames: ['r'] });
    const first = await stream.next();
    stream.send({ typeUrl: TYPE.route, resourceNames: ['r'], responseNonce: first.nonce });
    await mesh.ads.waitForAck(NODE.id, good, 2_000);

    const rejected = once(mesh.ads.events, 'rejected');
    const bad = mesh.serve(route('r', 'bad'));
    const second = await stream.next();
    const message = 'Only a single wildcard domain is permitted';
    stream.send({
      typeUrl: TYPE.route,
      resourceNames: ['r'],
      responseNonce: second.nonce,
      errorDetail: { code: 13, message },
    });
    const [rejection] = (await rejected) as [Rejection];
    assert.equal(rejection.message, message);
    assert.deepEqual(rejection.resources, ['r']);
    assert.equal(rejection.version, String(bad));
    assert.equal((await mesh.ads.waitForAck(NODE.id, bad, 2_000)).outcome, 'rejected');
    assert.deepEqual(mesh.ads.acknowledged(NODE.id), { [TYPE.route]: String(good) });
    await expectSilence(stream, 'the refused resource was sent again');

    const better = mesh.serve(route('r', 'better'));
    const third = await stream.next();
    stream.send({ typeUrl: TYPE.route, resourceNames: ['r'], responseNonce: third.nonce });
    assert.equal((await mesh.ads.waitForAck(NODE.id, better, 2_000)).outcome, 'acked');
    assert.equal(mesh.ads.rejections(NODE.id).length, 1);
  });

  it('keeps a removed cluster until the routes are acknowledged', async () => {
    mesh.serve(cluster('old'), route('r', 'old'));
    const stream = mesh.speakSotw();
    stream.send({ node: NODE, typeUrl: TYPE.cluster });
    const clusters = await stream.next();
    stream.send({ typeUrl: TYPE.cluster, responseNonce: clusters.nonce });
    stream.send({ typeUrl: TYPE.route, resourceNames: ['r'] });
    const routes = await stream.next();
    stream.send({ typeUrl: TYPE.route, resourceNames: ['r'], responseNonce: routes.nonce });

    mesh.serve(cluster('new'), route('r', 'new'));
    const both = await stream.next();
    assert.deepEqual(show(both.resources), bodiesOf(cluster('new'), cluster('old')));
    await expectSilence(stream, 'the route came before its cluster was acknowledged');
    stream.send({ typeUrl: TYPE.cluster, responseNonce: both.nonce });
    const moved = await stream.next();
    assert.deepEqual(show(moved.resources), bodiesOf(route('r', 'new')));
    stream.send({ typeUrl: TYPE.route, resourceNames: ['r'], responseNonce: moved.nonce });
    const retired = await stream.next();
    assert.deepEqual(show(retired.resources), bodiesOf(cluster('new')));
  });

  it('does not hold a route back for ever when the clusters are never acknowledged', async () => {
    mesh.serve(cluster('a'), route('r', 'one'));
    const stream = mesh.speakSotw();
    stream.send({ node: NODE, typeUrl: TYPE.cluster });
    assert.equal((await stream.next()).typeUrl, TYPE.cluster);
    stream.send({ typeUrl: TYPE.route, resourceNames: ['r'] });
    const started = performance.now();
    assert.equal((await stream.next()).typeUrl, TYPE.route);
    assert.ok(performance.now() - started > 500);
  });

  it('sends the endpoints of a changed cluster again', async () => {
    mesh.serve(cluster('a'), endpoints('a'));
    const stream = mesh.speakSotw();
    stream.send({ node: NODE, typeUrl: TYPE.cluster });
    const first = await stream.next();
    stream.send({ typeUrl: TYPE.endpoints, resourceNames: ['a'] });
    const assignment = await stream.next();
    stream.send({ typeUrl: TYPE.cluster, responseNonce: first.nonce });
    stream.send({ typeUrl: TYPE.endpoints, resourceNames: ['a'], responseNonce: assignment.nonce });
    mesh.serve(cluster('a', 'changed'), endpoints('a'));
    assert.deepEqual(show((await stream.next()).resources), bodiesOf(cluster('a', 'changed')));
    assert.deepEqual(show((await stream.next()).resources), bodiesOf(endpoints('a')));
  });
});
