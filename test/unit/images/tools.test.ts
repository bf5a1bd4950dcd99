import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { chartFolder, chartPath } from '../../../src/images/charts.js';
import { builtToolPath, findTool } from '../../../src/images/tools.js';

const VARIABLES = ['PATH', 'KIND_PATH', 'XDG_CACHE_HOME'] as const;

describe('finding tools and charts', () => {
  let dir: string;
  const before = new Map(VARIABLES.map((name) => [name, process.env[name]]));

  async function program(path: string): Promise<string> {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, '#!/bin/sh\n');
    await chmod(path, 0o755);
    return path;
  }

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'meshgauge-tools-'));
    process.env['PATH'] = join(dir, 'path');
    process.env['XDG_CACHE_HOME'] = join(dir, 'cache');
    delete process.env['KIND_PATH'];
  });

  afterEach(async () => {
    for (const [name, value] of before)
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    await rm(dir, { recursive: true, force: true });
  });

  it('takes what is named before PATH, and PATH before what was built', async () => {
    const built = await program(builtToolPath('kind'));
    assert.equal(await findTool('kind'), built);
    const onPath = await program(join(dir, 'path', 'kind'));
    assert.equal(await findTool('kind'), onPath);
    process.env['KIND_PATH'] = await program(join(dir, 'my-kind'));
    assert.equal(await findTool('kind'), join(dir, 'my-kind'));
  });

  it('does not fall back from what is named', async () => {
    await program(join(dir, 'path', 'kind'));
    process.env['KIND_PATH'] = join(dir, 'not-there');
    await assert.rejects(findTool('kind'), { code: 'E_TOOL_PATH', exitCode: 4 });
  });

  it('passes over files that cannot be executed', async () => {
    await chmod(await program(join(dir, 'path', 'kind')), 0o644);
    await assert.rejects(findTool('kind'), { code: 'E_NO_TOOL', exitCode: 3 });
  });

  it('says for each tool what to do without it', async () => {
    await assert.rejects(findTool('go'), { code: 'E_NO_GO' });
    await assert.rejects(findTool('docker'), { code: 'E_NO_DOCKER' });
    await assert.rejects(findTool('helm'), { code: 'E_NO_TOOL', hint: /meshgauge images build/ });
  });

  it('takes a chart that was built before a published one', async () => {
    const published = 'https://charts.example';
    assert.deepEqual(await chartPath('mesh', '1.0.0', published), { chart: 'mesh', repo: published });
    await assert.rejects(chartPath('mesh', '1.0.0'), { code: 'E_NO_CHART' });
    await mkdir(chartFolder('mesh', '1.0.0'), { recursive: true });
    await writeFile(join(chartFolder('mesh', '1.0.0'), 'Chart.yaml'), 'name: mesh\n');
    assert.deepEqual(await chartPath('mesh', '1.0.0', published), { chart: chartFolder('mesh', '1.0.0') });
  });
});
