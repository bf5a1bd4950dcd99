import assert from 'node:assert/strict';
import { checkContainers } from '../../../../src/environments/containers/preflight.js';

describe('containers: preflight', () => {
  it('wants Linux', async () => {
    const [problem] = await checkContainers({ platform: 'darwin' });
    assert.equal(problem?.code, 'E_PLATFORM');
    assert.match(problem.hint, /--env kind/);
  });

  it('wants an engine of this host', async () => {
    const [problem] = await checkContainers({ platform: 'linux', dockerHost: 'tcp://elsewhere:2376' });
    assert.equal(problem?.code, 'E_DOCKER_REMOTE');
    assert.match(problem.message, /tcp:\/\/elsewhere:2376/);
  });
});
