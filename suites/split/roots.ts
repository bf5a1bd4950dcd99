/** The root of a split: by which names it is called, from where it may be named, and what kinds of service it may be. */
import { CLUSTER_IP } from '../../src/cases/case.js';
import { split } from '../../src/cases/objects.js';
import { all, notShares, observe, only, shares } from '../../src/cases/questions.js';
import type { Exchanges } from '../../src/judge/exchanges.js';
import { among, exactly, nobody, type Answers } from './answers.js';
import { rejected, reads, splitReading, type Reading } from './readings.js';
import { EXTENDED, FEW, LEAVES, splitCase, TRIO, TRIO_NAMES } from './split-case.js';

export const rootElsewhere = splitCase({
  id: 'SPL-19',
  class: 'M',
  profiles: EXTENDED,
  title: 'a split does not reach the root of another namespace',
  phrase: 'Services inside the namespace with their own selectors, endpoints and configuration',
  setup: 'three splits in ns2, which name the root of ns1 as root, root.ns1 and root.ns1.svc.cluster.local',
  expectation: 'the root is served by its selector, as if they were not there',
  control: 'a split in the namespace of the root works',
  catches: ['foreign-root'],
  phases: [
    {
      name: 'named from ns2',
      objects: [
        split('ns2/plain', 'root', { v1: 100 }),
        split('ns2/short', 'root.ns1', { v2: 100 }),
        split('ns2/full', 'root.ns1.svc.cluster.local', { v3: 100 }),
      ],
      samples: [all('root:8080', TRIO_NAMES, { groups: TRIO })],
    },
    {
      name: 'named from ns1',
      control: true,
      objects: [split('ts', 'root', { v1: 100 })],
      samples: [only('root:8080', ['v1'], { groups: LEAVES, n: FEW })],
    },
  ],
});

const FORMS = [
  'root',
  'root.ns1',
  'root.ns1.svc.cluster.local',
  'root.ns1.svc.cluster.local:8080',
  CLUSTER_IP,
  `${CLUSTER_IP}:8080`,
] as const;
const QUARTER = { v1: 75, v2: 25 };
const byName = FORMS.map((authority) => shares('root:8080', QUARTER, { groups: LEAVES, authority, delta: 0.1 }));
const SPLIT_PHASE = '75 to 25';

export const everyName = splitCase({
  id: 'SPL-39',
  class: 'X',
  profiles: EXTENDED,
  title: 'a root is split by whichever name it is called',
  phrase: 'name is the FQDN that applications will use to communicate',
  setup:
    'weights 75 and 25; the client calls the root by its name alone, with its namespace, in full, and by its cluster address, the last two with the port as well',
  expectation: 'the ratio is the same for every form; a shift of ten points would be found with probability 0.99',
  control: 'without the split the same test rejects, by name and by address',
  catches: ['ignore-split'],
  phases: [
    { name: SPLIT_PHASE, objects: [split('ts', 'root', QUARTER)], samples: byName },
    {
      name: 'no split',
      control: true,
      objects: [],
      samples: ([FORMS[0], CLUSTER_IP] as const).map((authority) =>
        notShares('root:8080', QUARTER, { groups: TRIO, authority, delta: 0.1 }),
      ),
    },
  ],
  judge: (exchanges) => {
    const variant = hostsSeen(exchanges);
    return variant === undefined ? {} : { variant };
  },
});

/** Which Host reaches the backend; undefined where none is on record. */
function hostsSeen(exchanges: Exchanges): string | undefined {
  const arrived = byName.flatMap(({ key, authority = '' }) =>
    exchanges.of(SPLIT_PHASE, key).flatMap(({ servers }) => {
      const host = servers[0]?.authority;
      return host === undefined ? [] : [{ authority, host }];
    }),
  );
  if (arrived.length === 0) return undefined;
  const changed = new Map(
    arrived.filter(({ authority, host }) => !isForm(host, authority)).map(({ authority, host }) => [authority, host]),
  );
  if (changed.size === 0) return 'every Host reaches the backend as it was sent';
  return `Hosts arrive changed: ${[...changed].map(([authority, host]) => `${authority} as ${host}`).join(', ')}`;
}

/** A namespace has another name in a run, and an address is one only there. */
function isForm(host: string, form: string): boolean {
  const pattern = form
    .replaceAll('.', '\\.')
    .replace('ns1', '[^.:]+')
    .replace(CLUSTER_IP, '(?:[0-9.]+|\\[[0-9a-f:]+\\])');
  return new RegExp(`^${pattern}$`).test(host);
}

const rootOf = (name: string, selector: Readonly<Record<string, string>>, headless?: true) => ({
  name,
  selector,
  ports: [{ name: 'http', port: 8080, targetPort: 8080, protocol: 'http' as const }],
  ...(headless === true ? { headless } : {}),
});
const ODD_ROOTS = [rootOf('without-selector', {}), rootOf('astray', { leaf: '4' })];
const halvesOf = (service: string) => split(service, service, { v1: 50, v2: 50 });

/** What each of the two may show. */
const FATES: Readonly<Record<string, (seen: Answers) => boolean>> = {
  'split works': (seen) => exactly(seen, 'p1', 'p2'),
  'root unreachable': nobody,
  'falls back to the selector': (seen) => exactly(seen, 'p4'),
};
const pairs = Object.keys(FATES).flatMap((bare) => Object.keys(FATES).map((astray) => ({ bare, astray })));
const fatesOfBoth = Object.fromEntries(
  // Without a selector there is none to fall back to.
  pairs
    .filter(({ bare }) => bare !== 'falls back to the selector')
    .map(({ bare, astray }): [string, Reading] => [
      bare === astray ? bare : `without selector: ${bare}; with the selector of another pod: ${astray}`,
      (both) => [bare, astray].every((name, index) => both[index] !== undefined && FATES[name]?.(both[index]) === true),
    ]),
);

export const oddRoot = splitReading({
  id: 'SPL-37',
  title: 'whether a root is split that has no selector, or one that misses its backends',
  setup: 'weights 50 and 50 on a root without selector, and on a root whose selector covers another pod',
  expectation: 'recorded: whether each of the two is split',
  control: 'a root whose selector covers its backends is split',
  read: [
    {
      name: 'odd roots',
      objects: ODD_ROOTS.map(({ name }) => halvesOf(name)),
      services: ODD_ROOTS,
      cells: ODD_ROOTS.map(({ name }) => observe('c1', `${name}:8080`, { count: 40 })),
    },
  ],
  after: [
    {
      name: 'usual root',
      control: true,
      objects: [halvesOf('root')],
      samples: [all('root:8080', ['v1', 'v2'], { groups: LEAVES })],
    },
  ],
  readings: fatesOfBoth,
});

export const headlessRoot = splitReading({
  id: 'SPL-40',
  title: 'whether a headless root is split',
  setup: 'weights 0 and 100 on a root without a cluster address',
  expectation: 'recorded: whether the root is split',
  control: 'a root with a cluster address is split',
  read: [
    {
      name: 'headless root',
      objects: [split('ts', 'headless', { v1: 0, v2: 100 })],
      services: [rootOf('headless', { trio: 'yes' }, true)],
      cells: [observe('c1', 'headless:8080', { count: 40 })],
    },
  ],
  after: [
    {
      name: 'usual root',
      control: true,
      objects: [split('ts', 'root', { v1: 0, v2: 100 })],
      samples: [only('root:8080', ['v2'], { groups: LEAVES, n: FEW })],
    },
  ],
  readings: {
    rejected,
    split: reads((seen) => exactly(seen, 'p2')),
    // Its name may stand for one of its pods alone.
    'pods addressed directly, unsplit': reads((seen) => among(seen, ...Object.values(TRIO).flat())),
    errors: reads(nobody),
  },
});
