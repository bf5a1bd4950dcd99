/** The node image of kind clusters: Debian with systemd and containerd, kind's own files, Kubernetes and its images. */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HarnessError } from '../../src/errors/harness-error.js';
import { nodeImageRef } from '../../src/images/agent-image.js';
import { goProgramsKey, hashKey, KEY_LABEL } from '../../src/images/keys.js';
import { goPin, goVersion, PINS } from '../../src/images/pins.js';
import type { FileSource, ImageRecipe } from '../../src/images/recipe.js';
import { RUN_LABEL } from '../../src/kube/cluster.js';
import { PACKAGE_ROOT } from '../../src/package-root.js';
import { packImage, place, withImageArchive } from './assemble.js';
import { debianSources } from './debian.js';
import type { Engine } from './engine.js';
import { compilePrograms, downloadModule } from './go.js';
import { kubernetesPrograms, singleProgram } from './kubernetes.js';
import { packLayer } from './layer.js';
import { isAlive, type Workshop } from './workshop.js';

const KIND = 'sigs.k8s.io/kind';
const ASSETS = join(PACKAGE_ROOT, 'scripts/images/kind-node');
const SHIM = join(PACKAGE_ROOT, 'scripts/runc-without-sys-resource');
const INIT = ['/usr/local/bin/entrypoint', '/sbin/init'];
/** Containers that become images, by the process that makes them. */
const BUILDER = 'meshgauge-node-build-';
const BUILDER_LABEL = `${RUN_LABEL}=images`;
const { suite, sets } = PINS.debian;

const KUBERNETES = kubernetesPrograms(PINS.kubernetes.version);
const ETCD = singleProgram('go.etcd.io/etcd/server/v3');
const COREDNS = singleProgram('github.com/coredns/coredns');

/** Everything that goes into the root file system of a node, kind's files and ours included. */
function rootKey(): string {
  const ours = readdirSync(ASSETS, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  const contents = [...ours, SHIM].map((path) => readFileSync(path, 'utf8'));
  return hashKey('kind-node-root', suite, sets['kind-node'], goPin(KIND, goVersion(KIND)).sum, contents);
}

export function nodeImageKey(): string {
  const programs = [KUBERNETES, ETCD, COREDNS].map(goProgramsKey);
  return hashKey('kind-node', rootKey(), programs, sets.shell);
}

export async function buildNodeImage(shop: Workshop, engine: Engine): Promise<void> {
  // Side by side: Debian's packages come from the network while Go keeps the processors busy.
  const [root, programs] = await Promise.all([nodeRoot(shop), compilePrograms(shop, KUBERNETES)]);
  const kubernetes = join(programs, 'bin');
  await shop.aside(async (work) => {
    const archives = join(work, 'archives');
    await mkdir(archives);
    const recipes = (await componentRefs(shop, kubernetes)).map(componentImage);
    for (const [index, recipe] of recipes.entries())
      await withImageArchive(shop, recipe, (archive) => rename(archive, join(archives, `${index}.tar`)));
    shop.say(`filling ${nodeImageRef()} with the images of Kubernetes`);
    const base = await loadBase(shop, engine, work, { root, kubernetes });
    try {
      await fillStore(shop, engine, { base, archives });
    } finally {
      await engine.forget(base);
    }
  });
}

/** The images that kubeadm asks for, and the one that containerd holds pods open with. */
async function componentRefs(shop: Workshop, kubernetes: string): Promise<readonly string[]> {
  const args = ['config', 'images', 'list', '--kubernetes-version', `v${PINS.kubernetes.version}`];
  const asked = (await shop.run('kubeadm config images list', join(kubernetes, 'kubeadm'), args)).trim().split('\n');
  const settings = await readFile(join(await kindFiles(shop), 'etc/containerd/config.toml'), 'utf8');
  const sandbox = /sandbox_image = "([^"]+)"/.exec(settings)?.[1];
  return [...new Set([...asked, ...(sandbox === undefined ? [] : [sandbox])])];
}

/** kube-proxy calls iptables; the others call nothing. */
function componentImage(ref: string): ImageRecipe {
  const name = (ref.split('/').at(-1) ?? '').split(':')[0] ?? '';
  // The manifests of kubeadm find their programs on PATH, but for this one they rely on the image's entrypoint.
  const target = name === 'coredns' ? '/coredns' : `/usr/local/bin/${name}`;
  const base = name === 'kube-proxy' ? 'shell' : 'scratch';
  return { ref, base, files: [{ source: componentSource(name), target }], entrypoint: [target] };
}

function componentSource(name: string): FileSource {
  if (name === 'pause') return { kind: 'go-source', path: 'scripts/images/kind-node/pause' };
  if (name === 'coredns') return { kind: 'go', programs: COREDNS, program: name };
  if (name === 'etcd') return { kind: 'go', programs: ETCD, program: 'server' };
  return { kind: 'go', programs: KUBERNETES, program: name };
}

/** `layer.tar` of a node without Kubernetes. */
async function nodeRoot(shop: Workshop): Promise<string> {
  const folder = await shop.folder('kind-node-root', rootKey(), async (dir) => {
    if (process.getuid?.() !== 0) {
      throw new HarnessError({
        code: 'E_NOT_ROOT',
        message: 'the root file system of a kind node can only be made by root (debootstrap, chroot)',
        hint: 'Run meshgauge images build as root, or where a registry answers: meshgauge images build --from published.',
      });
    }
    shop.say('installing Debian for the kind node');
    const root = join(dir, 'root');
    const mirror = mirrorOf(await debianSources());
    const include = `--include=${sets['kind-node'].packages.join(',')}`;
    // What it mounts goes away with it, however it ends.
    await shop.run('debootstrap', 'unshare', [
      '--mount',
      'debootstrap',
      '--variant=minbase',
      include,
      suite,
      root,
      mirror,
    ]);
    await shop.run('customising the node', join(ASSETS, 'customise-root.sh'), [
      root,
      await kindFiles(shop),
      ASSETS,
      SHIM,
    ]);
    await packLayer(shop, root, join(dir, 'layer.tar'));
    await rm(root, { recursive: true, force: true });
  });
  return join(folder, 'layer.tar');
}

/** debootstrap knows one mirror: that of the suite itself. */
function mirrorOf(sources: readonly string[]): string {
  const line = sources.find((source) => source.split(' ').at(-2) === suite);
  return line?.split(' ').at(-3) ?? PINS.debian.mirror;
}

async function kindFiles(shop: Workshop): Promise<string> {
  return join(await downloadModule(shop, KIND, goVersion(KIND)), 'images/base/files');
}

/** A node with Kubernetes, its image store still empty. */
async function loadBase(
  shop: Workshop,
  engine: Engine,
  work: string,
  parts: { readonly root: string; readonly kubernetes: string },
): Promise<string> {
  const ref = `${nodeImageRef()}-unfilled-${process.pid}`;
  const files = join(work, 'files');
  for (const name of ['kubelet', 'kubeadm', 'kubectl'])
    await place(join(parts.kubernetes, name), join(files, 'usr/bin', name));
  await mkdir(join(files, 'kind'), { recursive: true });
  await writeFile(join(files, 'kind/version'), `v${PINS.kubernetes.version}`);
  await packLayer(shop, files, join(work, 'files.tar'));
  const config = { entrypoint: INIT, env: { container: 'docker' }, stopSignal: 'SIGRTMIN+3', labels: {} };
  const layers = [parts.root, join(work, 'files.tar')];
  await engine.load(await packImage(shop, work, { ref, layers, config }), ref);
  return ref;
}

/** Only containerd itself can write its store: it runs for a moment in a container, which then becomes the image. */
async function fillStore(
  shop: Workshop,
  engine: Engine,
  { base, archives }: { readonly base: string; readonly archives: string },
): Promise<void> {
  const name = `${BUILDER}${process.pid}`;
  for (const other of await engine.containers(BUILDER_LABEL))
    if (!isAlive(Number(other.slice(BUILDER.length)))) await engine.removeContainer(other);
  const step = 'filling the node image';
  const docker = (...args: string[]): Promise<string> => shop.run(step, engine.command, args);
  try {
    await docker(
      'run',
      '--detach',
      '--privileged',
      '--name',
      name,
      '--label',
      BUILDER_LABEL,
      '--entrypoint',
      'sleep',
      base,
      'infinity',
    );
    await docker('cp', archives, `${name}:/archives`);
    await docker('cp', join(ASSETS, 'import-images.sh'), `${name}:/import-images.sh`);
    await docker('exec', name, '/import-images.sh');
    const changes = [`ENTRYPOINT ${JSON.stringify(INIT)}`, `LABEL ${KEY_LABEL}=${nodeImageKey()}`];
    await docker('commit', ...changes.flatMap((change) => ['--change', change]), name, nodeImageRef());
  } finally {
    await engine.removeContainer(name);
  }
}
