import assert from 'node:assert/strict';
import { parseSelector, renderSelector, selects } from '../../../src/metrics/selector.js';

const LABELS = { app: 'web', tier: 'a', 'example.org/team': 'shop' };
const chooses = (text: string): boolean => {
  const selector = parseSelector(text);
  assert.ok(selector !== null, text);
  return selects(selector, LABELS);
};

describe('label selectors', () => {
  for (const text of [
    '',
    'app=web',
    'app==web',
    'app = web , tier!=b',
    'tier in (a, b)',
    'tier notin (c)',
    'canary!=yes',
    'canary notin (yes)',
    'app',
    '!canary',
    'example.org/team=shop',
    'tier in (a,b),app=web',
  ])
    it(`"${text}" chooses`, () => assert.ok(chooses(text)));

  for (const text of [
    'app=',
    'app=api',
    'app!=web',
    'tier in (b)',
    'tier notin (a,b)',
    'canary',
    '!app',
    'app=web,canary',
    'canary in (yes)',
  ])
    it(`"${text}" does not`, () => assert.ok(!chooses(text)));

  for (const text of ['=web', 'app=web=x', 'tier in a', 'app,,tier', 'a b', 'tier in (a'])
    it(`"${text}" is none`, () => assert.equal(parseSelector(text), null));

  it('are shown as the text shows them', () => {
    const shown = (text: string) => renderSelector(parseSelector(text) ?? []);
    assert.deepEqual(shown('app=foo'), { matchLabels: { app: 'foo' } });
    assert.deepEqual(shown('app=foo,tier in (a,b),!canary'), {
      matchLabels: { app: 'foo' },
      matchExpressions: [
        { key: 'tier', operator: 'In', values: ['a', 'b'] },
        { key: 'canary', operator: 'DoesNotExist', values: [] },
      ],
    });
  });
});
