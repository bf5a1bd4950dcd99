import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { CONFIG_SCHEMA_FILE, renderConfigSchema } from '../../../src/config/config-schema.js';
import { parseConfig, readConfig, type Config } from '../../../src/config/config.js';
import { HarnessError } from '../../../src/errors/harness-error.js';
import { PACKAGE_ROOT } from '../../../src/package-root.js';
import { PROFILES } from '../../../src/cases/case.js';

/** The lines of the message, one a problem. */
function problemsOf(text: string): readonly string[] {
  try {
    parseConfig(text, 'c.yaml');
  } catch (error) {
    assert.ok(error instanceof HarnessError, String(error));
    assert.equal(error.code, 'E_CONFIG');
    assert.equal(error.exitCode, 4);
    return error.message.split('\n');
  }
  assert.fail(`accepted:\n${text}`);
}

describe('config', () => {
  it('takes every key, and nothing at all', () => {
    const text =
      'mesh: reference\nprofile: smoke\ncases: [ACC-01, "SPL-*"]\nlanes: 3\nseed: 0\nportOffset: 20000\nconvergeDeadlineMs: 900\noptions: { xds: sotw }\nlimits: { p99Ms: 20, errorRatio: 0 }\n';
    assert.deepEqual(parseConfig(text, 'c.yaml'), {
      mesh: 'reference',
      profile: 'smoke',
      cases: ['ACC-01', 'SPL-*'],
      lanes: 3,
      seed: 0,
      portOffset: 20_000,
      convergeDeadlineMs: 900,
      options: { xds: 'sotw' },
      limits: { p99Ms: 20, errorRatio: 0 },
    });
    for (const empty of ['', '# only a comment\n', '{}']) assert.deepEqual(parseConfig(empty, 'c.yaml'), {});
  });

  it('reads back whatever it admits', () => {
    const word = fc.stringMatching(/^[a-z][a-z0-9-]{0,9}$/);
    const config: fc.Arbitrary<Config> = fc.record(
      {
        mesh: word,
        env: word,
        out: word,
        profile: fc.constantFrom(...PROFILES),
        cases: fc.array(word),
        faults: fc.array(word),
        lanes: fc.integer({ min: 1, max: 16 }),
        seed: fc.nat(),
        options: fc.dictionary(word, fc.string()),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(config, (value) =>
        assert.deepEqual(parseConfig(stringify(value), 'c.yaml'), {
          ...value,
          ...(value.options && { options: { ...value.options } }),
        }),
      ),
    );
  });

  it('names an unknown key, its place and the keys there are', () => {
    const [problem = ''] = problemsOf('mesh: reference\n\n  \nlans: 2\n');
    assert.match(problem, /^c\.yaml:4:1 lans: unknown key; known keys: mesh, meshes, driver, .*lanes/);
    const [nested = ''] = problemsOf('limits:\n  p99: 20\n');
    assert.match(nested, /^c\.yaml:2:3 limits\.p99: unknown key; known keys: p50Ms, p95Ms, p99Ms, errorRatio$/);
  });

  it('names every problem at once, each where it is', () => {
    const problems = problemsOf('lanes: two\nseed: -1\ncases:\n  - ACC-01\n  - 7\nprofile: huge\nfoo: 1\n');
    assert.equal(problems.length, 5);
    for (const place of [
      'c.yaml:1:1 lanes: ',
      'c.yaml:2:1 seed: ',
      'c.yaml:5:5 cases.1: ',
      'c.yaml:6:1 profile: ',
      'c.yaml:7:1 foo: unknown key',
    ])
      assert.ok(
        problems.some((problem) => problem.startsWith(place)),
        `${place} in\n${problems.join('\n')}`,
      );
  });

  it('bears a deviation with a reason until its last day, and names what is wrong with one', () => {
    const text = 'deviations:\n  - case: ACC-07\n    reason: mended in the next release\n    until: 2026-06-30\n';
    assert.deepEqual(parseConfig(text, 'c.yaml', new Date('2026-06-30T23:59:00Z')).deviations, [
      { case: 'ACC-07', verdict: 'fail', reason: 'mended in the next release', until: '2026-06-30' },
    ]);
    assert.throws(() => parseConfig(text, 'c.yaml', new Date('2026-07-01T00:00:00Z')), {
      code: 'E_CONFIG',
      exitCode: 4,
      message: /^c\.yaml:4:5 deviations\.0\.until: the deviation ACC-07 expired on 2026-06-30/,
    });
    const problems = problemsOf('deviations:\n  - case: seven\n    reason: no\n    until: soon\n    why: x\n');
    for (const place of [
      '2:5 deviations.0.case: must be',
      '3:5 deviations.0.reason: says',
      '4:5 deviations.0.until: must',
      '5:5 deviations.0.why: unknown key; known keys: mesh, case',
    ])
      assert.ok(
        problems.some((problem) => problem.startsWith(`c.yaml:${place}`)),
        `${place} in\n${problems.join('\n')}`,
      );
  });

  it('says where YAML stops being YAML', () => {
    assert.match(problemsOf('mesh: reference\ncases: [a\n')[0] ?? '', /^c\.yaml:3:1 \S/);
    assert.match(problemsOf('mesh: a\nmesh: b\n')[0] ?? '', /^c\.yaml:2:1 .*unique/i);
  });

  it('refuses a file that is a list or a word', () => {
    for (const text of ['- mesh\n', 'reference\n'])
      assert.match(problemsOf(text)[0] ?? '', /^c\.yaml:1:1 \(whole file\): /);
  });

  it('has a schema for editors, which admits what we admit and refuses what we refuse', () => {
    const text = renderConfigSchema();
    assert.equal(readFileSync(join(PACKAGE_ROOT, CONFIG_SCHEMA_FILE), 'utf8'), text);
    const validate = new Ajv2020({ strict: true, allErrors: true, formats: { date: true } }).compile(
      JSON.parse(text) as object,
    );
    const good = {
      meshes: ['a'],
      limits: { p99Ms: 1 },
      deviations: [{ case: 'ACC-01', reason: 'borne for now', until: '2030-01-01' }],
    };
    assert.ok(validate(good), JSON.stringify(validate.errors));
    for (const bad of [{ lans: 2 }, { limits: { p99: 1 } }, { meshes: [] }, { deviations: [{ case: 'x' }] }])
      assert.ok(!validate(bad));
  });

  describe('the file', () => {
    let dir: string;
    before(async () => (dir = await mkdtemp(join(tmpdir(), 'mg-config-'))));
    after(() => rm(dir, { recursive: true }));

    it('is read where it is named, and must then exist', async () => {
      const file = join(dir, 'my.yaml');
      await writeFile(file, 'lanes: 4\n');
      assert.deepEqual(readConfig(file), { lanes: 4 });
      assert.throws(() => readConfig(join(dir, 'gone.yaml')), {
        code: 'E_CONFIG_MISSING',
        exitCode: 4,
        message: /gone\.yaml/,
      });
    });
  });
});
