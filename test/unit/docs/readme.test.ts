import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT } from '../../../src/errors/harness-error.js';
import { PACKAGE_ROOT } from '../../../src/package-root.js';

const readme = readFileSync(join(PACKAGE_ROOT, 'README.md'), 'utf8');
const help = (...command: string[]): string =>
  execFileSync(process.execPath, ['--import=tsx', 'src/cli/main.ts', ...command, '--help'], {
    cwd: PACKAGE_ROOT,
    encoding: 'utf8',
  });

function section(heading: string): string {
  const [, text] = new RegExp(`^## ${heading}\\n([\\s\\S]*?)(?=^## |(?![\\s\\S]))`, 'm').exec(readme) ?? [];
  assert.ok(text !== undefined, `README.md has no section "${heading}"`);
  return text;
}

/** The first word of each line of a help text's `Commands:` or `Options:`. */
function listed(text: string, heading: string, word: RegExp): readonly string[] {
  const [, body = ''] = new RegExp(`^${heading}:\\n((?:  .*\\n|\\n(?=  ))*)`, 'm').exec(text) ?? [];
  return [...body.matchAll(word)].map(([, name = '']) => name);
}

describe('README.md', function () {
  this.timeout(60_000);

  const commands = listed(help(), 'Commands', /^ {2}([a-z]+)/gm).filter((name) => name !== 'help');

  it('lists the commands that there are', () => {
    assert.ok(commands.length > 5, commands.join());
    const inReadme = [...section('Commands').matchAll(/^\| `meshgauge ([a-z]+)/gm)].map(([, name]) => name);
    assert.deepEqual(inReadme.toSorted(), [...commands].sort());
  });

  it('lists the options of run that there are', () => {
    const options = listed(help('run'), 'Options', /^ {2}(?:-\w, )?(--[a-z-]+)/gm).filter((name) => name !== '--help');
    assert.ok(options.length > 10, options.join());
    const inReadme = [...section('Commands').matchAll(/^\| `(--[a-z-]+)/gm)].map(([, name]) => name);
    assert.deepEqual(inReadme.toSorted(), [...options].sort());
  });

  it('lists the exit codes that there are', () => {
    const inReadme = [...section('Commands').matchAll(/^\| (\d+) +\|/gm)].map(([, code]) => Number(code));
    assert.deepEqual(inReadme.toSorted(), Object.values(EXIT).toSorted());
  });
});
