import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { createFaults } from '../../../../../drivers/reference/faults/index.js';
import { packResource, TYPE, type Snapshot } from '../../../../../drivers/reference/xds/resource.js';
import { group, target } from '../world.js';

const route = (name: string, host: string) =>
  packResource(TYPE.route, { name, virtualHosts: [{ name: host, domains: [host] }] });
const listener = packResource(TYPE.listener, { name: 'in' });
const BEFORE: Snapshot = new Map([
  [TYPE.route, [route('a', 'old'), route('b', 'old')]],
  [TYPE.listener, [listener]],
]);
const AFTER: Snapshot = new Map([
  [TYPE.route, [route('a', 'new'), route('b', 'new')]],
  [TYPE.listener, [listener]],
]);

/** What a proxy is served, one after the other, until it is told to stop. */
function deliver(fault: string, id = 'ns1/c1') {
  const served: Snapshot[] = [];
  const life = new AbortController();
  createFaults([fault]).delivers?.({
    proxy: { id, namespace: 'ns1', serviceAccount: 'c1' },
    proxies: ['ns1/c1', 'ns1/c2', 'ns1/s'],
    before: BEFORE,
    after: AFTER,
    serve: (snapshot) => served.push(snapshot),
    signal: life.signal,
  });
  return { served, stop: () => life.abort() };
}

describe('faults of the reference mesh: convergence', () => {
  const G = group('g', []);
  const T = target(['HTTPRouteGroup/g']);

  it('update-ignored hears of creations and deletions', () => {
    const { hears } = createFaults(['update-ignored']);
    const changes = [
      [{ action: 'applied', object: G }, true],
      [{ action: 'applied', object: G }, false],
      [{ action: 'deleted', object: G }, true],
      [{ action: 'applied', object: G }, true],
      [{ action: 'applied', object: T }, true],
    ] as const;
    for (const [change, heard] of changes) assert.equal(hears(change), heard);
  });

  it('late-deletion keeps what is deleted until it is there again', () => {
    const faults = createFaults(['late-deletion']);
    assert.ok(faults.hears({ action: 'deleted', object: G }));
    assert.deepEqual(faults.objects([T]), [G, T]);
    faults.hears({ action: 'applied', object: G });
    assert.deepEqual(faults.objects([T, G]), [T, G]);
  });

  describe('with a clock of their own', () => {
    beforeEach(() => mock.timers.enable({ apis: ['setTimeout', 'setInterval'] }));
    afterEach(() => mock.timers.reset());

    it('slow-config serves a change long after', () => {
      const { served } = deliver('slow-config');
      mock.timers.tick(20_000);
      assert.deepEqual(served, []);
      mock.timers.tick(20_000);
      assert.deepEqual(served, [AFTER]);
    });

    it('flapping-config serves one and the other, until it is gone', () => {
      const { served, stop } = deliver('flapping-config');
      mock.timers.tick(300);
      assert.deepEqual(served, [AFTER, BEFORE, AFTER]);
      stop();
      mock.timers.tick(1_000);
      assert.equal(served.length, 3);
    });

    it('gap-on-change serves empty routes first', () => {
      const { served } = deliver('gap-on-change');
      const empty = packResource(TYPE.route, { name: 'a', virtualHosts: [] });
      assert.equal(served[0]?.get(TYPE.route)?.[0]?.version, empty.version);
      mock.timers.tick(1_000);
      assert.deepEqual(served.slice(1), [AFTER]);
    });

    it('slow-config and gap-on-change serve nothing more once they are gone', () => {
      for (const fault of ['slow-config', 'gap-on-change']) {
        const { served, stop } = deliver(fault);
        const seen = served.length;
        stop();
        mock.timers.tick(60_000);
        assert.equal(served.length, seen, fault);
      }
    });
  });

  it('one-proxy-never serves all but the second', () => {
    assert.equal(deliver('one-proxy-never', 'ns1/c1').served.length, 1);
    assert.equal(deliver('one-proxy-never', 'ns1/c2').served.length, 0);
  });

  it('partial-push serves the first of the resources that changed', () => {
    const [served] = deliver('partial-push').served;
    assert.deepEqual(served?.get(TYPE.route), [AFTER.get(TYPE.route)?.[0], BEFORE.get(TYPE.route)?.[1]]);
    assert.deepEqual(served?.get(TYPE.listener), [listener]);
  });
});
