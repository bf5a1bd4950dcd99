// Writes docs/licences.md from what is installed: `node scripts/licences.mjs`; with --check it only compares.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const ROOT = dirname(import.meta.dirname);
const FILE = join(ROOT, 'docs/licences.md');
const readJson = (path) => JSON.parse(readFileSync(join(ROOT, path), 'utf8'));

/** The runtime dependencies, with all of theirs: the lock file says which, their own package.json says under what licence. */
function listPackages() {
  const { packages } = readJson('package-lock.json');
  const runtime = Object.entries(packages).filter(([path, { dev }]) => path !== '' && !dev);
  const found = runtime.flatMap(([path, { optional, devOptional }]) => {
    // Meant for another platform, so not installed here.
    if ((optional || devOptional) && !existsSync(join(ROOT, path))) return [];
    const { name, version, license, licenses } = readJson(join(path, 'package.json'));
    return [{ name, version, licence: nameOf(license ?? licenses) }];
  });
  const unique = new Map(found.map((one) => [`${one.name} ${one.version}`, one]));
  return [...unique.values()].sort((a, b) => compare(a.name, b.name) || compare(a.version, b.version));
}

/** Old packages write an object, or a list of objects. */
function nameOf(licence) {
  if (Array.isArray(licence)) return licence.map(nameOf).join(' OR ');
  const name = typeof licence === 'object' ? licence.type : (licence ?? 'not stated');
  return name.replace(/^\((.*)\)$/, '$1');
}

const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

function render(packages) {
  const direct = Object.keys(readJson('package.json').dependencies);
  const licences = [...new Set(packages.map(({ licence }) => licence))].sort(compare);
  const list = (licence) =>
    packages
      .filter((one) => one.licence === licence)
      .map(({ name, version }) => `- ${direct.includes(name) ? `**${name}**` : name} ${version}`)
      .join('\n');
  return `# Licences of the runtime dependencies

Written by \`node scripts/licences.mjs\` from the installed packages; do not edit by hand.
${packages.length} packages, ${direct.length} of them named in \`package.json\` (bold). Development tools are not part of the package and not listed.
What is not an npm package (Envoy, the descriptors of its API) is in [NOTICE](../NOTICE).

${licences.map((licence) => `## ${licence}\n\n${list(licence)}\n`).join('\n')}`;
}

const text = render(listPackages());
if (process.argv.includes('--check')) {
  if (readFileSync(FILE, 'utf8') !== text) {
    console.error('licences: docs/licences.md is not what is installed: run node scripts/licences.mjs');
    process.exit(1);
  }
} else {
  writeFileSync(FILE, text);
  console.log(FILE);
}
