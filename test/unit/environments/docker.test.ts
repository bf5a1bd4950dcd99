import assert from 'node:assert/strict';
import { inspectEngine, maySetResources, removeContainers, runDocker } from '../../../src/environments/docker.js';
import { FalsePrograms } from './false-programs.js';

describe('the Docker engine', () => {
  let programs: FalsePrograms;
  beforeEach(async () => (programs = await FalsePrograms.create()));
  afterEach(() => programs[Symbol.asyncDispose]());

  it('without docker: says so', async () => {
    programs.hidePath();
    await assert.rejects(inspectEngine(), { code: 'E_NO_DOCKER', exitCode: 3 });
  });

  const silent = 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?';
  const refused =
    'permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: dial unix /var/run/docker.sock: connect: permission denied';
  const troubles = [
    { what: 'an engine that does not run', said: silent, code: 'E_DOCKER_DOWN', hint: /systemctl start docker/ },
    { what: 'an engine we may not use', said: refused, code: 'E_DOCKER_PERMISSION', hint: /usermod -aG docker/ },
  ];
  for (const { what, said, code, hint } of troubles) {
    it(`${what}: from a client that fails`, async () => {
      await programs.install('docker', `echo '${said}' >&2; exit 1`);
      await assert.rejects(inspectEngine(), { code, hint });
      await assert.rejects(runDocker(['ps']), { code, hint });
    });

    it(`${what}: from an old client that answers half and does not fail`, async () => {
      await programs.install('docker', `echo '${JSON.stringify({ ServerErrors: [said] })}'`);
      await assert.rejects(inspectEngine(), { code });
    });
  }

  it('reads what the engine says of itself', async () => {
    const info = { ServerVersion: '28.1', CgroupVersion: '1', DockerRootDir: '/d', DefaultRuntime: 'trimmed' };
    await programs.install('docker', `echo '${JSON.stringify(info)}'`);
    assert.deepEqual(await inspectEngine(), {
      version: '28.1',
      cgroupVersion: '1',
      rootDir: '/d',
      defaultRuntime: 'trimmed',
    });
  });

  it('hands on what Docker said when it is none of these', async () => {
    await programs.install('docker', 'echo "invalid reference format" >&2; exit 125');
    await assert.rejects(runDocker(['pull', '..']), {
      code: 'E_DOCKER',
      message: /docker pull failed: invalid reference/,
    });
  });

  it('looks again after removing containers, until there is none', async () => {
    await programs.install(
      'docker',
      `case "$1" in
         ps) [ $(grep -c 'docker rm' ${programs.dir}/calls) -lt 2 ] && echo "c$(grep -c 'docker rm' ${programs.dir}/calls)";;
       esac; exit 0`,
    );
    assert.deepEqual(await removeContainers('a=b'), ['c0', 'c1']);
  });

  it('does not look for ever at one that comes back', async () => {
    await programs.install('docker', '[ "$1" = ps ] && echo undead; exit 0');
    await assert.rejects(removeContainers('a=b', 300), { code: 'E_DEADLINE', message: /containers labelled a=b/ });
  });

  it('knows whether CAP_SYS_RESOURCE is withheld', () => {
    assert.equal(maySetResources('Name:\tx\nCapBnd:\t000001fffeffffff\n'), false);
    assert.equal(maySetResources('Name:\tx\nCapBnd:\t000001ffffffffff\n'), true);
    assert.equal(maySetResources('no such line'), true);
  });
});
