/** The built site and the pages of reports in a real browser: `npm run test:site`. Needs Chromium (CHROMIUM_PATH, or Debian's). */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium, type Browser, type Page } from 'playwright-core';
import { PACKAGE_ROOT } from '../../src/package-root.js';

const CHROMIUM = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';
/** Kept by pipelines, and looked at by people. */
const SHOTS = join(PACKAGE_ROOT, 'artifacts/screenshots');

describe('site', () => {
  let dir: string;
  let browser: Browser;
  let page: Page;
  /** What a page said in error, and what it asked of others. */
  let complaints: string[];

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'mg-site-'));
    execFileSync(process.execPath, [join(PACKAGE_ROOT, 'scripts/site.mjs'), dir], { stdio: 'pipe' });
    mkdirSync(SHOTS, { recursive: true });
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
  });
  after(async () => {
    await browser.close();
    await rm(dir, { recursive: true });
  });
  beforeEach(async () => {
    complaints = [];
    page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => {
      if (!request.url().startsWith('file://')) complaints.push(`asked for ${request.url()}`);
    });
  });
  afterEach(() => page.close());

  const open = async (name: string): Promise<void> => {
    await page.goto(pathToFileURL(join(dir, name)).href);
  };
  const shoot = (name: string): Promise<unknown> =>
    page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage: true });
  const pages = async (): Promise<readonly string[]> =>
    (await readdir(dir, { recursive: true })).filter((name) => name.endsWith('.html')).sort();

  it('has a page for each mesh and each case, and every link on every page leads to one', async () => {
    const all = await pages();
    assert.ok(all.filter((name) => name.startsWith('meshes/')).length >= 4);
    assert.ok(all.filter((name) => name.startsWith('cases/')).length >= 74);
    const dead: string[] = [];
    for (const name of all) {
      await open(name);
      const links = await page.$$eval('a[href]', (anchors) =>
        anchors.map((anchor) => (anchor as unknown as { href: string }).href),
      );
      for (const link of new Set(links)) {
        const { protocol, pathname, hash } = new URL(link);
        const known =
          protocol !== 'file:' || all.some((other) => pathToFileURL(join(dir, other)).pathname === pathname);
        const isHere = pathname === new URL(page.url()).pathname;
        const lands = !isHere || hash === '' || (await page.$(`[id="${decodeURIComponent(hash.slice(1))}"]`)) !== null;
        if (!known || !lands) dead.push(`${name}: ${link}`);
      }
    }
    assert.deepEqual(dead, []);
    assert.deepEqual(complaints, []);
  });

  it('shows every page without an error, asking nobody for anything, with one heading and names for its pictures', async () => {
    for (const name of await pages()) {
      await open(name);
      assert.equal(await page.locator('h1').count(), 1, name);
      assert.equal(await page.locator('html[lang]').count(), 1, name);
      const nameless = await page
        .locator(':is(svg[role="img"], [role="group"]):not([aria-label], [aria-labelledby])')
        .count();
      assert.equal(nameless, 0, name);
      const wide = await page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth');
      assert.equal(wide, false, `${name} scrolls sideways`);
    }
    assert.deepEqual(complaints, []);
  });

  it('filters the matrix by words, by area, and by whether meshes differ', async () => {
    await open('matrix.html');
    const rows = page.locator('table.verdicts tbody tr:visible');
    const all = await rows.count();
    assert.ok(all >= 74);
    await page.getByLabel('Filter').fill('SPL-02');
    assert.equal(await rows.count(), 1);
    await page.getByLabel('Filter').fill('');
    await page.getByLabel('Area').selectOption('identity');
    const identity = await rows.count();
    assert.ok(identity > 0 && identity < all);
    await page.getByLabel('Area').selectOption('');
    await page.getByLabel('only where meshes differ').check();
    const differing = await rows.count();
    assert.ok(differing > 0 && differing <= all);
    assert.match((await page.locator('#shown').textContent()) ?? '', /cases$/);
    await page.getByLabel('Filter').fill('nothing has these words');
    assert.equal(await rows.count(), 0);
    assert.deepEqual(complaints, []);
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
      await shoot(name);
      await page.emulateMedia({ colorScheme: 'dark' });
      await shoot(`${name}-dark`);
      await page.emulateMedia({ colorScheme: 'light' });
    }
    await page.setViewportSize({ width: 390, height: 800 });
    for (const [name, file] of [
      ['index-phone', 'index.html'],
      ['matrix-phone', 'matrix.html'],
    ] as const) {
      await open(file);
      const wide = await page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth');
      assert.equal(wide, false, `${name} scrolls sideways`);
      await shoot(name);
    }
    const plain = await browser.newContext({ javaScriptEnabled: false });
    const still = await plain.newPage();
    await still.goto(pathToFileURL(join(dir, 'matrix.html')).href);
    assert.ok((await still.locator('table.verdicts tbody tr:visible').count()) >= 74);
    assert.equal(await still.locator('#matrix-controls:visible').count(), 0, 'no controls that do nothing');
    await plain.close();
    assert.deepEqual(complaints, []);
  });

  it('is the same to the byte when it is built again', async () => {
    const again = await mkdtemp(join(tmpdir(), 'mg-site-'));
    try {
      execFileSync(process.execPath, [join(PACKAGE_ROOT, 'scripts/site.mjs'), again], { stdio: 'pipe' });
      for (const name of await pages())
        assert.equal(await readFile(join(again, name), 'utf8'), await readFile(join(dir, name), 'utf8'), name);
    } finally {
      await rm(again, { recursive: true });
    }
  });
});
