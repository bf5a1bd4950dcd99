/** The built site and the pages of reports in a real browser: `npm run test:site`. Needs Chromium (CHROMIUM_PATH, or Debian's). */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { PACKAGE_ROOT } from '../../src/package-root.js';
import { useBrowserPage } from './browser-page.js';

describe('site', () => {
  const here = useBrowserPage(/^file:\/\//);
  before(() => {
    execFileSync(process.execPath, [join(PACKAGE_ROOT, 'scripts/site.mjs'), here.dir], { stdio: 'pipe' });
  });

  const open = async (name: string): Promise<void> => {
    await here.page.goto(pathToFileURL(join(here.dir, name)).href);
  };
  const pages = async (): Promise<readonly string[]> =>
    (await readdir(here.dir, { recursive: true })).filter((name) => name.endsWith('.html')).sort();

  it('has a page for each mesh and each case, and every link on every page leads to one', async () => {
    const all = await pages();
    assert.ok(all.filter((name) => name.startsWith('meshes/')).length >= 4);
    assert.ok(all.filter((name) => name.startsWith('cases/')).length >= 74);
    const dead: string[] = [];
    for (const name of all) {
      await open(name);
      const links = await here.page.$$eval('a[href]', (anchors) =>
        anchors.map((anchor) => (anchor as unknown as { href: string }).href),
      );
      for (const link of new Set(links)) {
        const { protocol, pathname, hash } = new URL(link);
        const known =
          protocol !== 'file:' || all.some((other) => pathToFileURL(join(here.dir, other)).pathname === pathname);
        const isHere = pathname === new URL(here.page.url()).pathname;
        const lands =
          !isHere || hash === '' || (await here.page.$(`[id="${decodeURIComponent(hash.slice(1))}"]`)) !== null;
        if (!known || !lands) dead.push(`${name}: ${link}`);
      }
    }
    assert.deepEqual(dead, []);
    assert.deepEqual(here.complaints, []);
  });

  it('shows every page without an error, asking nobody for anything, with one heading and names for its pictures', async () => {
    for (const name of await pages()) {
      await open(name);
      assert.equal(await here.page.locator('h1').count(), 1, name);
      assert.equal(await here.page.locator('html[lang]').count(), 1, name);
      const nameless = await here.page
        .locator(':is(svg[role="img"], [role="group"]):not([aria-label], [aria-labelledby])')
        .count();
      assert.equal(nameless, 0, name);
      const wide = await here.page.evaluate(
        'document.documentElement.scrollWidth > document.documentElement.clientWidth',
      );
      assert.equal(wide, false, `${name} scrolls sideways`);
    }
    assert.deepEqual(here.complaints, []);
  });

  it('filters the matrix by words, by area, and by whether meshes differ', async () => {
    await open('matrix.html');
    const rows = here.page.locator('table.verdicts tbody tr:visible');
    const all = await rows.count();
    assert.ok(all >= 74);
    await here.page.getByLabel('Filter').fill('SPL-02');
    assert.equal(await rows.count(), 1);
    await here.page.getByLabel('Filter').fill('');
    await here.page.getByLabel('Area').selectOption('identity');
    const identity = await rows.count();
    assert.ok(identity > 0 && identity < all);
    await here.page.getByLabel('Area').selectOption('');
    await here.page.getByLabel('only where meshes differ').check();
    const differing = await rows.count();
    assert.ok(differing > 0 && differing <= all);
    assert.match((await here.page.locator('#shown').textContent()) ?? '', /cases$/);
    await here.page.getByLabel('Filter').fill('nothing has these words');
    assert.equal(await rows.count(), 0);
    assert.deepEqual(here.complaints, []);
  });

  it('can be read without a script, in the dark, on a telephone and on paper', async () => {
    for (const [name, file] of [
      ['index', 'index.html'],
      ['matrix', 'matrix.html'],
      ['mesh', 'meshes/osm.html'],
      ['case', 'cases/ACC-07.html'],
      ['methodology', 'methodology.html'],
      ['report', 'reports/osm/1.2.4/index.html'],
    ] as const) {
      await open(file);
      await here.shoot(name);
      await here.page.emulateMedia({ colorScheme: 'dark' });
      await here.shoot(`${name}-dark`);
      await here.page.emulateMedia({ colorScheme: 'light' });
    }
    await here.page.setViewportSize({ width: 390, height: 800 });
    for (const [name, file] of [
      ['index-phone', 'index.html'],
      ['matrix-phone', 'matrix.html'],
    ] as const) {
      await open(file);
      const wide = await here.page.evaluate(
        'document.documentElement.scrollWidth > document.documentElement.clientWidth',
      );
      assert.equal(wide, false, `${name} scrolls sideways`);
      await here.shoot(name);
    }
    const plain = await here.browser.newContext({ javaScriptEnabled: false });
    const still = await plain.newPage();
    await still.goto(pathToFileURL(join(here.dir, 'matrix.html')).href);
    assert.ok((await still.locator('table.verdicts tbody tr:visible').count()) >= 74);
    assert.equal(await still.locator('#matrix-controls:visible').count(), 0, 'no controls that do nothing');
    await plain.close();
    assert.deepEqual(here.complaints, []);
  });

  it('is the same to the byte when it is built again', async () => {
    const again = await mkdtemp(join(tmpdir(), 'mg-site-'));
    try {
      execFileSync(process.execPath, [join(PACKAGE_ROOT, 'scripts/site.mjs'), again], { stdio: 'pipe' });
      for (const name of await pages())
        assert.equal(await readFile(join(again, name), 'utf8'), await readFile(join(here.dir, name), 'utf8'), name);
    } finally {
      await rm(again, { recursive: true });
    }
  });
});
