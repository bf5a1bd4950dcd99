import assert from 'node:assert/strict';
import { Teardown } from '../../../src/run/teardown.js';

describe('run/teardown', () => {
  it('undoes the last step first, one after the other', async () => {
    const undone: string[] = [];
    const teardown = new Teardown();
    for (const step of ['a', 'b', 'c']) {
      teardown.defer(step, async () => {
        undone.push(`${step} starts`);
        await Promise.resolve();
        undone.push(`${step} ends`);
      });
    }
    assert.deepEqual(await teardown.run(), []);
    assert.deepEqual(undone, ['c starts', 'c ends', 'b starts', 'b ends', 'a starts', 'a ends']);
  });

  it('goes on when a step fails, and says which could not be undone', async () => {
    const undone: string[] = [];
    const teardown = new Teardown();
    teardown.defer('first', () => void undone.push('first'));
    teardown.defer('second', () => {
      throw new Error('stuck');
    });
    teardown.defer('third', () => Promise.reject('gone'));
    assert.deepEqual(await teardown.run(), ['third: gone', 'second: stuck']);
    assert.deepEqual(undone, ['first']);
  });

  it('undoes what is deferred while it runs, and everything only once', async () => {
    const undone: string[] = [];
    const teardown = new Teardown();
    teardown.defer('outer', () => teardown.defer('inner', () => void undone.push('inner')));
    await teardown.run();
    await teardown.run();
    assert.deepEqual(undone, ['inner']);
  });
});
