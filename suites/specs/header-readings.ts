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
  catches: ['allow-all', 'ignore-headers', 'header-exact', 'header-presence'],
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
  catches: ['allow-all', 'ignore-headers'],
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

const twice = (name: string, ...values: readonly string[]) => ({
  headers: values.map((value) => [name, value] as const),
});

export const repeatedHeader = readingCase({
  id: 'SPC-21',
  profiles: ['extended', 'full'],
  title: 'a header that comes twice, with two values',
  phrase: PHRASE,
  ref: REF,
  setup:
    'a match with x-a: 1.*, and one with x-joined: 1, ?2; requests with two lines of the header, 1 and 2 in either order',
  expectation: 'the values are read by one of the known readings, and a request without the wanted value stays denied',
  control: 'the wanted value alone is let through, on either path',
  catches: ['allow-all', 'ignore-headers', 'header-presence'],
  readings: {
    'any value': ['allow', 'allow', 'deny'],
    first: ['allow', 'deny', 'deny'],
    last: ['deny', 'allow', 'deny'],
    // Whether 1.* also finds itself inside "2,1" depends on what surrounds an expression, which SPC-18 asks.
    'comma-joined string': ['allow', 'either', 'allow'],
    'no match': ['deny', 'deny', 'deny'],
  },
  read: {
    name: 'two lines',
    objects: granted(filtered('one', '/one', 'x-a', '1.*'), filtered('joined', '/joined', 'x-joined', '1, ?2')),
    cells: [
      observe('c1', SERVER, { path: '/one', ...twice('x-a', '1', '2') }),
      observe('c1', SERVER, { path: '/one', ...twice('x-a', '2', '1') }),
      observe('c1', SERVER, { path: '/joined', ...twice('x-joined', '1', '2') }),
      deny('c1', SERVER, { path: '/one', ...send('x-a', '2') }),
    ],
  },
  controls: [
    {
      name: 'one line',
      control: true,
      objects: granted(filtered('one', '/one', 'x-a', '1.*'), filtered('joined', '/joined', 'x-joined', '1, ?2')),
      cells: [
        allow('c1', SERVER, { path: '/one', ...send('x-a', '1') }),
        allow('c1', SERVER, { path: '/joined', ...send('x-joined', '1,2') }),
      ],
    },
  ],
});

/** Another name of the same service, which no expression for the full one matches, however it is anchored. */
const SHORT = send('host', 'srv:8080');

export const hostHeader = readingCase({
  id: 'SPC-22',
  profiles: ['extended', 'full'],
  title: 'host as the name of a header filter',
  phrase: PHRASE,
  ref: REF,
  setup: 'a match with host: srv\\..*; requests by the full name of the service, and by its short one',
  expectation: 'the filter is read by one of the known readings, and a request with another host stays denied',
  control: 'without the filter a request by the short name is let through',
  catches: ['allow-all', 'ignore-headers', 'header-presence'],
  readings: { 'matched against the authority': ['allow'], 'never matches': ['deny'] },
  rejectable: true,
  read: {
    name: 'host',
    objects: granted(filtered('host', '.*', 'host', 'srv\\..*')),
    cells: [observe('c1', SERVER), deny('c1', SERVER, SHORT)],
  },
  controls: [
    {
      name: 'any host',
      control: true,
      objects: granted(match('any', '.*')),
      cells: [allow('c1', SERVER, SHORT), allow('c1', SERVER)],
    },
  ],
});
