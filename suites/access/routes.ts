/** On which routes a listed source may come in: rules, matches, additive targets. */
import { group, http, match, target } from '../../src/cases/objects.js';
import { allow, deny } from '../../src/cases/questions.js';
import { accessCase } from './access-case.js';

const a = match('a', '/a');
const b = match('b', '/b');
const at = (path: string) => ({ path });

export const unlistedRoute = accessCase({
  id: 'ACC-05',
  class: 'M',
  profiles: ['smoke', 'core', 'extended', 'full'],
  title: 'a route that is not in the rules is denied',
  phrase: 'attempts to connect on a route which is not in the list of TrafficSpecs will be denied',
  setup: 'c1 may reach /a',
  expectation: 'the listed route is allowed, any other is denied',
  control: 'adding a match for the other path lets it through',
  catches: ['allow-all', 'deny-all', 'ignore-path'],
  phases: [
    {
      name: 'route a',
      objects: [group('g', [a]), target('t', { from: ['c1'], rules: [http('g')] })],
      cells: [allow('c1', 'srv:8080', at('/a')), deny('c1', 'srv:8080', at('/b'))],
    },
    {
      name: 'route b added',
      control: true,
      objects: [group('g', [a, b]), target('t', { from: ['c1'], rules: [http('g')] })],
      cells: [allow('c1', 'srv:8080', at('/b'))],
    },
  ],
});

/** The spec's example: two targets, four identities, three paths, three methods. c1, c2 stand for its two services, c3 for prometheus. */
const METHODS = ['GET', 'POST', 'DELETE'];
const PATHS = ['/api', '/metrics', '/other'];
const allowedInExample = (client: string, path: string, method: string): boolean =>
  (path === '/api' && (client === 'c1' || client === 'c2')) ||
  (path === '/metrics' && client === 'c3' && method === 'GET');

export const exampleTable = accessCase({
  id: 'ACC-06',
  class: 'X',
  profiles: ['smoke', 'core', 'extended', 'full'],
  title: 'the example of the specification allows exactly its table',
  phrase: 'The previous example would allow the following HTTP traffic',
  setup: 'the two TrafficTargets of the example: two services on /api with any method, prometheus on /metrics with GET',
  expectation: 'of 4 identities × 3 paths × 3 methods exactly the seven cells of the table are allowed',
  control: 'the fourth identity, in neither target, is denied everywhere',
  catches: [
    'allow-all',
    'deny-all',
    'any-identity',
    'ignore-method',
    'namespace-blind',
    'wildcard-get-only',
    'first-source-only',
    'first-target-only',
    'targets-mixed',
    'matches-ignored',
    'ignore-path',
  ],
  phases: [
    {
      name: 'the example',
      objects: [
        group('routes', [match('api', '/api'), match('metrics', '/metrics', { methods: ['GET'] })]),
        target('api-service-api', { from: ['c1', 'c2'], rules: [http('routes', 'api')] }),
        target('api-service-metrics', { from: ['c3'], rules: [http('routes', 'metrics')] }),
      ],
      cells: ['c1', 'c2', 'c3', 'ns2/c1'].flatMap((client) =>
        PATHS.flatMap((path) =>
          METHODS.map((method) =>
            (allowedInExample(client, path, method) ? allow : deny)(client, 'srv:8080', { path, method, count: 5 }),
          ),
        ),
      ),
    },
  ],
});

export const omittedMatches = accessCase({
  id: 'ACC-07',
  class: 'M',
  title: 'a rule without matches is valid for all matches of its group',
  phrase: 'optional and if omitted, a rule is valid for all the matches in a traffic spec (a OR relationship)',
  setup: 'a group with /a and /b; the rule names no matches',
  expectation: 'both routes of the group are allowed',
  control: 'a group with /a alone denies /b',
  catches: ['allow-all', 'deny-all', 'omitted-matches-deny', 'ignore-path'],
  phases: [
    {
      name: 'both matches',
      asWritten: true,
      objects: [group('g', [a, b]), target('t', { from: ['c1'], rules: [http('g')] })],
      cells: [allow('c1', 'srv:8080', at('/a')), allow('c1', 'srv:8080', at('/b')), deny('c1', 'srv:8080', at('/c'))],
    },
    {
      name: 'only a',
      asWritten: true,
      control: true,
      objects: [group('g', [a]), target('t', { from: ['c1'], rules: [http('g')] })],
      cells: [deny('c1', 'srv:8080', at('/b'))],
    },
  ],
});

export const severalRules = accessCase({
  id: 'ACC-08',
  class: 'M',
  profiles: ['smoke', 'core', 'extended', 'full'],
  title: 'any of the defined routes opens the way',
  phrase: 'makes a call to the destination on one of the defined routes',
  setup: 'one target with two rules, a group with /a and a group with /b',
  expectation: 'both routes are allowed, a third is denied',
  control: 'removing the second rule denies its route',
  catches: ['allow-all', 'deny-all', 'first-rule-only', 'rules-anded', 'ignore-path'],
  phases: [
    {
      name: 'two rules',
      objects: [group('g1', [a]), group('g2', [b]), target('t', { from: ['c1'], rules: [http('g1'), http('g2')] })],
      cells: [allow('c1', 'srv:8080', at('/a')), allow('c1', 'srv:8080', at('/b')), deny('c1', 'srv:8080', at('/c'))],
    },
    {
      name: 'second rule removed',
      control: true,
      objects: [group('g1', [a]), group('g2', [b]), target('t', { from: ['c1'], rules: [http('g1')] })],
      cells: [allow('c1', 'srv:8080', at('/a')), deny('c1', 'srv:8080', at('/b'))],
    },
  ],
});

export const additiveDisjoint = accessCase({
  id: 'ACC-09',
  class: 'M',
  profiles: ['smoke', 'core', 'extended', 'full'],
  title: 'targets add up without mixing sources and routes',
  phrase: 'Access control in this specification is additive',
  setup: 'one target allows c1 on /a, another c2 on /b',
  expectation: 'each source is allowed on its own route',
  control: 'neither is allowed on the route of the other',
  catches: ['allow-all', 'deny-all', 'any-identity', 'first-target-only', 'targets-mixed', 'ignore-path'],
  phases: [
    {
      name: 'two targets',
      objects: [
        group('ga', [a]),
        group('gb', [b]),
        target('ta', { from: ['c1'], rules: [http('ga')] }),
        target('tb', { from: ['c2'], rules: [http('gb')] }),
      ],
      cells: [
        allow('c1', 'srv:8080', at('/a')),
        allow('c2', 'srv:8080', at('/b')),
        deny('c1', 'srv:8080', at('/b')),
        deny('c2', 'srv:8080', at('/a')),
      ],
    },
  ],
});

export const identicalRoutes = accessCase({
  id: 'ACC-11',
  class: 'M',
  title: 'two targets with the same route serve both their sources',
  phrase: 'Access control in this specification is additive',
  setup: 'two targets, each with a group of its own that holds the same /a; sources c1 and c2',
  expectation: 'both sources are allowed',
  control: 'deleting the second target denies its source and leaves the first allowed',
  catches: ['deny-all', 'first-target-only'],
  phases: [
    {
      name: 'two targets',
      objects: [
        group('ga', [a]),
        group('gb', [a]),
        target('ta', { from: ['c1'], rules: [http('ga')] }),
        target('tb', { from: ['c2'], rules: [http('gb')] }),
      ],
      cells: [allow('c1', 'srv:8080', at('/a')), allow('c2', 'srv:8080', at('/a'))],
    },
    {
      name: 'second deleted',
      control: true,
      objects: [group('ga', [a]), group('gb', [a]), target('ta', { from: ['c1'], rules: [http('ga')] })],
      cells: [allow('c1', 'srv:8080', at('/a')), deny('c2', 'srv:8080', at('/a'))],
    },
  ],
});

export const sameNamedGroupElsewhere = accessCase({
  id: 'ACC-24',
  class: 'M',
  title: 'a group of the same name in another namespace is not used',
  phrase: '(shown by the example only)',
  setup: 'ns2 has a group "routes" that allows /x; the target in ns1 names "routes"',
  expectation: 'the reference stays in its own namespace, so nothing is allowed',
  control: 'creating ns1/routes with /x lets the request through',
  catches: ['namespace-blind', 'allow-all', 'foreign-group', 'missing-group-open'],
  phases: [
    {
      name: 'only in ns2',
      objects: [group('ns2/routes', [match('x', '/x')]), target('t', { from: ['c1'], rules: [http('routes')] })],
      cells: [deny('c1', 'srv:8080', at('/x'))],
    },
    {
      name: 'created in ns1',
      control: true,
      objects: [
        group('ns2/routes', [match('x', '/x')]),
        group('routes', [match('x', '/x')]),
        target('t', { from: ['c1'], rules: [http('routes')] }),
      ],
      cells: [allow('c1', 'srv:8080', at('/x'))],
    },
  ],
});
