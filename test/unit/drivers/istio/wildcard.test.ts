import assert from 'node:assert/strict';
import fc from 'fast-check';
import { RE2JS } from 're2js';
import { toWildcards, type Wildcard } from '../../../../drivers/istio/translate/wildcard.js';

function matches(wildcards: readonly Wildcard[], text: string): boolean {
  return wildcards.some((wildcard) => {
    switch (wildcard.kind) {
      case 'any':
        return true;
      case 'exact':
        return text === wildcard.text;
      case 'prefix':
        return text.startsWith(wildcard.text);
      case 'suffix':
        return text.endsWith(wildcard.text);
    }
  });
}

/** Bits of expressions, sayable or not, whole or broken: whatever the reader takes it must have understood. */
const BITS = [
  'a',
  'b',
  '/',
  '.*',
  '(',
  ')',
  '(?:',
  '|',
  '?',
  '.',
  '\\.',
  '\\?',
  '[ab]',
  '[a-c]',
  '[^a]',
  '+',
  '*',
  '^',
  '$',
  '{2}',
  '\\d',
  '(?i)',
  '-',
  '{',
];

describe('regular expressions as wildcards', () => {
  const said: readonly [string, readonly Wildcard[]][] = [
    ['.*', [{ kind: 'any' }]],
    ['/metrics', [{ kind: 'exact', text: '/metrics' }]],
    ['^/api$', [{ kind: 'exact', text: '/api' }]],
    ['/api/.*', [{ kind: 'prefix', text: '/api/' }]],
    ['.*/metrics', [{ kind: 'suffix', text: '/metrics' }]],
    ['/v1\\.0', [{ kind: 'exact', text: '/v1.0' }]],
    ['/m\\?x=1', [{ kind: 'exact', text: '/m?x=1' }]],
    ['/price\\$', [{ kind: 'exact', text: '/price$' }]],
    [
      '/(a|b)',
      [
        { kind: 'exact', text: '/a' },
        { kind: 'exact', text: '/b' },
      ],
    ],
    [
      '/(?:a|b)/.*',
      [
        { kind: 'prefix', text: '/a/' },
        { kind: 'prefix', text: '/b/' },
      ],
    ],
    [
      '/v[12]',
      [
        { kind: 'exact', text: '/v1' },
        { kind: 'exact', text: '/v2' },
      ],
    ],
    [
      '/xs?',
      [
        { kind: 'exact', text: '/x' },
        { kind: 'exact', text: '/xs' },
      ],
    ],
    ['', [{ kind: 'exact', text: '' }]],
  ];
  for (const [regex, wildcards] of said)
    it(`${JSON.stringify(regex)} is said`, () => assert.deepEqual(toWildcards(regex), wildcards));

  const left = [
    '/a.c',
    '/v[0-9]+',
    '.*x.*',
    'a.*b',
    '(',
    '[',
    '(?i)a',
    '/a{2}',
    '\\d',
    '/a|b|[a-z]|[A-Z]',
    '/ä',
    'a**',
    '\\',
    '(a',
    'a)',
    '.*?',
    '/a$\\$^',
    '[^a]',
    '[a-Z]',
    '[[:alpha:]]',
    '(?P<x>a)',
  ];
  for (const regex of left)
    it(`${JSON.stringify(regex)} is left to the expression engine`, () => assert.equal(toWildcards(regex), undefined));

  it('means what the expression matches in full, whenever it means anything', function () {
    this.timeout(20_000);
    let understood = 0;
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...BITS), { maxLength: 7 }).map((bits) => bits.join('')),
        fc.array(
          fc
            .array(fc.constantFrom('a', 'b', 'c', '/', '.', '?', '-', '$', '{'), { maxLength: 5 })
            .map((one) => one.join('')),
          { minLength: 12, maxLength: 12 },
        ),
        (regex, texts) => {
          const wildcards = toWildcards(regex);
          if (wildcards === undefined) return;
          understood += 1;
          const engine = RE2JS.compile(regex);
          for (const text of [...texts, ...examples(wildcards)])
            assert.equal(matches(wildcards, text), engine.matches(text), `${regex} on ${JSON.stringify(text)}`);
        },
      ),
      { numRuns: 2_000, seed: 11 },
    );
    assert.ok(understood > 150, `only ${understood} expressions were understood`);
  });
});

/** Texts at and just beside the edge of what the wildcards take. */
function examples(wildcards: readonly Wildcard[]): string[] {
  return wildcards.flatMap((wildcard) =>
    wildcard.kind === 'any'
      ? ['', 'x']
      : [wildcard.text, `${wildcard.text}x`, `x${wildcard.text}`, wildcard.text.slice(1), wildcard.text.slice(0, -1)],
  );
}
