/** Header filters where the text is silent: anchoring of the value, absent headers. */
import { match } from '../../src/cases/objects.js';
import { allow, deny, observe } from '../../src/cases/questions.js';
import { readingCase } from './readings.js';
import { at, granted, SERVER } from './specs-case.js';

const REF = 'traffic-specs v1alpha2–v1alpha4';
const PHRASE = 'the value is a regex expression that defines the match condition for that header';

const filtered = (name: string, path: string, header: string, regex: string) =>
  match(name, path, { headers: [{ name: header, regex }] });
const send = (name: string, value: string) => ({ headers: [[name, value]] as const });

export const headerAnchor = readingCase({
  id: 'SPC-18',
  title: 'what surrounds the expression in a header value',
  phrase: PHRASE,
  ref: REF,
  setup: 'a match with x-demo: demo, and one with x-dot: d.mo to see whether expressions are read as such',
  expectation: 'the ends of the value are treated by one of the known readings, and another value stays denied',
  control: 'the expression other lets the other value through',
  catches: ['allow-all'],
  readings: {
    'full match': ['allow', 'deny', 'deny', 'allow'],
    'partial search': ['allow', 'allow', 'allow', 'allow'],
    prefix: ['allow', 'allow', 'deny', 'allow'],
    'exact string': ['allow', 'deny', 'deny', 'deny'],
  },
  read: {
    name: 'demo',
    objects: granted(filtered('demo', '.*', 'x-demo', 'demo'), filtered('dot', '.*', 'x-dot', 'd.mo')),
    cells: [
      ...['demo', 'demox', 'xdemox'].map((value) => observe('c1', SERVER, send('x-demo', value))),
      observe('c1', SERVER, send('x-dot', 'demo')),
      deny('c1', SERVER, send('x-demo', 'other')),
    ],
  },
  controls: [
    {
      name: 'other',
      control: true,
      objects: granted(filtered('demo', '.*', 'x-demo', 'other')),
      cells: [allow('c1', SERVER, send('x-demo', 'other'))],
    },
  ],
});

export const absentHeader = readingCase({
  id: 'SPC-20',
  title: 'an absent header and an expression that matches the empty string',
  phrase: PHRASE,
  ref: REF,
  setup: 'x-opt: .* on /star and x-opt: (.*)? on /optional; the request has no such header',
  expectation: 'an absent header is treated by one of the known readings, and an unrelated path stays denied',
  control: 'with the header present both paths are allowed',
  catches: ['allow-all'],
  readings: { 'no match': ['deny', 'deny'], 'matches as empty string': ['allow', 'allow'] },
  read: {
    name: 'header absent',
    objects: granted(filtered('star', '/star', 'x-opt', '.*'), filtered('optional', '/optional', 'x-opt', '(.*)?')),
    cells: [...['/star', '/optional'].map((path) => observe('c1', SERVER, at(path))), deny('c1', SERVER, at('/other'))],
  },
  controls: [
    {
      name: 'header present',
      control: true,
      objects: granted(filtered('star', '/star', 'x-opt', '.*'), filtered('optional', '/optional', 'x-opt', '(.*)?')),
      cells: ['/star', '/optional'].map((path) => allow('c1', SERVER, { path, ...send('x-opt', 'present') })),
    },
  ],
});
