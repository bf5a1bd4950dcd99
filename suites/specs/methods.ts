/** Methods of a match: one, several, all. */
import { match } from '../../src/cases/objects.js';
import { allow, deny, observe } from '../../src/cases/questions.js';
import { at, granted, SERVER, specsCase } from './specs-case.js';

const metrics = (...methods: string[]) => match('metrics', '/metrics', { methods });

export const specificMethod = specsCase({
  id: 'SPC-01',
  class: 'M',
  profiles: ['smoke', 'core', 'extended', 'full'],
  title: 'a specific method matches that method alone',
  phrase: 'Methods can either be specific (GET) or * to match all methods',
  setup: 'a group with /metrics, methods [GET]',
  expectation: 'GET is allowed, POST is denied',
  control: 'methods ["*"] let POST through',
  catches: ['allow-all', 'deny-all', 'ignore-method'],
  phases: [
    {
      name: 'GET alone',
      objects: granted(metrics('GET')),
      cells: [allow('c1', SERVER, at('/metrics')), deny('c1', SERVER, { method: 'POST', path: '/metrics' })],
    },
    {
      name: 'all methods',
      control: true,
      objects: granted(metrics('*')),
      cells: [allow('c1', SERVER, { method: 'POST', path: '/metrics' })],
    },
  ],
});

export const severalMethods = specsCase({
  id: 'SPC-11',
  class: 'M',
  title: 'any of the listed methods matches',
  phrase: 'Methods can either be specific (GET) or * to match all methods',
  setup: 'a group with /metrics, methods [GET, HEAD]',
  expectation: 'GET and HEAD are allowed, a method that is not listed is denied',
  control: 'POST and DELETE, which are not listed, are denied at the same time',
  catches: ['allow-all', 'deny-all', 'ignore-method', 'first-method-only'],
  phases: [
    {
      name: 'GET and HEAD',
      objects: granted(metrics('GET', 'HEAD')),
      cells: [
        ...['GET', 'HEAD'].map((method) => allow('c1', SERVER, { method, path: '/metrics' })),
        ...['POST', 'DELETE'].map((method) => deny('c1', SERVER, { method, path: '/metrics' })),
      ],
    },
  ],
});

const STANDARD = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'];
const purge = observe('c1', SERVER, { method: 'PURGE', path: '/metrics' });

export const everyMethod = specsCase({
  id: 'SPC-12',
  class: 'M',
  title: 'an asterisk matches every method',
  phrase: 'Methods can either be specific (GET) or * to match all methods',
  setup: 'a group with /metrics, methods ["*"]',
  expectation: 'every standard method is allowed',
  control: 'methods [GET] deny all the others',
  catches: [
    'allow-all',
    'deny-all',
    'ignore-method',
    'stale-config',
    'wildcard-get-only',
    'head-as-get',
    'update-ignored',
  ],
  variants: ['custom method allowed', 'custom method denied'],
  phases: [
    {
      name: 'asterisk',
      objects: granted(metrics('*')),
      cells: [...STANDARD.map((method) => allow('c1', SERVER, { method, path: '/metrics' })), purge],
    },
    {
      // Normative in itself, so a method that still comes in is a violation, not just a control that did not flip.
      name: 'GET alone',
      objects: granted(metrics('GET')),
      cells: STANDARD.map((method) => (method === 'GET' ? allow : deny)('c1', SERVER, { method, path: '/metrics' })),
    },
  ],
  judge: (exchanges) => {
    const outcomes = new Set(exchanges.of('asterisk', purge.key).map(({ outcome }) => outcome));
    const [only] = outcomes;
    if (outcomes.size !== 1 || only === 'inconsistent') return {};
    return { variant: only === 'allow' ? 'custom method allowed' : 'custom method denied' };
  },
});
