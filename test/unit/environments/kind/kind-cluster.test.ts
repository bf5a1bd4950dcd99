import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createKindCluster, listNodes, tellingLines } from '../../../../src/environments/kind/kind-cluster.js';
import { pollUntil } from '../../../../src/environments/local/poll.js';
import { startTicksOf } from '../../../../src/environments/local/process-identity.js';
import { FalsePrograms } from '../false-programs.js';

const KUBEADM_FAILED = `Creating cluster "c" ...
 ✓ Ensuring node image (x) 🖼
 ✗ Starting control-plane 🕹️
ERROR: failed to create cluster: failed to init node with kubeadm: command "docker exec" failed with error: exit status 1

Command Output: I1122 kubelet.go:1] waiting
[kubelet-check] The kubelet is not healthy after 4m0s
error execution phase wait-control-plane: could not initialize a Kubernetes cluster`;

describe('kind create', () => {
  let programs: FalsePrograms;
  beforeEach(async () => (programs = await FalsePrograms.create()));
  afterEach(() => programs[Symbol.asyncDispose]());

  const create = async (signal?: AbortSignal): Promise<void> => {
    const debugDir = join(programs.dir, 'debug');
    await mkdir(debugDir, { recursive: true });
    await createKindCluster({
      ...{ name: 'c', runId: 'r1', kubeconfigPath: '/k', configPath: '/c', image: 'n:1', waitMs: 90_000, debugDir },
      ...(signal === undefined ? {} : { signal }),
    });
  };
  /** Shows one container of the cluster until it is removed. */
  const installDocker = (): Promise<void> =>
    programs.install(
      'docker',
      `[ "$1" = ps ] && ! grep -q 'docker rm' ${programs.dir}/calls && echo c-control-plane; exit 0`,
    );

  it('asks for a kubeconfig of its own, the image, and leave to look at what failed', async () => {
    await programs.install('kind', 'exit 0');
    await create();
    assert.deepEqual(await programs.calls(), [
      'kind create cluster --name c --config /c --kubeconfig /k --wait 90s --retain --image n:1',
    ]);
  });

  it('without kind: says how to come by it', async () => {
    await installDocker();
    programs.hidePath();
    process.env['DOCKER_PATH'] = join(programs.dir, 'docker');
    await assert.rejects(create(), { code: 'E_NO_TOOL', message: /no kind/, hint: /KIND_PATH/ });
  });

  it('that fails: says why, keeps the log, and removes what there is', async () => {
    await installDocker();
    await programs.install('kind', `[ "$1" = create ] && { cat >&2 <<'END'\n${KUBEADM_FAILED}\nEND\nexit 1; }`);
    await assert.rejects(create(), {
      code: 'E_KIND_CREATE',
      exitCode: 3,
      message: /failed to init node with kubeadm[\s\S]*wait-control-plane/,
      hint: /debug\/kind-create\.log/,
    });
    assert.equal((await readFile(join(programs.dir, 'debug', 'kind-create.log'), 'utf8')).trim(), KUBEADM_FAILED);
    const calls = await programs.calls();
    assert.ok(calls.includes('docker rm --force --volumes c-control-plane'), calls.join('\n'));
    assert.ok(calls.some((call) => call.startsWith('kind export logs')));
  });

  for (const [said, code] of [
    ['ERROR: failed to create cluster: failed to pull image "n:1": exit status 1', 'E_IMAGE_PULL'],
    ['ERROR: failed to create cluster: docker: write /x: no space left on device.', 'E_DISK_FULL'],
  ] as const)
    it(`tells ${code} apart`, async () => {
      await installDocker();
      await programs.install('kind', `[ "$1" = create ] && { echo '${said}' >&2; exit 1; }`);
      await assert.rejects(create(), { code });
    });

  it('interrupted: ends kind with all that it started, and removes what there is', async () => {
    await installDocker();
    const pidFile = join(programs.dir, 'pid');
    await programs.install('kind', `sleep 300 & echo $! > ${pidFile}; wait`);
    const stop = new AbortController();
    const reason = new Error('Ctrl-C');
    const creating = create(stop.signal);
    const ended = assert.rejects(creating, reason);
    await pollUntil(async () => existsSync(pidFile) && (await readFile(pidFile, 'utf8')).endsWith('\n'), {
      deadlineMs: 10_000,
      what: 'kind to start something',
    });
    stop.abort(reason);
    await ended;
    const child = Number(await readFile(pidFile, 'utf8'));
    assert.equal(await startTicksOf(child), undefined);
    assert.ok((await programs.calls()).includes('docker rm --force --volumes c-control-plane'));
  });

  it('shows its verdict first and no more than the lines that tell', () => {
    const told = tellingLines(KUBEADM_FAILED);
    assert.match(told[0] ?? '', /^ERROR: failed to create cluster/);
    assert.match(told.at(-1) ?? '', /wait-control-plane/);
    assert.ok(told.every((line) => !line.includes('Starting control-plane')));
    assert.deepEqual(tellingLines('only this'), ['only this']);
  });

  it('knows the nodes from the load balancer', async () => {
    await programs.install(
      'docker',
      `printf 'c-worker worker\nc-control-plane control-plane\nc-lb external-load-balancer\n'`,
    );
    assert.deepEqual(await listNodes('c'), ['c-control-plane', 'c-worker']);
  });
});
