import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { pruneUnknown, validateAgainstCrd } from '../../../src/smi/crds.js';
import { fromManifest } from '../../../src/smi/from-manifest.js';
import { LATEST_PROFILE } from '../../../src/smi/model.js';
import type { HeaderFilter, HeadersShape, SmiObject } from '../../../src/smi/model.js';
import { parseSmi } from '../../../src/smi/parse.js';
import { renderSmi } from '../../../src/smi/render/index.js';
import { allProfiles, smiObject } from './arbitraries.js';

const SEED = 20231018;
const profile = fc.constantFrom(...allProfiles);

/** A map has no order, and filters are ANDed: order carries no meaning there. A list keeps it. */
function comparable(object: SmiObject, shape: HeadersShape): SmiObject {
  if (object.kind !== 'HTTPRouteGroup' || shape === 'list') return object;
  const sort = (headers: readonly HeaderFilter[]): HeaderFilter[] =>
    headers.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const matches = object.matches.map((match) => (match.headers ? { ...match, headers: sort(match.headers) } : match));
  return { ...object, matches };
}

describe('writing an object down and reading it back', () => {
  it('covers every combination of versions and header shapes', () => {
    assert.equal(allProfiles.length, 3 * 4 * 4 * 2);
  });

  it('is the identity wherever there are no losses, and no difference goes unreported', () => {
    const seen = { identical: 0, lossy: 0, impossible: 0 };
    fc.assert(
      fc.property(smiObject, profile, (object, target) => {
        const { manifest, losses } = renderSmi(object, target);
        if (manifest === null) {
          seen.impossible++;
          return assert.ok(losses.length > 0);
        }
        // Through JSON, because that is how a manifest travels.
        const back = fromManifest(JSON.parse(JSON.stringify(manifest)) as typeof manifest);
        const [sent, received] = [object, back].map((one) => comparable(one, target.headers));
        if (losses.length === 0) assert.deepEqual(received, sent);
        else assert.ok(!isDeepStrictEqual(received, sent), 'a loss without a difference');
        seen[losses.length === 0 ? 'identical' : 'lossy']++;
      }),
      { seed: SEED, numRuns: 4000 },
    );
    for (const [outcome, times] of Object.entries(seen)) assert.ok(times > 50, `${outcome}: only ${times} times`);
  });

  it('is accepted by the schema of every version, and no field is pruned', () => {
    fc.assert(
      fc.property(smiObject, profile, (object, target) => {
        const { manifest, losses } = renderSmi(object, target);
        if (manifest === null || losses.length > 0) return;
        const options = { headers: target.headers };
        assert.deepEqual(validateAgainstCrd(manifest, options), []);
        assert.deepEqual(pruneUnknown(manifest, options).pruned, []);
      }),
      { seed: SEED, numRuns: 2000 },
    );
  });

  it('works through YAML text as well, for every profile', () => {
    fc.assert(
      fc.property(smiObject, profile, (object, target) => {
        const { manifest, losses } = renderSmi(object, target);
        if (manifest === null || losses.length > 0) return;
        const { objects, problems } = parseSmi(stringify(manifest), 'x.yaml');
        const errors = problems.filter(
          ({ severity, rule }) => severity === 'error' && !rule.includes('self-referential'),
        );
        assert.deepEqual(errors, []);
        if (problems.some(({ severity }) => severity === 'error')) return;
        const [sent, received] = [object, objects[0]?.object].map((one) => one && comparable(one, target.headers));
        assert.deepEqual(received, sent);
      }),
      { seed: SEED, numRuns: 500 },
    );
  });

  it('keeps what the newest profile can say', () => {
    fc.assert(
      fc.property(smiObject, (object) => {
        const { manifest } = renderSmi(object, LATEST_PROFILE);
        assert.notEqual(manifest, null);
      }),
      { seed: SEED, numRuns: 200 },
    );
  });
});
