/** A page of a real browser for each test, with everything that it complained of. Needs Chromium (CHROMIUM_PATH, or Debian's). */
import { mkdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { PACKAGE_ROOT } from '../../src/package-root.js';

const CHROMIUM = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';
/** Kept by pipelines, and looked at by people. */
const SHOTS = join(PACKAGE_ROOT, 'artifacts/screenshots');

export interface BrowserPage {
  /** For the files of the suite; gone when it ends. */
  readonly dir: string;
  readonly browser: Browser;
  /** A new one for each test. */
  readonly page: Page;
  /** What the page said in error, and what it asked of others. */
  readonly complaints: readonly string[];
  shoot(name: string): Promise<unknown>;
}

/** For the suite that calls it: `allowed` are the addresses that a page may ask for. */
export function useBrowserPage(allowed: RegExp): BrowserPage {
  let dir: string;
  let browser: Browser;
  let page: Page;
  let complaints: string[];

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'mg-pages-'));
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
      if (!allowed.test(request.url())) complaints.push(`asked for ${request.url()}`);
    });
  });
  afterEach(() => page.close());

  return {
    get dir() {
      return dir;
    },
    get browser() {
      return browser;
    },
    get page() {
      return page;
    },
    get complaints() {
      return complaints;
    },
    shoot: (name) => page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage: true }),
  };
}
