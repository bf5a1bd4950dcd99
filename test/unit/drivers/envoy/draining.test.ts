import assert from 'node:assert/strict';
import { DrainWatch } from '../../../../drivers/envoy/draining.js';

describe('envoy/draining', () => {
  const counts = new Map<string, number>();
  let asked: string[] = [];
  const watch = (): DrainWatch<string> =>
    new DrainWatch(
      (ref: string) => {
        asked.push(ref);
        return Promise.resolve(counts.get(ref) ?? 0);
      },
      (ref) => ref,
    );
  const look = async (drains: DrainWatch<string>): Promise<readonly [boolean, string]> => {
    asked = [];
    return [await drains.isOver(['a', 'b', 'c']), asked.join('')];
  };
  afterEach(() => counts.clear());

  it('is over at once where nothing drains', async () => {
    assert.deepEqual(await look(watch()), [true, 'abc']);
  });

  it('asks only those again that drained, and then all others once more', async () => {
    const drains = watch();
    counts.set('b', 2);
    assert.deepEqual(await look(drains), [false, 'abc']);
    assert.deepEqual(await look(drains), [false, 'b']);
    counts.delete('b');
    assert.deepEqual(await look(drains), [true, 'bac']);
    assert.deepEqual(await look(drains), [true, 'abc']);
  });

  it('finds a proxy that began to drain while another one was waited for', async () => {
    const drains = watch();
    counts.set('b', 1);
    await look(drains);
    counts.delete('b');
    counts.set('c', 1);
    assert.deepEqual(await look(drains), [false, 'bac']);
    assert.deepEqual(await look(drains), [false, 'c']);
    counts.clear();
    assert.deepEqual(await look(drains), [true, 'cab']);
  });
});
