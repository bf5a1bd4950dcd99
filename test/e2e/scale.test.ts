/** Simulated proxies against the real control plane of the reference mesh. */
import assert from 'node:assert/strict';
import { createReferenceDriver } from '../../drivers/reference/index.js';
import { createLocalEnvironment } from '../../src/environments/local/local-environment.js';
import { HarnessError } from '../../src/errors/harness-error.js';
import { isWhole, measureScale, type ScaleOptions } from '../../src/scale/measure-scale.js';
import type { SizeResult } from '../../src/scale/size-result.js';

const CHANGES = 2;

describe('scale: simulated proxies of the reference mesh', () => {
  for (const { xds, sizes } of [
    { xds: 'delta', sizes: [5, 20] },
    { xds: 'sotw', sizes: [20] },
  ] as const) {
    it(`${xds}: every client gets and acknowledges every change`, async () => {
      const { results, leftServices, leftProxies } = await measure({ xds, sizes, changes: CHANGES });
      assert.deepEqual(
        results.map(({ clients }) => clients),
        sizes,
      );
      for (const result of results) {
        assert.ok(isWhole(result), JSON.stringify(result));
        assert.equal(result.changes, CHANGES);
        // A cluster and its endpoints at least, whenever a service comes.
        assert.ok(result.responses >= result.clients, `${result.responses} responses`);
        assert.ok(result.bytes > 0 && (result.controlPlane?.cpuUs ?? 0) > 0);
        const { received, acknowledged, completed } = result;
        assert.ok(received && acknowledged && completed);
        assert.ok(received.firstMs <= received.medianMs && received.medianMs <= completed.lastMs);
        assert.ok(received.lastMs <= acknowledged.lastMs && acknowledged.lastMs <= completed.lastMs);
      }
      assert.equal(leftServices, 0);
      assert.equal(leftProxies, 0);
    });
  }

  it('shares connections when it is told to', async () => {
    const { results } = await measure({ xds: 'delta', sizes: [12], changes: 1, proxiesPerConnection: 5 });
    assert.ok(results.every(isWhole));
  });

  it('says when a control plane does not let the clients in', async () => {
    await using env = openLocal();
    await using mesh = await createReferenceDriver().install(env, { seed: 1, faults: [], options: {} });
    const simulateProxies: NonNullable<typeof mesh.simulateProxies> = async (pods) => {
      const simulated = await mesh.simulateProxies?.(pods);
      assert.ok(simulated);
      const nodes = simulated.nodes.map((node) => ({ ...node, id: `${node.id}/unknown` }));
      return { ...simulated, nodes, [Symbol.asyncDispose]: () => simulated[Symbol.asyncDispose]() };
    };
    const strangers = { driver: mesh.driver, enrol: (names: readonly string[]) => mesh.enrol(names), simulateProxies };
    await assert.rejects(
      measureScale({
        ...options(env),
        mesh: strangers,
        sizes: [2],
        changes: 1,
        xds: 'delta',
        connectDeadlineMs: 1_500,
      }),
      (error) =>
        error instanceof HarnessError &&
        error.code === 'E_SIMULATOR' &&
        /0 proxies .* no such node/.test(error.message),
    );
  });
});

function openLocal() {
  return createLocalEnvironment({ runId: `scale${process.pid}`, seed: 1, keep: false, log: () => undefined });
}

function options(env: ScaleOptions['env']) {
  return { env, services: 3, seed: 1, signal: new AbortController().signal, onSize: () => undefined };
}

async function measure(given: Pick<ScaleOptions, 'xds' | 'sizes' | 'changes' | 'proxiesPerConnection'>) {
  await using env = openLocal();
  await using mesh = await createReferenceDriver().install(env, { seed: 1, faults: [], options: {} });
  const seen: SizeResult[] = [];
  const results = await measureScale({ ...options(env), ...given, mesh, onSize: (result) => seen.push(result) });
  assert.deepEqual(seen, results);
  return { results, leftServices: env.api.services().length, leftProxies: (await mesh.proxies()).length };
}
