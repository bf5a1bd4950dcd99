import assert from 'node:assert/strict';
import { AddressPool, claimLoopbackBlock } from '../../../../src/environments/local/loopback.js';

describe('loopback addresses', () => {
  it('gives each run a block of its own', async () => {
    const blocks = await Promise.all(Array.from({ length: 20 }, claimLoopbackBlock));
    try {
      assert.equal(new Set(blocks.map(({ network }) => network)).size, 20);
      for (const { network, pods, services } of blocks) {
        const [, a, b] = /^127\.(\d+)\.(\d+)\.0\/23$/.exec(network) ?? [];
        assert.ok(Number(a) >= 64 && Number(a) <= 127 && Number(b) % 2 === 0, network);
        assert.equal(pods.take(), `127.${a}.${b}.10`);
        assert.equal(services.take(), `127.${a}.${Number(b) + 1}.1`);
      }
    } finally {
      await Promise.all(blocks.map((block) => block[Symbol.asyncDispose]()));
    }
  });

  it('hands a freed address out last', () => {
    const pool = new AddressPool('127.64.0', 10, 12);
    assert.deepEqual([pool.take(), pool.take()], ['127.64.0.10', '127.64.0.11']);
    pool.release('127.64.0.10');
    assert.deepEqual([pool.take(), pool.take()], ['127.64.0.12', '127.64.0.10']);
    assert.throws(() => pool.take(), { code: 'E_ADDRESSES_EXHAUSTED' });
  });

  it('hands out a wanted address once', () => {
    const pool = new AddressPool('127.64.0', 10, 12);
    assert.equal(pool.take('127.64.0.11'), '127.64.0.11');
    assert.throws(() => pool.take('127.64.0.11'), { code: 'E_ADDRESS_TAKEN' });
    assert.throws(() => pool.take('127.65.0.12'), { code: 'E_ADDRESS_TAKEN' });
    pool.release('127.64.0.11');
    assert.equal(pool.take('127.64.0.11'), '127.64.0.11');
  });

  it('ignores a release of what was not taken', () => {
    const pool = new AddressPool('127.64.0', 10, 11);
    pool.release('127.64.0.10');
    pool.take();
    pool.take();
    assert.throws(() => pool.take(), { code: 'E_ADDRESSES_EXHAUSTED' });
  });
});
