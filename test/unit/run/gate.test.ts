import assert from 'node:assert/strict';
import type { ClientRecord } from '../../../fixtures/agent/protocol.js';
import { waitForMarkers, type Marker } from '../../../src/run/gate.js';

const now = (): number => performance.timeOrigin + performance.now();

/** A marker that shows from its n-th look on. */
function markerFrom(look: number, what = 'the marker'): Marker & { readonly prefixes: string[] } {
  const prefixes: string[] = [];
  return {
    what,
    objects: [],
    prefixes,
    look: async (idPrefix) => {
      prefixes.push(idPrefix);
      return { seen: prefixes.length >= look, records: [{ kind: 'client', id: `${idPrefix}0` } as ClientRecord] };
    },
  };
}

const wait = (markers: readonly Marker[], rest: { deadlineMs?: number; signal?: AbortSignal } = {}) =>
  waitForMarkers(markers, {
    since: now(),
    deadlineMs: 2_000,
    idPrefix: 'g/',
    signal: new AbortController().signal,
    ...rest,
  });

describe('run/gate', () => {
  it('is passed once every marker has shown, and keeps first and last sight apart', async () => {
    const [early, late] = [markerFrom(1), markerFrom(4)];
    const result = await wait([early, late]);
    assert.equal(result.converged, true);
    assert.equal(early.prefixes.length, 1, 'a marker that was seen is not looked for again');
    assert.equal(late.prefixes.length, 4);
    assert.ok(result.firstMs !== undefined && result.stableMs !== undefined && result.firstMs < result.stableMs);
    assert.equal(result.probes, 5);
    assert.equal(new Set(result.records.map(({ id }) => id)).size, 5, 'every request has an id of its own');
  });

  it('ends at its deadline and names what it waited for', async () => {
    const result = await wait([markerFrom(1, 'the fast proxy'), markerFrom(Infinity, 'the slow proxy')], {
      deadlineMs: 40,
    });
    assert.equal(result.converged, false);
    assert.equal(result.waitingFor, 'the slow proxy');
    assert.ok(result.firstMs !== undefined && result.stableMs === undefined);
  });

  it('has no time of first sight when nothing was ever seen', async () => {
    const result = await wait([markerFrom(Infinity)], { deadlineMs: 20 });
    assert.equal(result.converged, false);
    assert.equal(result.firstMs, undefined);
  });

  it('stops waiting when the run does', async () => {
    const controller = new AbortController();
    const waiting = wait([markerFrom(Infinity)], { signal: controller.signal });
    controller.abort(new Error('interrupted'));
    await assert.rejects(waiting);
  });
});
