/** The pages of reports in a real browser: of a run just made, of published measurements, and Allure's own page of them. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { PACKAGE_ROOT } from '../../src/package-root.js';
import { useBrowserPage } from './browser-page.js';

const PUBLISHED = join(PACKAGE_ROOT, 'reports/published');

const meshgauge = (...args: readonly string[]): string =>
  execFileSync(process.execPath, [join(PACKAGE_ROOT, 'dist/src/cli/main.js'), ...args], {
    stdio: 'pipe',
    encoding: 'utf8',
  });

describe('pages of reports', () => {
  // Allure keeps the parts of its page in addresses of data.
  const here = useBrowserPage(/^(?:file|data|blob):/);
  const pages: Record<string, string> = {};

  before(function () {
    this.timeout(120_000);
    const { dir } = here;
    const run = join(dir, 'run');
    meshgauge('run', '--mesh', 'reference', '--env', 'local', '--case', 'ACC-03', 'SPL-01', '--out', run);
    pages['run'] = join(run, 'report.html');
    meshgauge('render', run, '--format', 'allure', '--out', join(dir, 'allure'));
    pages['allure'] = join(dir, 'allure-page', 'index.html');
    for (const [name, folder] of [
      ['bench', 'istio/1.32-dev/bench-kind'],
      ['converge', 'osm/1.2.4/converge-kind'],
    ] as const) {
      pages[name] = join(dir, `${name}.html`);
      meshgauge('render', join(PUBLISHED, folder), '--format', 'html', '--out', pages[name]);
    }
    pages['comparison'] = join(dir, 'comparison.html');
    const compared = ['reference/0.1.0', 'osm/1.2.4', 'istio/1.32-dev'].map((name) => join(PUBLISHED, name));
    meshgauge('compare', ...compared, '--format', 'html', '--out', pages['comparison']);
  });

  const open = async (name: string): Promise<void> => {
    const file = pages[name] ?? '';
    assert.ok(existsSync(file), `${file} was not made`);
    await here.page.goto(pathToFileURL(file).href, { waitUntil: 'networkidle' });
  };

  it("Allure's page shows the cases, and nothing of it comes from the network", async () => {
    await open('allure');
    await here.page.getByText('reference 0.1.0').first().waitFor();
    assert.match((await here.page.textContent('body')) ?? '', /2\s*test cases/);
    await here.shoot('allure');
    assert.deepEqual(
      here.complaints.filter((words) => words.startsWith('asked for')),
      [],
    );
  });

  for (const [name, pictures] of [
    ['run', ['Who reached whom']],
    ['bench', ['p50', 'latency of every arm', 'every slice', 'offered and answered', 'lateness of the generator']],
    ['converge', ['allow', 'every proxy']],
  ] as const) {
    it(`${name}: every picture is drawn, has a name, and stays inside the here.page, light and dark`, async () => {
      await open(name);
      if (name === 'run') await here.page.locator('#fold').click();
      for (const words of pictures) assert.ok((await here.page.getByText(words).count()) > 0, words);
      const drawn = here.page.locator('svg.chart');
      assert.ok((await drawn.count()) >= pictures.length);
      for (const picture of await drawn.all()) {
        assert.notEqual((await picture.getAttribute('aria-label')) ?? '', '');
        const marks = await picture.locator(':is(path, rect, circle, line)').count();
        assert.ok(marks > 0, (await picture.getAttribute('aria-label')) ?? '');
      }
      const wide = await here.page.evaluate(
        'document.documentElement.scrollWidth > document.documentElement.clientWidth',
      );
      assert.equal(wide, false, 'scrolls sideways');
      await here.shoot(`report-${name}`);
      await here.page.emulateMedia({ colorScheme: 'dark' });
      await here.shoot(`report-${name}-dark`);
      assert.deepEqual(here.complaints, []);
    });
  }

  it('can be walked through with the keyboard alone, and prints without its controls', async () => {
    await open('run');
    await here.page.keyboard.press('Tab');
    assert.equal(
      await here.page.evaluate('document.activeElement.className'),
      'skip',
      'the first stop leads past the header',
    );
    for (let stops = 0; stops < 60; stops += 1) {
      await here.page.keyboard.press('Tab');
      if ((await here.page.evaluate('document.activeElement.tagName')) === 'SUMMARY') break;
    }
    assert.equal(await here.page.evaluate('document.activeElement.tagName'), 'SUMMARY', 'cases are reached by tabbing');
    await here.page.keyboard.press('Enter');
    assert.equal(await here.page.locator('details.case[open]').count(), 1);
    await here.page.emulateMedia({ media: 'print' });
    assert.equal(await here.page.locator('#controls:visible').count(), 0);
    await here.shoot('report-run-print');
    assert.deepEqual(here.complaints, []);
  });

  it('a comparison shows each mesh, and asks nobody for anything', async () => {
    await open('comparison');
    for (const mesh of ['reference 0.1.0', 'osm 1.2.4', 'istio 1.32-dev'])
      assert.ok((await here.page.getByText(mesh).count()) > 0, mesh);
    await here.shoot('comparison');
    assert.deepEqual(here.complaints, []);
  });
});
