/** Root file systems from Debian packages, without installing anything: apt resolves and verifies, dpkg-deb unpacks. */
import { cp, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hashKey, baseKey } from '../../src/images/keys.js';
import { PINS } from '../../src/images/pins.js';
import type { Workshop } from './workshop.js';
import { packLayer } from './layer.js';

const { suite, mirror, securityMirror, keyring, sets } = PINS.debian;
const MERGED = ['bin', 'sbin', 'lib', 'lib64'];
/** What no program in a container reads; copyright files stay. */
const USELESS = [
  'usr/share/man',
  'usr/share/locale',
  'usr/share/info',
  'usr/share/lintian',
  'usr/share/bash-completion',
  'usr/share/bug',
];

/** The folder that holds `layer.tar` of a base. */
export function debianBase(shop: Workshop, base: 'runtime' | 'shell'): Promise<string> {
  return shop.folder('base', baseKey(base), async (dir) => {
    shop.say(`unpacking Debian packages for the ${base} base`);
    const root = join(dir, 'root');
    await mkdir(root);
    await unpackPackages(shop, base, root);
    await finishRoot(root);
    if (base === 'shell') await addShellLinks(root);
    await packLayer(shop, root, join(dir, 'layer.tar'));
    await rm(root, { recursive: true });
  });
}

/** Lines of a sources.list: this machine's own mirrors where it is a Debian of the same suite, else the public ones. */
export async function debianSources(): Promise<readonly string[]> {
  const own = await readFile('/etc/apt/sources.list.d/debian.sources', 'utf8').catch(() => '');
  const lines = readSources(own, suite);
  if (lines.length > 0) return lines;
  const signed = `[signed-by=${keyring}]`;
  return [
    `deb ${signed} ${mirror} ${suite} main`,
    `deb ${signed} ${mirror} ${suite}-updates main`,
    `deb ${signed} ${securityMirror} ${suite}-security main`,
  ];
}

/** The entries of a deb822 file that belong to one suite. */
export function readSources(text: string, wanted: string): readonly string[] {
  return text.split(/\n\s*\n/).flatMap((stanza) => {
    const field = (name: string): readonly string[] =>
      (new RegExp(`^${name}:[ \\t]*(.+)$`, 'm').exec(stanza)?.[1] ?? '').split(/\s+/).filter((word) => word !== '');
    const suites = field('Suites').filter((name) => name === wanted || name.startsWith(`${wanted}-`));
    const signed = field('Signed-By').map((path) => `[signed-by=${path}] `);
    return field('URIs').flatMap((uri) => suites.map((name) => `deb ${signed[0] ?? ''}${uri} ${name} main`));
  });
}

async function unpackPackages(shop: Workshop, base: 'runtime' | 'shell', root: string): Promise<void> {
  const { packages, without } = sets[base];
  await Promise.all(MERGED.map((name) => mkdir(join(root, 'usr', name), { recursive: true })));
  await Promise.all(MERGED.map((name) => symlink(`usr/${name}`, join(root, name))));
  const archives = await downloadPackages(shop, packages);
  for (const file of await readdir(archives)) {
    if (!file.endsWith('.deb') || without.includes(file.slice(0, file.indexOf('_')))) continue;
    const unpack = 'dpkg-deb --fsys-tarfile "$1" | tar -C "$2" -x --keep-directory-symlink --no-same-owner';
    await shop.run(`unpacking ${file}`, 'bash', ['-o', 'pipefail', '-c', unpack, 'unpack', join(archives, file), root]);
  }
}

/** The packages and all that they depend on, checked against the archive's signature; the machine's own packages do not count. */
function downloadPackages(shop: Workshop, packages: readonly string[]): Promise<string> {
  return shop.folder('debs', hashKey(suite, packages), async (dir) => {
    const state = join(dir, '.apt');
    await mkdir(join(state, 'lists/partial'), { recursive: true });
    await mkdir(join(dir, 'partial'));
    await writeFile(join(state, 'status'), '');
    await writeFile(join(state, 'sources.list'), `${(await debianSources()).join('\n')}\n`);
    const settings = {
      'Dir::State': state,
      'Dir::State::Lists': join(state, 'lists'),
      'Dir::State::status': join(state, 'status'),
      'Dir::Cache': state,
      'Dir::Cache::archives': dir,
      'Dir::Etc::sourcelist': join(state, 'sources.list'),
      'Dir::Etc::sourceparts': '-',
      'APT::Install-Recommends': 'false',
      'APT::Sandbox::User': 'root',
      'Acquire::Retries': '3',
      'Debug::NoLocking': 'true',
    };
    const apt = (...args: string[]): Promise<string> =>
      shop.run(`apt-get ${args[0] ?? ''}`, 'apt-get', [
        ...Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]),
        '-y',
        ...args,
      ]);
    await apt('update');
    await apt('install', '--download-only', ...packages);
    await rm(state, { recursive: true });
  });
}

/** Users, certificates and places that packages would have made while being installed. */
async function finishRoot(root: string): Promise<void> {
  const etc = (name: string, ...lines: string[]): Promise<void> =>
    writeFile(join(root, 'etc', name), `${lines.join('\n')}\n`);
  await Promise.all(USELESS.map((path) => rm(join(root, path), { recursive: true, force: true })));
  await removeGconv(root);
  await removeDocs(join(root, 'usr/share/doc'));
  await mkdir(join(root, 'etc/ssl/certs'), { recursive: true });
  await etc(
    'passwd',
    'root:x:0:0:root:/root:/sbin/nologin',
    'nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin',
    'nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin',
  );
  await etc('group', 'root:x:0:', 'nogroup:x:65534:', 'nonroot:x:65532:');
  await etc('nsswitch.conf', 'passwd: files', 'group: files', 'hosts: files dns');
  await writeFile(join(root, 'etc/ssl/certs/ca-certificates.crt'), await readCertificates(root));
  await Promise.all(
    ['home/nonroot', 'root', 'run', 'var/tmp'].map((path) => mkdir(join(root, path), { recursive: true })),
  );
  await mkdir(join(root, 'tmp'), { recursive: true });
}

async function readCertificates(root: string): Promise<string> {
  const folder = join(root, 'usr/share/ca-certificates/mozilla');
  const names = (await readdir(folder)).filter((name) => name.endsWith('.crt')).sort();
  return (await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))).join('');
}

/** Character set converters: 8 MB that nothing here loads. */
async function removeGconv(root: string): Promise<void> {
  for (const name of await readdir(join(root, 'usr/lib')))
    await rm(join(root, 'usr/lib', name, 'gconv'), { recursive: true, force: true });
}

async function removeDocs(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const entries = await readdir(join(folder, name)).catch(() => []);
    for (const entry of entries)
      if (entry !== 'copyright') await rm(join(folder, name, entry), { recursive: true, force: true });
  }
}

/** Names that alternatives would have made: sh, and iptables in the flavour that kernels of today have. */
async function addShellLinks(root: string): Promise<void> {
  const at = join(root, 'usr/sbin');
  for (const family of ['iptables', 'ip6tables']) {
    for (const suffix of ['', '-save', '-restore']) {
      await rm(join(at, family + suffix), { force: true });
      await symlink(`${family}-nft${suffix}`, join(at, family + suffix));
    }
  }
  await rm(join(root, 'usr/bin/sh'), { force: true });
  await cp(join(root, 'usr/bin/dash'), join(root, 'usr/bin/sh'));
}
