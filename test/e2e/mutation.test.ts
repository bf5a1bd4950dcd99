import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import type { FaultSwitch } from '../../src/mesh/driver.js';
import { assertExplained, CliHome, waitForLine } from './cli-fixture.js';
import { ReferenceFixture } from './reference-fixture.js';
import { ALL_RULE, allow, EVERYTHING } from './reference-words.js';

describe('reference mesh: faults that come and go', function () {
  this.timeout(120_000);
  let fixture: ReferenceFixture;
  let faults: FaultSwitch;
  const listed = allow('s', 'c1', ALL_RULE);

  before(async () => {
    fixture = await ReferenceFixture.start('ref-switch');
    assert.ok(fixture.mesh.faults);
    ({ faults } = fixture.mesh);
    await fixture.service('s', { app: 's' });
    await fixture.startPods('c1', 'c2', 's');
    await fixture.apply(EVERYTHING);
  });
  beforeEach(async () => {
    await faults.set([]);
    await fixture.apply(listed);
    await untilAnswer('c1', 'yes');
    await untilAnswer('c2', 'no');
  });
  after(() => fixture[Symbol.asyncDispose]());

  const untilAnswer = (from: string, answer: 'yes' | 'no'): Promise<void> => fixture.becomes(answer, { from });

  it('change what proxies enforce, and leave nothing behind', async () => {
    await faults.set(['any-identity']);
    await untilAnswer('c2', 'yes');
    await faults.set(['deny-all']);
    await untilAnswer('c1', 'no');
    await faults.set([]);
    await untilAnswer('c1', 'yes');
    await untilAnswer('c2', 'no');
  });

  it('change what is heard, and all objects are read anew when they go', async () => {
    await faults.set(['revocation-ignored']);
    await fixture.delete(listed);
    await fixture.apply(allow('s', 'c2', ALL_RULE));
    await untilAnswer('c2', 'yes');
    assert.equal(await fixture.answer({ from: 'c1' }), 'yes', 'the deletion came before, and was not heard');
    await faults.set([]);
    await untilAnswer('c1', 'no');
    await fixture.delete(allow('s', 'c2', ALL_RULE));
  });

  it('hold changes back, which arrive at once when they go', async () => {
    await faults.set(['slow-config']);
    await fixture.delete(listed);
    assert.equal(await fixture.answer({ from: 'c1' }), 'yes');
    await faults.set([]);
    await untilAnswer('c1', 'no');
  });

  it('are watched for what they would reach, without a change', async () => {
    using watch = faults.watch(['any-identity', 'slow-config', 'ignore-split', 'revocation-ignored']);
    assert.deepEqual(watch.reached(), []);
    await fixture.apply(allow('s', 'c2', ALL_RULE));
    await untilAnswer('c2', 'yes');
    assert.deepEqual(watch.reached().toSorted(), ['any-identity', 'slow-config']);
    await fixture.delete(allow('s', 'c2', ALL_RULE));
    await untilAnswer('c2', 'no');
    assert.deepEqual(watch.reached().toSorted(), ['any-identity', 'revocation-ignored', 'slow-config']);
  });

  it('are refused by name when there is none', async () => {
    await assert.rejects(faults.set(['nonsense']), { code: 'E_UNKNOWN_FAULT' });
  });
});

describe('meshgauge mutation', function () {
  this.timeout(240_000);
  let home: CliHome;
  before(async () => {
    home = await CliHome.create();
  });
  after(() => home[Symbol.asyncDispose]());

  it('tries faults against cases, and says how each cell was decided', async () => {
    const cases = ['--case', 'ACC-03', 'SPC-05', 'SPL-11'];
    const ended = await home.call([
      'mutation',
      ...cases,
      '--fault',
      'any-identity',
      'prefix-path',
      'ignore-split',
      '--out',
      'm',
      '--document',
      'd.md',
    ]);
    assert.equal(ended.exitCode, 0, `${ended.stdout}\n${ended.stderr}`);
    const page = await readFile(home.path('m', 'mutation.md'), 'utf8');
    assert.match(page, /^ACC-03 =X\.$/m);
    assert.match(page, /^SPC-05 X=\.$/m);
    assert.match(page, /^SPL-11 \.=X$/m);
    assert.match(page, /not all cases and faults/);
    await assert.rejects(readFile(home.path('d.md')), { code: 'ENOENT' }, 'a part must not be taken for the whole');
    await home.assertNothingLeft();
  });

  it('ends at once when it is interrupted, and leaves nothing running', async () => {
    const running = home.start(['mutation', '--case', 'ACC-*', '--out', 'i']);
    await waitForLine(running, /^cases that name a fault/m);
    running.kill('SIGINT');
    const ended = await running;
    assert.equal(ended.exitCode, 130, ended.stderr);
    await home.assertNothingLeft();
  });

  it('explains itself to who asks for faults that there are not', async () => {
    assertExplained(await home.call(['mutation', '--fault', 'nonsense']), {
      code: 'E_UNKNOWN_FAULT',
      exitCode: 4,
      what: /nonsense/,
    });
    assertExplained(await home.call(['mutation', '--mesh', 'none']), {
      code: 'E_NO_FAULTS',
      exitCode: 4,
      what: /none/,
    });
  });
});
