import assert from 'node:assert/strict';
import { JobQueue, type Work } from '../../../src/mutation/job-queue.js';

const job = (fixture: string, fault?: string): Work => ({ fixture, ...(fault === undefined ? {} : { fault }) });

describe('mutation: job queue', () => {
  it('gives a bench what its fixture can do, in order', async () => {
    const queue = new JobQueue<Work>();
    const [first, other, second] = [job('a', 'x'), job('b', 'x'), job('a', 'y')];
    queue.add([first, other, second]);
    assert.equal(await queue.take({ fixture: 'a' }), first);
    assert.equal(await queue.take({ fixture: 'a' }), second);
    assert.equal(await queue.take({ fixture: 'b' }), other);
  });

  it('lets a bench stay with its fault', async () => {
    const queue = new JobQueue<Work>();
    const [x, y] = [job('a', 'x'), job('a', 'y')];
    queue.add([x, y]);
    assert.equal(await queue.take({ fixture: 'a', fault: 'y' }), y);
    assert.equal(await queue.take({ fixture: 'a', fault: 'y' }), x);
  });

  it('waits for work until it is closed', async () => {
    const queue = new JobQueue<Work>();
    const waiting = [queue.take({ fixture: 'a' }), queue.take({ fixture: 'b' })] as const;
    const late = job('b');
    queue.add([late]);
    assert.equal(await waiting[1], late);
    queue.close();
    assert.equal(await waiting[0], undefined);
    assert.equal(await queue.take({ fixture: 'a' }), undefined);
  });

  it('gives back what nobody has begun', async () => {
    const queue = new JobQueue<Work>();
    const [begun, left] = [job('a'), job('a')];
    queue.add([begun, left]);
    await queue.take({ fixture: 'a' });
    assert.deepEqual(queue.withdraw(), [left]);
    queue.close();
    assert.equal(await queue.take({ fixture: 'a' }), undefined);
  });
});
