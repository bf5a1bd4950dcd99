/** Allure's own page from its results, where Java is there to make it. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { HarnessError } from '../errors/harness-error.js';

const TIMEOUT_MS = 120_000;
const NEEDS_JAVA =
  'Allure needs Java 8 or newer to make its page: install it (Debian: apt-get install default-jre-headless)';

/** @returns the page, or what is missing for it @throws HarnessError E_ALLURE when Allure fails */
export async function generateAllureReport(
  results: string,
  out: string,
): Promise<{ readonly page: string } | { readonly missing: string }> {
  if (!(await hasJava())) return { missing: NEEDS_JAVA };
  const program = findAllure();
  if (program === undefined) return { missing: 'allure-commandline is not installed: npm install allure-commandline' };
  const { failed, stderr, stdout, shortMessage } = await execa(
    program,
    ['generate', results, '--clean', '--single-file', '--output', out],
    // Only this very word keeps an analytics script out of the page.
    { env: { ALLURE_NO_ANALYTICS: 'true' }, stdin: 'ignore', timeout: TIMEOUT_MS, reject: false },
  );
  if (!failed) return { page: join(out, 'index.html') };
  throw new HarnessError({
    code: 'E_ALLURE',
    message: `Allure could not make a page of ${results}: ${(stderr || stdout || shortMessage || '').trim().split('\n').at(-1)}`,
    hint: 'run the same by hand: npx allure generate RESULTS --single-file; the results themselves are complete',
  });
}

/** An optional dependency, for it is 33 MB of Java. */
function findAllure(): string | undefined {
  try {
    return join(dirname(createRequire(import.meta.url).resolve('allure-commandline/package.json')), 'dist/bin/allure');
  } catch {
    return undefined;
  }
}

/** As Allure looks for it. */
async function hasJava(): Promise<boolean> {
  const { JAVA_HOME: home } = process.env;
  const { failed } = await execa(home ? join(home, 'bin/java') : 'java', ['-version'], {
    reject: false,
    stdin: 'ignore',
  });
  return !failed;
}
