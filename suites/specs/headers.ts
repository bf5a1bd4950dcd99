/** Header filters: alone, several of them, beside path and method. A version without headers cannot carry these objects: unsupported there. */
import { match } from '../../src/cases/objects.js';
import { allow, deny } from '../../src/cases/questions.js';
import type { HeaderFilter } from '../../src/smi/model.js';
import { granted, SERVER, specsCase } from './specs-case.js';

const REF = 'traffic-specs v1alpha2–v1alpha4';
const ANDROID = 'Mozilla/5.0 (Linux; Android 14)';
const IPHONE = 'Mozilla/5.0 (iPhone; CPU iPhone OS 17)';

const filter = (name: string, regex: string): HeaderFilter => ({ name, regex });
const agent = (value: string) => ({ headers: [['user-agent', value]] as const });
const send = (...headers: readonly (readonly [string, string])[]) => ({ headers });

export const headersOnly = specsCase({
  id: 'SPC-13',
  class: 'M',
  profiles: ['smoke', 'core', 'extended', 'full'],
  title: 'a match of header filters alone applies to any path and method',
  phrase: 'When pathRegex and methods are not defined, the header filters are applied to any path and all HTTP methods',
  ref: REF,
  setup: 'a match with the header x-demo: on and neither pathRegex nor methods',
  expectation: 'with the header any path and method is allowed, without it none is',
  control: 'the same requests without the header are denied at the same time',
  catches: ['allow-all', 'deny-all', 'ignore-headers'],
  phases: [
    {
      name: 'header alone',
      objects: granted({ name: 'header', headers: [filter('x-demo', 'on')] }),
      cells: [
        { method: 'GET', path: '/' },
        { method: 'POST', path: '/a/b' },
        { method: 'DELETE', path: '/c?d=e' },
      ].flatMap((ask) => [allow('c1', SERVER, { ...ask, ...send(['x-demo', 'on']) }), deny('c1', SERVER, ask)]),
    },
  ],
});

export const headerRegex = specsCase({
  id: 'SPC-14',
  class: 'M',
  title: 'a header value is matched as a regular expression',
  phrase: 'the value is a regex expression that defines the match condition for that header',
  ref: REF,
  setup: 'a match with user-agent: .*Android.*',
  expectation: 'a matching user agent is allowed, another one is denied',
  control: 'the other user agent is denied at the same time',
  catches: ['allow-all', 'deny-all', 'ignore-headers', 'header-exact', 'header-presence'],
  phases: [
    {
      name: 'android',
      objects: granted(match('android', '.*', { headers: [filter('user-agent', '.*Android.*')] })),
      cells: [allow('c1', SERVER, agent(ANDROID)), deny('c1', SERVER, agent(IPHONE))],
    },
  ],
});

export const headersOfOneMatch = specsCase({
  id: 'SPC-15',
  class: 'M',
  title: 'header filters of one match must all hold',
  phrase: 'A route with multiple header filters represents an AND condition',
  ref: REF,
  setup: 'one match with two header filters',
  expectation: 'both headers together are allowed, each alone is denied',
  control: 'each header alone is denied at the same time',
  catches: ['allow-all', 'deny-all', 'ignore-headers', 'headers-or', 'first-header-only', 'header-exact'],
  phases: [
    {
      name: 'both in one match',
      objects: granted(match('both', '.*', { headers: [filter('x-one', 'a.*'), filter('x-two', 'b.*')] })),
      cells: [
        allow('c1', SERVER, send(['x-one', 'ab'], ['x-two', 'bc'])),
        deny('c1', SERVER, send(['x-one', 'ab'])),
        deny('c1', SERVER, send(['x-two', 'bc'])),
      ],
    },
  ],
});

export const headersOfSeveralMatches = specsCase({
  id: 'SPC-16',
  class: 'M',
  title: 'matches with a header filter each are alternatives',
  phrase: 'multiple routes each with its own header filter represents an OR condition',
  ref: REF,
  setup:
    'first two matches with one header filter each; then a match with a header filter beside one with methods ["*"] alone',
  expectation: 'either header is allowed and none is not; beside a match without filters the header is not needed',
  control: 'a request with neither header is denied in the first part',
  catches: ['allow-all', 'deny-all', 'any-identity', 'stale-config', 'ignore-headers', 'header-exact'],
  phases: [
    {
      name: 'two matches',
      objects: granted(
        match('one', '.*', { headers: [filter('x-one', 'a.*')] }),
        match('two', '.*', { headers: [filter('x-two', 'b.*')] }),
      ),
      cells: [
        allow('c1', SERVER, send(['x-one', 'ab'])),
        allow('c1', SERVER, send(['x-two', 'bc'])),
        deny('c1', SERVER),
      ],
    },
    {
      name: 'header or anything',
      objects: granted(match('one', '.*', { headers: [filter('x-one', 'a.*')] }), { name: 'any', methods: ['*'] }),
      cells: [allow('c1', SERVER), allow('c1', SERVER, send(['x-one', 'ab'])), deny('c2', SERVER)],
    },
  ],
});

const COMBINATIONS = ['/api/x', '/other'].flatMap((path) =>
  ['GET', 'POST'].flatMap((method) => [IPHONE, ANDROID].map((value) => ({ path, method, value }))),
);

export const pathMethodHeader = specsCase({
  id: 'SPC-17',
  class: 'M',
  title: 'path, method and header of one match must all hold',
  phrase: 'A route that targets a specific path and/or HTTP methods can contain header filters',
  ref: REF,
  setup: 'one match with /api/.*, methods [GET, HEAD] and user-agent: .*iPhone.*',
  expectation: 'of the eight combinations of right and wrong only the all-right one is allowed',
  control: 'the other seven combinations are denied at the same time',
  catches: [
    'allow-all',
    'deny-all',
    'ignore-method',
    'ignore-headers',
    'header-exact',
    'header-presence',
    'ignore-path',
    'literal-path',
  ],
  phases: [
    {
      name: 'all three',
      objects: granted(
        match('iphone', '/api/.*', { methods: ['GET', 'HEAD'], headers: [filter('user-agent', '.*iPhone.*')] }),
      ),
      cells: COMBINATIONS.map(({ path, method, value }) =>
        (path === '/api/x' && method === 'GET' && value === IPHONE ? allow : deny)('c1', SERVER, {
          path,
          method,
          ...agent(value),
        }),
      ),
    },
  ],
});

export const headerNameCase = specsCase({
  id: 'SPC-19',
  class: 'X',
  title: 'header names are case-insensitive',
  phrase: 'Field names are case-insensitive',
  ref: 'RFC 9110 §5.1, on which traffic-specs v1alpha2–v1alpha4 builds',
  setup: 'a match with the header X-Demo: on',
  expectation: 'the header is recognised however its name is spelt',
  control: 'a request without the header is denied at the same time',
  catches: ['allow-all', 'deny-all', 'ignore-headers', 'header-name-case'],
  phases: [
    {
      name: 'X-Demo',
      objects: granted(match('demo', '.*', { headers: [filter('X-Demo', 'on')] })),
      cells: [
        ...['X-Demo', 'x-demo', 'X-DEMO'].map((name) => allow('c1', SERVER, send([name, 'on']))),
        deny('c1', SERVER),
      ],
    },
  ],
});
