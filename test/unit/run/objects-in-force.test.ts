import assert from 'node:assert/strict';
import { loadDriver } from '../../../drivers/index.js';
import { group, http, match, target } from '../../../src/cases/objects.js';
import { CannotExpress } from '../../../src/cases/context.js';
import { createLocalEnvironment, type LocalEnvironment } from '../../../src/environments/local/local-environment.js';
import type { ChangeLine, EvidenceLine } from '../../../src/evidence/records.js';
import type { Fidelity } from '../../../src/mesh/driver.js';
import type { SmiObject } from '../../../src/smi/model.js';
import { Lane } from '../../../src/run/lane.js';
import { ObjectsInForce } from '../../../src/run/objects-in-force.js';
import { loadWorkloadSet } from '../../../src/workloads/workload-set.js';
import { ACCESS } from '../../../suites/fixtures.js';

const ROUTES = group('routes', [match('any', '/a')]);
const GRANT = target('grant', { from: ['c1'], rules: [http('routes')] });
const OTHER = group('other', [match('any', '/b')]);

describe('run/objects-in-force', () => {
  let env: LocalEnvironment;
  let lines: EvidenceLine[];
  let fidelity: Fidelity;
  let inForce: ObjectsInForce;

  beforeEach(async () => {
    env = createLocalEnvironment({ runId: 'unit-objects', seed: 1, keep: false, log: () => undefined });
    await env.createNamespaces(['lane1-ns1']);
    const none = await (await loadDriver('none')).install(env, { seed: 1, faults: [], options: {} });
    fidelity = 'native';
    // A mesh that takes SMI as it is written.
    none.express = (wanted) => ({
      objects: wanted.map(({ manifest }) => manifest),
      faithfulness: wanted.map(() => ({ fidelity, reasons: fidelity === 'unsupported' ? ['no such thing here'] : [] })),
    });
    const lane = new Lane({
      name: 'lane1',
      fixture: ACCESS,
      workloads: await loadWorkloadSet('access'),
      env,
      mesh: none,
      requestTimeoutMs: 1_000,
    });
    lines = [];
    inForce = new ObjectsInForce(lane, 'acc-01', (line) => lines.push(line));
  });
  afterEach(() => env[Symbol.asyncDispose]());

  const become = (name: string, ...objects: SmiObject[]): Promise<void> => inForce.become({ name, objects }, []);
  const inCluster = (): string[] =>
    env.api.objects().map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`);
  const changes = (): string[] =>
    lines
      .filter((line): line is ChangeLine => line.kind === 'change')
      .map(
        ({ phase, action, object, accepted }) =>
          `${phase}: ${action} ${'metadata' in object ? object.metadata.name : object.name}${accepted ? '' : ' refused'}`,
      );

  it('applies what a phase wants, in the order given, under names and in namespaces of its own', async () => {
    await become('one', ROUTES, GRANT);
    assert.deepEqual(inCluster(), ['HTTPRouteGroup lane1-ns1/acc-01-routes', 'TrafficTarget lane1-ns1/acc-01-grant']);
    assert.deepEqual(changes(), ['one: apply acc-01-routes', 'one: apply acc-01-grant']);
    assert.deepEqual([...inForce.identities()], ['s']);
  });

  it('changes only the difference: deletes first, leaves alone what stays', async () => {
    await become('one', ROUTES, GRANT);
    await become('two', ROUTES, OTHER);
    assert.deepEqual(inCluster().sort(), [
      'HTTPRouteGroup lane1-ns1/acc-01-other',
      'HTTPRouteGroup lane1-ns1/acc-01-routes',
    ]);
    assert.deepEqual(changes().slice(2), ['two: delete acc-01-grant', 'two: apply acc-01-other']);
    assert.deepEqual([...inForce.identities()], []);
  });

  it('applies an object again when its content changed, and touches it when asked', async () => {
    await become('one', ROUTES);
    await become('two', { ...ROUTES, matches: [match('any', '/c')] });
    await inForce.touch('two', ROUTES);
    assert.deepEqual(changes(), ['one: apply acc-01-routes', 'two: apply acc-01-routes', 'two: apply acc-01-routes']);
    assert.deepEqual(env.api.objects()[0]?.metadata.annotations, { 'meshgauge.dev/touch': '1' });
  });

  it('touches what is in force: matches that were written out stay so', async () => {
    await become('one', ROUTES, GRANT);
    await inForce.touch('one', GRANT);
    const spec = env.api.objects().find(({ kind }) => kind === 'TrafficTarget')?.['spec'];
    assert.deepEqual((spec as { rules: unknown }).rules, [
      { kind: 'HTTPRouteGroup', name: 'acc-01-routes', matches: ['any'] },
    ]);
  });

  it('writes down a refusal with the words of the API, and goes on', async () => {
    using _hook = env.api.addAdmission({ refuses: ({ kind }) => (kind === 'TrafficTarget' ? 'not today' : undefined) });
    await become('one', GRANT, ROUTES);
    assert.deepEqual(changes(), ['one: apply acc-01-grant refused', 'one: apply acc-01-routes']);
    const refused = lines.find((line) => line.kind === 'change');
    assert.match(refused?.kind === 'change' ? (refused.message ?? '') : '', /not today/);
  });

  it('remembers the worst fidelity, and stops at what the mesh cannot say', async () => {
    fidelity = 'lossy';
    await become('one', ROUTES);
    fidelity = 'exact';
    await become('two', ROUTES, OTHER);
    assert.equal(inForce.fidelity, 'lossy');
    fidelity = 'unsupported';
    await assert.rejects(become('three', GRANT), CannotExpress);
  });

  it('keeps on record how each object that is not plain SMI was said', async () => {
    fidelity = 'exact';
    await become('one', ROUTES);
    const facts = lines.flatMap((line) => (line.kind === 'fact' ? [[line.name, line.value]] : []));
    assert.deepEqual(facts, [['expression of acc-01/HTTPRouteGroup/ns1/routes', { fidelity: 'exact', reasons: [] }]]);
  });

  it('cannot offer an object to an API that does not know its kind', async () => {
    const raw = { apiVersion: 'specs.smi-spec.io/v9', kind: 'TCPRoute', metadata: { name: 'raw' }, spec: {} };
    await assert.rejects(inForce.applyRaw('one', raw), CannotExpress);
  });

  it('leaves the cluster as it was, raw objects included', async () => {
    await become('one', ROUTES, GRANT);
    await inForce.applyRaw('one', {
      apiVersion: 'specs.smi-spec.io/v1alpha4',
      kind: 'TCPRoute',
      metadata: { name: 'raw' },
      spec: { matches: { ports: [1] } },
    });
    assert.equal(inCluster().length, 3);
    await inForce.clear();
    assert.deepEqual(inCluster(), []);
  });
});
