import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PACKAGE_ROOT } from '../../../src/package-root.js';
import { listFiles } from './list-files.js';

/** `[text](target)`, outside of code. */
const LINK = /\]\(([^()\s]+)\)/g;
const FENCED = /^(```|~~~)[\s\S]*?^\1/gm;
const INLINE_CODE = /`[^`\n]*`/g;
const ELSEWHERE = /^[a-z]+:/;

interface Link {
  readonly file: string;
  readonly target: string;
}

const read = (file: string): string => readFileSync(join(PACKAGE_ROOT, file), 'utf8');
const prose = (text: string): string => text.replace(FENCED, '').replace(INLINE_CODE, '');

const links: readonly Link[] = listFiles('.', '.md').flatMap((file) =>
  [...prose(read(file)).matchAll(LINK)]
    .map(([, target = '']) => ({ file, target }))
    .filter(({ target }) => !ELSEWHERE.test(target)),
);

/** As web pages of repositories make anchors of headings. */
function anchorsOf(file: string): readonly string[] {
  const headings = read(file)
    .replace(FENCED, '')
    .matchAll(/^#+ (.+)$/gm);
  return [...headings].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

function problemOf({ file, target }: Link): string | undefined {
  const [path = '', anchor] = target.split('#');
  const destination = path === '' ? file : join(dirname(file), path);
  if (!existsSync(join(PACKAGE_ROOT, destination))) return `${file}: ${target} is not there`;
  if (anchor === undefined || !destination.endsWith('.md')) return undefined;
  return anchorsOf(destination).includes(anchor) ? undefined : `${file}: ${target} names no heading of ${destination}`;
}

describe('links between documents', () => {
  it('there are some', () => assert.ok(links.length > 20, `only ${links.length}`));

  it('every relative one leads somewhere', () => {
    assert.deepEqual(
      links.flatMap((link) => problemOf(link) ?? []),
      [],
    );
  });
});
