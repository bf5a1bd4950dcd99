import assert from 'node:assert/strict';
import {
  canonicalRef,
  findEngineImages,
  parseNodeImages,
  provideToNodes,
} from '../../../src/environments/engine-images.js';
import { FalsePrograms } from './false-programs.js';

const CONFIG = { a: `sha256:${'a'.repeat(64)}`, b: `sha256:${'b'.repeat(64)}` };
const NODE_TABLE = [
  'REF TYPE DIGEST SIZE PLATFORMS LABELS',
  `docker.io/mesh/a:1 application/x sha256:ma 1.0 MiB linux/amd64 io.cri-containerd.image=managed`,
  `docker.io/mesh/b:1 application/x sha256:mb 1.0 MiB linux/amd64 io.cri-containerd.image=managed`,
  `${CONFIG.a} application/x sha256:ma 1.0 MiB linux/amd64 io.cri-containerd.image=managed`,
  `sha256:${'0'.repeat(64)} application/x sha256:mb 1.0 MiB linux/amd64 io.cri-containerd.image=managed`,
].join('\n');

describe('images on their way into nodes', () => {
  it('have one full name', () => {
    for (const [short, full] of [
      ['a', 'docker.io/library/a:latest'],
      ['a:1', 'docker.io/library/a:1'],
      ['m/a:1', 'docker.io/m/a:1'],
      ['localhost/a', 'localhost/a:latest'],
      ['r.example:5000/a', 'r.example:5000/a:latest'],
      ['r.example/m/a@sha256:00', 'r.example/m/a@sha256:00'],
    ] as const)
      assert.equal(canonicalRef(short), full);
  });

  it('are known on a node by the digests of manifest and configuration', () => {
    const images = parseNodeImages(NODE_TABLE);
    assert.deepEqual([...images.keys()], ['docker.io/mesh/a:1', 'docker.io/mesh/b:1']);
    assert.deepEqual([...(images.get('docker.io/mesh/a:1') ?? [])], ['sha256:ma', CONFIG.a]);
  });

  describe('with an engine', () => {
    let programs: FalsePrograms;
    beforeEach(async () => (programs = await FalsePrograms.create()));
    afterEach(() => programs[Symbol.asyncDispose]());

    const image = (name: keyof typeof CONFIG): object => ({
      Id: CONFIG[name],
      Size: 5_000_000,
      RepoTags: [`mesh/${name}:1`],
    });
    /** Has mesh/a:1 and mesh/b:1; the node has the same a and another b. @param imported what the node answers to an import */
    const installEngine = (imported: string): Promise<void> =>
      programs.install(
        'docker',
        `case "$*" in
           "image inspect"*) echo '${JSON.stringify([image('a'), image('b')])}';;
           *"images list") echo '${NODE_TABLE}';;
           save*) echo stream;;
           *"images import"*) ${imported};;
         esac`,
      );
    const provide = (...refs: readonly string[]): Promise<void> =>
      provideToNodes({ nodes: ['n1'], refs, log: () => undefined });

    it('are found by any name, and the missing are not', async () => {
      await installEngine('true');
      const found = await findEngineImages(['mesh/a:1', 'docker.io/mesh/b:1', 'mesh/c:1']);
      assert.deepEqual([...found.keys()], ['mesh/a:1', 'docker.io/mesh/b:1']);
    });

    it('are loaded only when the node lacks them or has others of that name, in one stream', async () => {
      await installEngine('cat > /dev/null');
      await provide('mesh/a:1', 'mesh/b:1', 'mesh/b:1');
      assert.deepEqual(
        (await programs.calls()).filter((call) => call.startsWith('docker save')),
        ['docker save mesh/b:1'],
      );
    });

    it('do not fit: the disk is told, not the pipe that broke', async () => {
      await installEngine('echo "ctr: write /var/lib/containerd/x: no space left on device" >&2; exit 1');
      await assert.rejects(provide('mesh/b:1'), {
        code: 'E_DISK_FULL',
        exitCode: 3,
        message: /loading images into n1.*no space left on device/,
        hint: /docker system df/,
      });
    });

    it('are nowhere: told with the way to make them', async () => {
      await programs.install(
        'docker',
        `case "$*" in *"images list") echo 'REF TYPE DIGEST';; *) echo '[]'; exit 1;; esac`,
      );
      await assert.rejects(provide('mesh/c:1'), { code: 'E_IMAGE_MISSING', hint: /meshgauge images build/ });
    });

    it('can be stopped', async () => {
      await installEngine('exec sleep 60');
      const stop = new AbortController();
      const reason = new Error('enough');
      const loading = provideToNodes({
        ...{ nodes: ['n1'], refs: ['mesh/b:1'], signal: stop.signal },
        log: (line) => {
          if (line.startsWith('loading')) stop.abort(reason);
        },
      });
      await assert.rejects(loading, reason);
    });
  });
});
