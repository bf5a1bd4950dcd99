import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { parseConfig } from '../../../src/config/config.js';
import { PACKAGE_ROOT } from '../../../src/package-root.js';

const read = (file: string): string => readFileSync(join(PACKAGE_ROOT, file), 'utf8');

describe('docs: pipelines', () => {
  it('show a configuration that is valid', () => {
    const [example = ''] = /```yaml\n(# meshgauge\.yaml[\s\S]*?)```/.exec(read('docs/ci.md'))?.slice(1) ?? [];
    const config = parseConfig(example, 'docs/ci.md', new Date('2026-12-01'));
    assert.deepEqual(config.meshes, ['osm', 'istio']);
    assert.equal(config.deviations?.length, 1);
  });

  it('have an action that runs the gate, and lets no input become a part of its script', () => {
    const action = parse(read('action.yml')) as {
      readonly inputs: Readonly<Record<string, { readonly description: string }>>;
      readonly runs: {
        readonly using: string;
        readonly steps: readonly { readonly run?: string; readonly shell?: string }[];
      };
    };
    assert.equal(action.runs.using, 'composite');
    const scripts = action.runs.steps.flatMap(({ run, shell }) => (run === undefined ? [] : [{ run, shell }]));
    assert.ok(scripts.some(({ run }) => /\bgate --config "\$MESHGAUGE_CONFIG" --out "\$MESHGAUGE_OUT"/.test(run)));
    for (const { run, shell } of scripts) {
      assert.equal(shell, 'bash', 'a composite action must name its shell');
      assert.doesNotMatch(run, /\$\{\{/);
    }
  });

  it('have a GitLab job that keeps the reports whatever happens', () => {
    const { '.meshgauge': job } = parse(read('ci/gitlab.yml')) as {
      readonly '.meshgauge': { readonly script: readonly string[]; readonly artifacts: { readonly when: string } };
    };
    assert.match(job.script.join(), /meshgauge@\$MESHGAUGE_VERSION" gate /);
    assert.equal(job.artifacts.when, 'always');
  });
});
