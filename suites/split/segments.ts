/** Splits with `matches`: one segment of the requests is split, everybody else is served by the root's own selector. */
import type { Need, Phase, Sample } from '../../src/cases/case.js';
import { group, match, split } from '../../src/cases/objects.js';
import { all, LEAK_COUNT, observe, only } from '../../src/cases/questions.js';
import type { HttpMatch, SmiObject } from '../../src/smi/model.js';
import { exactly, type Answers } from './answers.js';
import { rejected, splitReading } from './readings.js';
import { EXTENDED, FEW, LEAVES, splitCase, TRIO, TRIO_NAMES } from './split-case.js';

export const SEGMENT_NEEDS: readonly Need[] = [
  'kind:TrafficSplit',
  'kind:HTTPRouteGroup',
  'split:v1alpha3,v1alpha4',
  'specs:v1alpha2,v1alpha3,v1alpha4',
  'feature:split-matches',
];
const REF = 'traffic-split v1alpha3, v1alpha4';

type Headers = NonNullable<Sample['headers']>;
export const FIREFOX: Headers = [
  ['user-agent', 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0'],
];
export const SAFARI: Headers = [['user-agent', 'Mozilla/5.0 (Macintosh; Intel Mac OS X) Version/17.4 Safari/605.1.15']];
const NONE: Headers = [];

const firefoxUsers: HttpMatch = { name: 'firefox-users', headers: [{ name: 'user-agent', regex: '.*Firefox.*' }] };
const firefox = group('firefox', [firefoxUsers]);
/** Sends what matches one of the groups to v2 alone. */
const segment = (...groups: readonly string[]): SmiObject =>
  split(
    'ts',
    'root',
    { v1: 0, v2: 100 },
    groups.map((name) => ({ kind: 'HTTPRouteGroup', name })),
  );

const isSplit = (key: string, headers: Headers, n = FEW): Sample =>
  only('root:8080', ['v2'], { groups: LEAVES, key, headers, n });
const isServedBySelector = (key: string, headers: Headers): Sample =>
  all('root:8080', TRIO_NAMES, { groups: TRIO, key, headers });

export const oneSegment = splitCase({
  id: 'SPL-32',
  class: 'M',
  profiles: EXTENDED,
  title: 'a split with matches takes its segment and leaves the others to the selector of the root',
  phrase:
    "If the header conditions don't match the incoming request, then routing will be handled by the Kubernetes service with the same name as spec.service",
  ref: REF,
  needs: SEGMENT_NEEDS,
  setup: 'weights 0 and 100 for requests whose user-agent matches .*Firefox.*',
  expectation: 'Firefox goes to v2 alone; another browser, and a client that names none, reach every pod of the root',
  control: 'without matches the same split takes the other browser too',
  catches: ['ignore-split', 'zero-weight-leak', 'ignore-matches', 'ignore-headers', 'header-exact'],
  phases: [
    {
      name: 'Firefox alone',
      objects: [firefox, segment('firefox')],
      samples: [
        isSplit('Firefox', FIREFOX, LEAK_COUNT),
        isServedBySelector('another browser', SAFARI),
        isServedBySelector('no browser', NONE),
      ],
    },
    {
      name: 'no matches',
      control: true,
      objects: [split('ts', 'root', { v1: 0, v2: 100 })],
      samples: [isSplit('another browser', SAFARI)],
    },
  ],
});

const tagged = (name: string) => group(name, [{ name: 'tagged', headers: [{ name: `x-${name}`, regex: 'yes' }] }]);
const BETA: Headers = [['x-beta', 'yes']];
const STAFF: Headers = [['x-staff', 'yes']];

export const mergedGroups = splitCase({
  id: 'SPL-33',
  class: 'M',
  profiles: EXTENDED,
  title: 'several groups are merged: either of them is enough',
  phrase: 'If multiple HTTP route groups are specified, all routes will be merged into a single group',
  ref: REF,
  needs: SEGMENT_NEEDS,
  setup: 'weights 0 and 100 for requests that match one of two groups, each of which asks for a header of its own',
  expectation: 'a request with either header goes to v2 alone, one with neither reaches every pod of the root',
  control: 'without the second group its header is no longer split',
  catches: ['ignore-split', 'zero-weight-leak', 'ignore-matches', 'ignore-headers'],
  phases: [
    {
      name: 'two groups',
      objects: [tagged('beta'), tagged('staff'), segment('beta', 'staff')],
      samples: [
        isSplit('first header', BETA, LEAK_COUNT),
        isSplit('second header', STAFF),
        isServedBySelector('neither header', NONE),
      ],
    },
    {
      name: 'one group',
      control: true,
      objects: [tagged('beta'), tagged('staff'), segment('beta')],
      samples: [isServedBySelector('second header', STAFF)],
    },
  ],
});

export const missingGroup = splitCase({
  id: 'SPL-35',
  class: 'M',
  profiles: EXTENDED,
  title: 'a split whose group is missing takes nobody',
  phrase:
    "If the header conditions don't match the incoming request, then routing will be handled by the Kubernetes service with the same name as spec.service",
  ref: REF,
  needs: SEGMENT_NEEDS,
  setup: 'weights 0 and 100 with matches that name a group which does not exist; then the group is created',
  expectation: 'without the group every pod of the root answers, whatever the request',
  control: 'once the group exists its segment is split, and only that',
  catches: ['ignore-matches'],
  phases: [
    {
      name: 'group missing',
      objects: [segment('firefox')],
      samples: [isServedBySelector('Firefox', FIREFOX), isServedBySelector('another browser', SAFARI)],
    },
    {
      name: 'group created',
      control: true,
      objects: [segment('firefox'), firefox],
      samples: [isSplit('Firefox', FIREFOX), isServedBySelector('another browser', SAFARI)],
    },
  ],
});

const shop = (ask: { readonly method?: string; readonly path: string }) =>
  observe('c1', 'root:8080', { count: 30, headers: FIREFOX, ...ask });
const wide: Phase = {
  name: 'path, method and header',
  objects: [
    group('firefox', [match('firefox-users', '/shop', { methods: ['GET'], headers: firefoxUsers.headers ?? [] })]),
    segment('firefox'),
  ],
  cells: [shop({ path: '/shop' }), shop({ path: '/other' }), shop({ path: '/shop', method: 'POST' })],
};
/** Split, by a split of weights 0 and 100. */
export const isTaken = (seen: Answers | undefined): boolean => seen !== undefined && exactly(seen, 'p2');
/** Served by the selector of the root. */
export const isLeft = (seen: Answers | undefined): boolean => seen !== undefined && exactly(seen, 'p1', 'p2', 'p3');

export const pathAndMethod = splitReading({
  id: 'SPL-34',
  title: 'whether a split heeds the path and the methods of its group',
  phrase: 'HTTP header filters',
  ref: REF,
  needs: SEGMENT_NEEDS,
  setup: 'weights 0 and 100 for a group with path /shop, method GET and a header; all requests have the header',
  expectation: 'recorded: whether a request with another path, or another method, is split',
  control: 'a group with the header alone splits any path and method',
  read: [wide],
  after: [
    {
      name: 'header alone',
      control: true,
      objects: [firefox, segment('firefox')],
      samples: [only('root:8080', ['v2'], { groups: LEAVES, headers: FIREFOX, path: '/other', n: FEW })],
    },
  ],
  readings: {
    rejected,
    applied: ([right, path, method]) => isTaken(right) && isLeft(path) && isLeft(method),
    ignored: ([right, path, method]) => isTaken(right) && isTaken(path) && isTaken(method),
  },
});
