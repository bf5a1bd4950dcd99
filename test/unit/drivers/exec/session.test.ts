import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadDriver } from '../../../../drivers/index.js';
import { loadExecDriver } from '../../../../drivers/exec/driver.js';
import type { Environment } from '../../../../src/environments/environment.js';
import { createLocalEnvironment } from '../../../../src/environments/local/local-environment.js';
import { HarnessError } from '../../../../src/errors/harness-error.js';
import type { PodPlan } from '../../../../src/mesh/driver.js';
import { LATEST_PROFILE } from '../../../../src/smi/model.js';
import { renderSmi } from '../../../../src/smi/render/index.js';
import { pod, split } from '../reference/world.js';

const DESCRIPTION = {
  protocol: 1,
  name: 'mine',
  description: 'a mesh of this test',
  versions: { mesh: '1', proxy: '2' },
  environments: ['local'],
  capabilities: {
    access: [],
    specs: [],
    split: ['v1alpha4'],
    headers: ['map'],
    kinds: ['TrafficSplit'],
    protocols: ['http'],
    mtls: ['off'],
    features: [],
    identity: 'none',
  },
};

/** A program whose `answers` maps methods to results; what is not there is refused. Functions get the parameters. */
function program(answers: string, description: object = DESCRIPTION): string {
  return `#!${process.execPath}
const answers = { describe: () => (${JSON.stringify(description)}), install: () => ({}), uninstall: () => ({}), ...(${answers}) };
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params } = JSON.parse(line);
  const raw = answers[method](params);
  if (raw !== undefined) process.stdout.write((typeof raw === 'string' ? raw : JSON.stringify(raw.code ? { id, error: raw } : { id, result: raw })) + '\\n');
});`;
}

describe('exec driver', () => {
  let dir: string;
  let env: Environment;
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'mg-exec-'));
    env = createLocalEnvironment({ runId: 'exec-unit', seed: 1, keep: false, log: () => undefined });
  });
  after(async () => {
    await env[Symbol.asyncDispose]();
    await rm(dir, { recursive: true, force: true });
  });

  const write = async (name: string, text: string, mode = 0o755): Promise<string> => {
    const path = join(dir, name);
    await writeFile(path, text);
    await chmod(path, mode);
    return path;
  };
  const load = async (name: string, answers: string, description?: object) =>
    loadExecDriver(await write(name, program(answers, description)));
  const install = async (name: string, answers: string, methods: readonly string[] = []) =>
    (await load(name, answers, { ...DESCRIPTION, methods })).install(env, { seed: 1, faults: [], options: {} });
  const hasCode =
    (code: string, pattern = /./) =>
    (error: unknown): boolean =>
      error instanceof HarnessError && error.code === code && pattern.test(error.message);

  it('describes itself, and is found by exec: and its path', async () => {
    const driver = await loadDriver(`exec:${await write('described', program('{}'))}`);
    assert.equal(driver.name, 'mine');
    assert.deepEqual(driver.versions, { mesh: '1', proxy: '2' });
    assert.deepEqual(driver.capabilities(env).kinds, ['TrafficSplit']);
    assert.deepEqual(await driver.preflight(env), []);
  });

  it('says what cannot be run', async () => {
    await assert.rejects(loadExecDriver(join(dir, 'absent')), hasCode('E_EXEC_DRIVER', /no executable/));
    await assert.rejects(loadExecDriver(await write('plain', 'x', 0o644)), hasCode('E_EXEC_DRIVER', /not executable/));
    await assert.rejects(
      loadExecDriver(await write('broken', '#!/no/such/interpreter\n')),
      hasCode('E_EXEC_DRIVER', /cannot be run/),
    );
    const dying = await write('dying', `#!${process.execPath}\nconsole.error('out of luck'); process.exit(3);`);
    await assert.rejects(loadExecDriver(dying), hasCode('E_EXEC_DRIVER', /exit code 3.*out of luck/));
  });

  it('checks every answer', async () => {
    await assert.rejects(
      load('wrong', '{}', { ...DESCRIPTION, protocol: 2, colour: 'red' }),
      hasCode('E_EXEC_DRIVER_ANSWER', /protocol.*colour|colour.*protocol/s),
    );
    await assert.rejects(
      load('chatty', "{ describe: () => 'hello' }"),
      hasCode('E_EXEC_DRIVER_ANSWER', /stdout.*hello/),
    );
    await assert.rejects(
      load('stray', '{ describe: () => JSON.stringify({ id: 99, result: {} }) }'),
      hasCode('E_EXEC_DRIVER_ANSWER', /no answer to an open question/),
    );
    await using mesh = await install('short', '{ express: () => ({ objects: [], faithfulness: [] }) }', ['express']);
    const object = split({ v1: 1 });
    const manifest = renderSmi(object, LATEST_PROFILE).manifest;
    assert.ok(manifest);
    await assert.rejects(
      async () => mesh.express([{ object, manifest }]),
      hasCode('E_EXEC_DRIVER_ANSWER', /1 objects/),
    );
  });

  it('tells its errors as its own', async () => {
    const refusal = "{ code: 'E_MY_MESH', message: 'no helm', hint: 'install helm', exitCode: 4 }";
    const driver = await load(
      'refusing',
      `{ install: () => (${refusal}), preflight: () => ({ problems: [${refusal}] }) }`,
      {
        ...DESCRIPTION,
        methods: ['preflight'],
      },
    );
    assert.deepEqual(await driver.preflight(env), [
      { code: 'E_MY_MESH', message: 'no helm', hint: 'install helm', exitCode: 4 },
    ]);
    await assert.rejects(
      driver.install(env, { seed: 1, faults: [], options: {} }),
      (error: unknown) => hasCode('E_MY_MESH', /no helm/)(error) && (error as HarnessError).exitCode === 4,
    );
  });

  it('refuses faults and environments that the description does not name', async () => {
    const driver = await load('strict', '{}', { ...DESCRIPTION, environments: ['kind'] });
    const [problem] = await driver.preflight(env);
    assert.equal(problem?.code, 'E_ENVIRONMENT_UNSUPPORTED');
    await assert.rejects(
      driver.install(env, { seed: 1, faults: ['x'], options: {} }),
      hasCode('E_UNKNOWN_FAULT', /called x/),
    );
  });

  it('decorates, changes only what is answered, and asks for readiness', async () => {
    const decoration = `({ pod, listen }) => ({
      listen: { 'tcp/8080': { kind: 'unix', path: pod.dir + '/app.sock' } },
      labels: { seen: Object.keys(listen).join('.') },
      sidecars: [{ name: 'proxy', command: '/bin/true', files: [{ path: 'a', content: 'b' }] }],
    })`;
    const answers = `{ decorate: ${decoration}, ready: ({ sidecar }) => ({ ready: sidecar === 'proxy' }) }`;
    await using mesh = await install('decorating', answers, ['decorate', 'ready']);
    const plan: PodPlan = {
      pod: { ...pod('s'), physicalPorts: new Map([['tcp/8080', 18_080]]) },
      listen: new Map([
        ['tcp/8080', { kind: 'tcp', host: '127.9.0.1', port: 18_080 }],
        ['tcp/9090', { kind: 'tcp', host: '127.9.0.1', port: 19_090 }],
      ]),
      sidecars: [],
    };
    const decorated = await mesh.decorate(plan);
    assert.deepEqual(decorated.listen.get('tcp/8080'), { kind: 'unix', path: '/run/s/app.sock' });
    assert.deepEqual(decorated.listen.get('tcp/9090'), plan.listen.get('tcp/9090'));
    assert.deepEqual(decorated.labels, { seen: 'tcp/8080.tcp/9090' });
    const [sidecar] = decorated.sidecars;
    assert.equal(await sidecar?.ready(), true);
    const outside = { ...plan, pod: { ...plan.pod, meshed: false } };
    assert.equal(await mesh.decorate(outside), outside);
  });

  it('has only the modes that it answers, and says SMI as it is unless it translates', async () => {
    await using mesh = await install('plain-smi', '{ setMode: () => ({}) }', ['setMode']);
    assert.ok(mesh.rotateCertificates === undefined);
    await mesh.setMode?.('ns1', { mtls: 'strict' });
    const object = split({ v1: 1 });
    const manifest = renderSmi(object, LATEST_PROFILE).manifest;
    assert.ok(manifest);
    assert.deepEqual(await mesh.express([{ object, manifest }]), {
      objects: [manifest],
      faithfulness: [{ fidelity: 'native', reasons: [] }],
    });
  });

  it('ends the program at the end, and fails what is still asked when the program dies', async () => {
    const mesh = await install('mortal', '{ proxies: () => process.exit(7) }', ['proxies']);
    await assert.rejects(mesh.proxies(), hasCode('E_EXEC_DRIVER', /exit code 7/));
    await assert.rejects(mesh.proxies(), hasCode('E_EXEC_DRIVER', /exit code 7/));
    await assert.rejects(async () => mesh[Symbol.asyncDispose](), hasCode('E_EXEC_DRIVER'));
    await mesh[Symbol.asyncDispose]();
  });
});
