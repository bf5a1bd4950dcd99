import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { createK3sEnvironment } from '../../../../src/environments/k3s/k3s-environment.js';
import { runRegistryDir } from '../../../../src/environments/local/run-state.js';
import { FalsePrograms } from '../false-programs.js';

const IMAGE = 'rancher/k3s:v1.34.1-k3s1';

describe('k3s', () => {
  let programs: FalsePrograms;
  beforeEach(async () => (programs = await FalsePrograms.create()));
  afterEach(() => programs[Symbol.asyncDispose]());

  const create = (k3sImage?: string): Promise<unknown> =>
    createK3sEnvironment({
      ...{ runId: 'r1', keep: false, log: () => undefined },
      ...(k3sImage === undefined ? {} : { k3sImage }),
    });

  it('has no default image, and says so before it asks for anything', async () => {
    await assert.rejects(create(), { code: 'E_CLUSTER_IMAGE', exitCode: 4, hint: /--k3s-image rancher\/k3s/ });
  });

  it('pulls an image that is not there; one that cannot be pulled is told, and nothing is left', async () => {
    await programs.install(
      'docker',
      `case "$1" in
         info) echo '{"ServerVersion":"28"}';;
         image) echo '[]'; exit 1;;
         pull) echo 'Error response from daemon: manifest for ${IMAGE} not found' >&2; exit 1;;
       esac`,
    );
    await assert.rejects(create(IMAGE), { code: 'E_IMAGE_PULL', exitCode: 3, message: /manifest for .* not found/ });
    assert.ok((await programs.calls()).includes(`docker pull --quiet ${IMAGE}`));
    assert.equal(existsSync(join(runRegistryDir(), 'r1.json')), false);
  });

  describe('with an image', () => {
    /** Docker's API as far as the creation of the container, which it refuses. */
    let engine: Server;
    let asked: { Image?: string; Labels?: Record<string, string>; HostConfig?: { Privileged?: boolean } } | undefined;
    const host = process.env['DOCKER_HOST'];

    beforeEach(async () => {
      asked = undefined;
      engine = createServer((request, response) => {
        const chunks: Buffer[] = [];
        request.on('data', (chunk: Buffer) => chunks.push(chunk));
        request.on('end', () => {
          const url = request.url ?? '';
          response.setHeader('content-type', 'application/json');
          if (url.includes('/containers/create')) {
            asked = JSON.parse(Buffer.concat(chunks).toString()) as typeof asked;
            response.statusCode = 500;
            return response.end(JSON.stringify({ message: 'unable to apply caps' }));
          }
          const known = { ServerVersion: '28', OperatingSystem: 'x', Id: 'sha256:x', Architecture: 'amd64' };
          return response.end(JSON.stringify(url.includes('/info') || url.includes('/images/') ? known : []));
        });
      });
      const socket = join(programs.dir, 'docker.sock');
      await new Promise<void>((resolve) => engine.listen(socket, resolve));
      process.env['DOCKER_HOST'] = `unix://${socket}`;
      await programs.install(
        'docker',
        `case "$1" in
           info) echo '{"ServerVersion":"28"}';;
           image) echo '[{"Id":"sha256:x","Size":1,"RepoTags":["${IMAGE}"]}]';;
         esac`,
      );
    });
    afterEach(async () => {
      if (host === undefined) delete process.env['DOCKER_HOST'];
      else process.env['DOCKER_HOST'] = host;
      engine.closeAllConnections();
      await new Promise((resolve) => engine.close(resolve));
    });

    it('asks for a privileged container of that image with the label of the run; its failure leaves nothing', async function () {
      this.timeout(60_000);
      await assert.rejects(create(IMAGE), { code: 'E_CLUSTER_START', message: /unable to apply caps/ });
      assert.equal(asked?.Image, IMAGE);
      assert.equal(asked.Labels?.['meshgauge.dev/run'], 'r1');
      assert.equal(asked.HostConfig?.Privileged, true);
      assert.ok((await programs.calls()).some((call) => call.includes('label=meshgauge.dev/run=r1')));
      assert.equal(existsSync(join(runRegistryDir(), 'r1.json')), false);
    });
  });
});
