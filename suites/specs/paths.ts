/** Path expressions: anchoring at both ends, regular expressions as such, the query. */
import { match } from '../../src/cases/objects.js';
import { allow, deny, observe } from '../../src/cases/questions.js';
import { readingCase } from './readings.js';
import { at, granted, SERVER, specsCase } from './specs-case.js';

export const startAnchor = specsCase({
  id: 'SPC-02',
  class: 'M',
  title: 'a path expression is anchored to the beginning',
  phrase: 'is anchored (^) to the beginning of the URI',
  setup: 'a group with /metrics',
  expectation: '/metrics is allowed, /x/metrics is denied',
  control: 'the expression .*/metrics lets /x/metrics through',
  catches: ['allow-all', 'deny-all', 'ignore-path', 'unanchored-path'],
  phases: [
    {
      name: 'anchored',
      objects: granted(match('m', '/metrics')),
      cells: [allow('c1', SERVER, at('/metrics')), deny('c1', SERVER, at('/x/metrics'))],
    },
    {
      name: 'any beginning',
      control: true,
      objects: granted(match('m', '.*/metrics')),
      cells: [allow('c1', SERVER, at('/x/metrics'))],
    },
  ],
});

export const endAnchor = readingCase({
  id: 'SPC-03',
  title: 'what follows the expression in the path',
  phrase: 'is anchored (^) to the beginning of the URI',
  setup: 'a group with /metrics, and with /v.1 to see whether expressions are read as such',
  expectation: 'the end of the path is treated by one of the known readings, and an unrelated path stays denied',
  control: 'the expression /other swaps what is allowed: /other is, /metrics is not',
  catches: ['allow-all', 'ignore-path', 'regex-prefix', 'unanchored-path', 'literal-path'],
  readings: {
    'full match': ['allow', 'deny', 'deny', 'allow'],
    'regex prefix': ['allow', 'allow', 'allow', 'allow'],
    'path-segment prefix': ['allow', 'allow', 'deny', 'allow'],
    'literal string': ['allow', 'either', 'either', 'deny'],
  },
  read: {
    name: 'metrics',
    objects: granted(match('metrics', '/metrics'), match('dot', '/v.1')),
    cells: [
      ...['/metrics', '/metrics/x', '/metricsfoo', '/vx1'].map((path) => observe('c1', SERVER, at(path))),
      deny('c1', SERVER, at('/other')),
    ],
  },
  controls: [
    {
      name: 'other',
      control: true,
      objects: granted(match('other', '/other')),
      cells: [allow('c1', SERVER, at('/other')), deny('c1', SERVER, at('/metrics'))],
    },
  ],
});

export const anyPath = specsCase({
  id: 'SPC-04',
  class: 'X',
  title: 'the expression .* matches anything',
  phrase: 'This example defines a single route that matches anything',
  setup: 'a group with .*',
  expectation: 'every path of the listed source is allowed, with or without a query',
  control: 'a client that is not listed is denied at the same time',
  catches: ['allow-all', 'deny-all', 'any-identity'],
  phases: [
    {
      name: 'anything',
      objects: granted(match('everything', '.*')),
      cells: [
        allow('c1', SERVER),
        allow('c1', SERVER, at('/a/b?c')),
        deny('c2', SERVER),
        deny('c2', SERVER, at('/a/b?c')),
      ],
    },
  ],
});

export const regexSyntax = specsCase({
  id: 'SPC-05',
  class: 'M',
  profiles: ['smoke', 'core', 'extended', 'full'],
  title: 'a path is matched as a regular expression',
  phrase: 'A regex is used to match against the URI',
  setup: 'a group with /a.c and /v[0-9]+',
  expectation: '/abc and /v1 are allowed; /ac and /vx, which the expressions do not match, are denied',
  control: '/ac and /vx are denied at the same time',
  catches: ['allow-all', 'deny-all', 'prefix-path', 'ignore-path', 'literal-path'],
  phases: [
    {
      name: 'dot and class',
      objects: granted(match('dot', '/a.c'), match('class', '/v[0-9]+')),
      cells: [
        ...['/abc', '/v1'].map((path) => allow('c1', SERVER, at(path))),
        ...['/ac', '/vx'].map((path) => deny('c1', SERVER, at(path))),
      ],
    },
  ],
});

export const alternation = specsCase({
  id: 'SPC-06',
  class: 'M',
  title: 'alternation and groups are understood, and never open the route',
  phrase: 'A regex is used to match against the URI',
  setup: 'a group with /(a|b)',
  expectation: '/a and /b are allowed, /c is denied',
  control: '/c is denied, and so is an unlisted client on /a: the rule has not vanished',
  catches: ['allow-all', 'deny-all', 'any-identity', 'prefix-path', 'alternation-lost', 'ignore-path', 'literal-path'],
  phases: [
    {
      name: 'a or b',
      objects: granted(match('alternation', '/(a|b)')),
      cells: [
        allow('c1', SERVER, at('/a')),
        allow('c1', SERVER, at('/b')),
        deny('c1', SERVER, at('/c')),
        deny('c2', SERVER, at('/a')),
      ],
    },
  ],
});

export const explicitAnchors = readingCase({
  id: 'SPC-07',
  title: 'anchors written into a path expression',
  phrase: 'is anchored (^) to the beginning of the URI',
  setup: 'a group with ^/api$, and with /tail$ to see whether an anchor is read as a character',
  expectation: 'explicit anchors are treated by one of the known readings, and an unrelated path stays denied',
  control: 'the expression /api without anchors lets /api through',
  catches: ['allow-all', 'prefix-path', 'ignore-path', 'literal-path'],
  rejectable: true,
  readings: {
    'matches /api only': ['allow', 'deny', 'allow', 'deny'],
    'never matches': ['deny', 'deny', 'deny', 'deny'],
    'read literally': ['deny', 'deny', 'deny', 'allow'],
  },
  read: {
    name: 'with anchors',
    objects: granted(match('both', '^/api$'), match('end', '/tail$')),
    cells: [
      ...['/api', '/api/x', '/tail', '/tail$'].map((path) => observe('c1', SERVER, at(path))),
      deny('c1', SERVER, at('/other')),
    ],
  },
  controls: [
    {
      name: 'without anchors',
      control: true,
      objects: granted(match('plain', '/api')),
      cells: [allow('c1', SERVER, at('/api'))],
    },
  ],
});

export const queryString = readingCase({
  id: 'SPC-08',
  title: 'the query and the matched string',
  phrase: 'is anchored (^) to the beginning of the URI',
  setup: 'a group with /m and with /q\\?x=1, which only a string with the query in it can match',
  expectation: 'the query is treated by one of the known readings, and an unrelated path stays denied',
  control: 'the expression /n swaps what is allowed: /n is, /m is not',
  catches: ['allow-all', 'query-included', 'ignore-path'],
  // Whether /m takes in /m?x=1 as well depends on the end anchor (SPC-03) once the query is part of the string.
  readings: {
    'query ignored': ['allow', 'allow', 'deny', 'deny'],
    'query is part of the matched string': ['allow', 'either', 'deny', 'allow'],
  },
  read: {
    name: 'm and q',
    objects: granted(match('m', '/m'), match('q', '/q\\?x=1')),
    cells: [
      ...['/m', '/m?x=1', '/q', '/q?x=1'].map((path) => observe('c1', SERVER, at(path))),
      deny('c1', SERVER, at('/n')),
    ],
  },
  controls: [
    {
      name: 'n',
      control: true,
      objects: granted(match('n', '/n')),
      cells: [allow('c1', SERVER, at('/n')), deny('c1', SERVER, at('/m'))],
    },
  ],
});
