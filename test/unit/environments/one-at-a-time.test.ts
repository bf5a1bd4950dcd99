import assert from 'node:assert/strict';
import { oneAtATime } from '../../../src/environments/one-at-a-time.js';

describe('one at a time', () => {
  it('starts a call when the one before is over, even when that failed', async () => {
    const events: string[] = [];
    const work = oneAtATime(async (name: string) => {
      events.push(`+${name}`);
      await new Promise(setImmediate);
      events.push(`-${name}`);
      if (name === 'a') throw new Error(name);
    });
    const ends = await Promise.allSettled([work('a'), work('b'), work('c')]);
    assert.deepEqual(events, ['+a', '-a', '+b', '-b', '+c', '-c']);
    assert.deepEqual(
      ends.map(({ status }) => status),
      ['rejected', 'fulfilled', 'fulfilled'],
    );
  });
});
