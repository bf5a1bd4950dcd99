/** Paths that mean something else to the server than to the policy. */
import type { Cell, Phase } from '../../src/cases/case.js';
import { match } from '../../src/cases/objects.js';
import { allow, deny, DENY_COUNT, observe } from '../../src/cases/questions.js';
import type { Exchanges } from '../../src/judge/exchanges.js';
import { invalid, unmet, type Finding } from '../../src/judge/findings.js';
import { granted, SERVER, specsCase } from './specs-case.js';

/** Each begins like an allowed path and may be resolved to another one. `/pub/./x` and `/pub/a/../x` stay inside. */
const DISGUISED = [
  '/pub/../admin',
  '/pub/./../admin',
  '/pub//../admin',
  '/pub/%2e%2e/admin',
  '/pub/%2E%2E/admin',
  '/pub/.%2e/admin',
  '/pub/..%2fadmin',
  '/pub%2f..%2fadmin',
  '/pub/..\\admin',
  '/pub/..%5cadmin',
  '/pub/x/../../admin',
  '/pub/./x',
  '/pub/a/../x',
];

/** No normalisation turns one of these into an allowed path. */
const FORBIDDEN = ['/admin', '//admin', '/x/../admin', '/%61dmin', '/PUB/x', '/Pub/x'];

const read: Phase = {
  name: 'pub',
  objects: granted(match('pub', '/pub.*')),
  cells: [
    allow('c1', SERVER, { path: '/pub/x' }),
    ...FORBIDDEN.map((path) => deny('c1', SERVER, { path })),
    ...DISGUISED.map((path) => observe('c1', SERVER, { path, count: DENY_COUNT })),
  ],
};

export const normalisation = specsCase({
  id: 'SPC-09',
  class: 'M',
  title: 'no spelling of a path leads past the list of routes',
  phrase: 'attempts to connect on a route which is not in the list of TrafficSpecs will be denied',
  ref: 'traffic-access v1alpha1–v1alpha3',
  setup:
    'a group with /pub.*; raw paths with dot segments, encoded dots and slashes, doubled slashes, other letter case',
  expectation:
    'every disguised path is denied, or normalised before it is matched: the server never sees a path that leads out of /pub',
  control: '/pub/x is allowed at the same time',
  catches: ['allow-all', 'deny-all', 'case-insensitive-path', 'ignore-path', 'literal-path', 'raw-path'],
  phases: [read],
  judge: (exchanges) => ({
    findings: (read.cells ?? [])
      .filter(({ expect }) => expect === 'observe')
      .flatMap((cell) => judgeDisguise(cell, exchanges)),
  }),
});

function judgeDisguise(cell: Cell, exchanges: Exchanges): Finding[] {
  const seen = exchanges.of(read.name, cell.key);
  if (seen.length < cell.count)
    return [invalid(`${read.name}: ${cell.key}: only ${seen.length} of ${cell.count} requests are on record`)];
  const arrived = seen.flatMap(({ servers }) => servers.map(({ path = '' }) => path));
  const escaped = [...new Set(arrived.filter((path) => !staysInside(path)))];
  if (escaped.length > 0)
    return [
      unmet(
        read,
        exchanges,
        `${read.name}: ${cell.path} was let in and arrived as ${escaped.join(', ')}, which leads to ${escaped.map(resolvePath).join(', ')}`,
      ),
    ];
  const unproven = seen.filter(({ outcome, servers }) => outcome === 'inconsistent' && servers.length === 0).length;
  return unproven === 0 ? [] : [invalid(`${read.name}: ${cell.path}: ${unproven} answers that no server gave`)];
}

/** Whether the most lenient server would still take the path for one under /pub. */
export function staysInside(path: string): boolean {
  return path.startsWith('/pub') && resolvePath(path).startsWith('/pub');
}

/** As the most lenient server reads a path: escapes decoded, backslashes as slashes, slashes merged, dot segments resolved. */
export function resolvePath(raw: string): string {
  const [path = ''] = raw.split('?');
  const plain = path.replace(/%2e/gi, '.').replace(/%2f/gi, '/').replace(/%5c/gi, '\\').replaceAll('\\', '/');
  const kept: string[] = [];
  for (const segment of plain.split('/')) {
    if (segment === '..') kept.pop();
    else if (segment !== '.' && segment !== '') kept.push(segment);
  }
  return `/${kept.join('/')}`;
}
