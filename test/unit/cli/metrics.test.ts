import assert from 'node:assert/strict';
import { STATISTICS } from '../../../drivers/statistics.js';
import { readWindow } from '../../../src/cli/metrics.js';
import { openGivenProxies, parseProxies } from '../../../src/cli/metrics-proxies.js';
import type { EnvoyStatistics } from '../../../src/mesh/driver.js';

const pod = (namespace: string, name: string) => ({ namespace, name });

describe('meshgauge metrics', () => {
  it('takes proxies one by one', () => {
    assert.deepEqual(
      parseProxies([
        'shop/web-1@10.0.0.5:15000',
        'c1@127.0.0.1:15000',
        'shop/c2,10.0.0.6@/run/c2/a.sock',
        'shop/c3@proxy.example:80',
      ]),
      [
        { pod: pod('shop', 'web-1'), address: '10.0.0.5', admin: { host: '10.0.0.5', port: 15_000 } },
        { pod: pod('default', 'c1'), admin: { host: '127.0.0.1', port: 15_000 } },
        { pod: pod('shop', 'c2'), address: '10.0.0.6', admin: { path: '/run/c2/a.sock' } },
        { pod: pod('shop', 'c3'), address: 'proxy.example', admin: { host: 'proxy.example', port: 80 } },
      ],
    );
  });

  it('names every proxy that it cannot read', () => {
    assert.throws(() => parseProxies(['web', 'a/b@host', 'a/b/c@host:1', 'shop/ok@h:1', '@h:1']), {
      code: 'E_PROXY_OPTION',
      exitCode: 4,
      message: '--proxy web, a/b@host, a/b/c@host:1, @h:1 names no proxy',
    });
  });

  it('takes windows as Kubernetes writes durations', () => {
    assert.equal(readWindow(), 30_000);
    assert.equal(readWindow('1m'), 60_000);
    for (const text of ['1', '10ms', 'soon'])
      assert.throws(() => readWindow(text), { code: 'E_METRICS_WINDOW', exitCode: 4 });
  });

  it('says that nobody answers where nobody does', async () => {
    using ground = openGivenProxies(
      parseProxies(['shop/gone@/nowhere/a.sock']),
      STATISTICS['reference'] as EnvoyStatistics,
    );
    await assert.rejects(async () => ground.read(), /ENOENT/);
    const { resources } = await ground.topology();
    assert.deepEqual(
      resources.filter(({ type }) => type === 'pods').map(({ name }) => name),
      ['gone'],
    );
  });
});
