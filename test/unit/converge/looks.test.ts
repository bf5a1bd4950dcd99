import assert from 'node:assert/strict';
import type { ProbeRecord } from '../../../fixtures/agent/protocol.js';
import { Refusals } from '../../../src/converge/access-changes.js';
import { Serials } from '../../../src/converge/certificate-changes.js';
import { clockOffset, clockStep } from '../../../src/converge/clock-offset.js';
import { compareWithProxy, lastUpdate } from '../../../src/converge/cross-check.js';
import { lookAtSplit } from '../../../src/converge/split-changes.js';
import { Watcher } from '../../../src/converge/watcher.js';
import { STABLE_RUN } from '../../../src/converge/timeline.js';

const answer = (part: Partial<ProbeRecord>): ProbeRecord => ({
  id: 'p/0',
  t: 1_000,
  ms: 1,
  ok: true,
  gapMs: 2,
  ...part,
});
const failed = (part: Partial<ProbeRecord>): ProbeRecord => answer({ ok: false, ...part });

describe('convergence: what an answer shows', () => {
  it('split: the pod that answered, those that come and go among them; anything else is an error', () => {
    assert.equal(lookAtSplit(answer({ server: 'b' }), 'b'), 'new');
    assert.equal(lookAtSplit(answer({ server: 'a' }), 'b'), 'old');
    assert.equal(lookAtSplit(answer({ server: 'b-7' }), 'b'), 'new');
    assert.equal(lookAtSplit(answer({ server: 'stranger' }), 'b'), 'error');
    assert.equal(lookAtSplit(failed({ status: 503, server: 'b' }), 'b'), 'error');
    assert.equal(lookAtSplit(failed({ error: 'ECONNRESET' }), 'b'), 'error');
  });

  it('access: refusals as this mesh says them; a server that is down refuses nothing', () => {
    const refusals = new Refusals();
    assert.equal(refusals.look(failed({ status: 403 }), 'deny'), 'new', 'said in so many words');
    assert.equal(refusals.look(failed({ error: 'ECONNRESET' }), 'deny'), 'error');
    refusals.learn([failed({ error: 'ECONNRESET' }), answer({ status: 200 })]);
    assert.equal(refusals.look(failed({ error: 'ECONNRESET' }), 'deny'), 'new');
    assert.equal(refusals.look(failed({ error: 'ECONNRESET' }), 'allow'), 'old');
    assert.equal(refusals.look(answer({ status: 200 }), 'allow'), 'new');
    assert.equal(refusals.look(answer({ status: 200 }), 'deny'), 'old');
    assert.equal(refusals.look(failed({ status: 503 }), 'deny'), 'error');
  });

  it('certificates: serials seen before are old, each stream by itself', () => {
    const serials = new Serials();
    serials.learn(0, [answer({ serial: 'AA' }), failed({})]);
    assert.equal(serials.look(0, answer({ serial: 'AA' })), 'old');
    assert.equal(serials.look(0, failed({ serial: 'BB' })), 'new', 'a refused handshake shows its certificate too');
    assert.equal(serials.look(1, answer({ serial: 'AA' })), 'new');
    assert.equal(serials.look(0, failed({ error: 'ECONNREFUSED' })), 'error');
  });

  it('watcher: stable once every stream has seen nothing else for a while', () => {
    const watcher = new Watcher({ look: (_, { ok }) => (ok ? 'new' : 'old') }, 2, 'new');
    const run = (length: number, from: number): ProbeRecord[] =>
      Array.from({ length }, (_, index) => answer({ t: from + index }));
    watcher.see([run(STABLE_RUN, 10), run(STABLE_RUN - 1, 20)]);
    assert.deepEqual([watcher.isStable, watcher.seenAt], [false, 10]);
    watcher.see([[], [failed({ t: 50 }), ...run(STABLE_RUN, 60)]]);
    assert.deepEqual([watcher.isStable, watcher.stableSince], [true, 60]);
  });
});

describe('convergence: clocks and cross-checks', () => {
  it('clocks agree as long as the reading allows it', () => {
    assert.equal(clockOffset(undefined), 0);
    assert.equal(clockOffset({ sentAt: 10, at: 11, answeredAt: 14 }), 0);
    assert.equal(clockOffset({ sentAt: 10, at: 112, answeredAt: 14 }), 100);
    assert.equal(clockOffset({ sentAt: 10, at: 2, answeredAt: 14 }), -10);
  });

  it('a step of the clock on the wall shows beside the one that never steps', () => {
    assert.equal(clockStep({ wall: 1_000, steady: 500 }, { wall: 2_000, steady: 1_500 }), 0);
    assert.equal(clockStep({ wall: 1_000, steady: 500 }, { wall: 4_600_000, steady: 1_500 }), 4_598_000);
  });

  it('the last update of any kind of configuration', () => {
    const stats = {
      'listener_manager.lds.update_time': 5,
      'http.out.rds.r.update_time': 9,
      'cluster_manager.cds.update_time': 0,
    };
    assert.equal(lastUpdate({ ...stats, 'listener_manager.lds.update_attempt': 99 }), 9);
    assert.equal(lastUpdate({ 'listener_manager.lds.update_attempt': 99 }), undefined);
  });

  it('a first answer before the proxy changed, or long after, is flagged', () => {
    const events = { proxy: 'c1', first: { low: 1_010, high: 1_012, gapMs: 2, answerMs: 3 } };
    assert.deepEqual(compareWithProxy(events, 1_011, 1_000), { proxy: 'c1', gapMs: 1, flagged: false });
    assert.equal(compareWithProxy(events, 1_015, 1_000)?.flagged, false, 'it was under way while the proxy changed');
    assert.equal(compareWithProxy(events, 1_017, 1_000)?.flagged, true);
    assert.equal(
      compareWithProxy({ ...events, first: { ...events.first, low: 1_040, high: 1_042 } }, 1_011, 1_000)?.flagged,
      true,
    );
    assert.equal(compareWithProxy(events, 900, 1_000), undefined, 'took nothing over since');
    assert.equal(compareWithProxy({ proxy: 'c1' }, 1_011, 1_000), undefined);
  });
});
