import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PACKAGE_ROOT } from '../../../src/package-root.js';

const runScript = (...args: string[]): string =>
  execFileSync(process.execPath, ['--import=tsx', ...args], { cwd: PACKAGE_ROOT, encoding: 'utf8' });

describe('what documents take from elsewhere', function () {
  this.timeout(60_000);

  it('docs/licences.md names what is installed', () => {
    assert.doesNotThrow(() => runScript('scripts/licences.mjs', '--check'));
  });

  it('docs/cases tells what the case records say', () => {
    assert.doesNotThrow(() => runScript('scripts/case-pages.ts', '--check'));
  });

  it('README.md tells what the published reports say', () => {
    assert.doesNotThrow(() => runScript('scripts/headline.mjs', '--check'));
  });

  it('docs/readings.md tells what the published reports say', () => {
    assert.doesNotThrow(() => runScript('scripts/readings.mjs', '--check'));
  });

  it('docs/methodology.md shows the chances as the case records have them', () => {
    const methodology = readFileSync(join(PACKAGE_ROOT, 'docs/methodology.md'), 'utf8');
    const budget = runScript('scripts/alpha-budget.ts', 'full');
    assert.match(budget, /^sum /m);
    assert.ok(
      methodology.includes(budget),
      `paste this into docs/methodology.md and correct the sums below it:\n${budget}`,
    );
  });
});
