import fc from 'fast-check';
import type {
  HeaderFilter,
  HTTPRouteGroup,
  ObjectMeta,
  ObjectReference,
  SmiObject,
  SmiProfile,
  TCPRoute,
  TrafficMetrics,
  TrafficSplit,
  TrafficTarget,
  UDPRoute,
} from '../../../src/smi/model.js';
import { RELEASED_VERSIONS } from '../../../src/smi/versions.js';

const name = fc.stringMatching(/^[a-z]([a-z0-9-]{0,8}[a-z0-9])?$/);
const word = fc.oneof(name, fc.constantFrom('toString', '__proto__', 'a.b/c', '1', 'constructor'));
const regex = fc.constantFrom('.*', '/api/.*', '', '^/v[0-9]+$', '(a|b)', '.*Android.*');
const port = fc.integer({ min: 1, max: 65_535 });
const stringMap = fc.array(fc.tuple(word, fc.string()), { maxLength: 2 }).map((pairs) => Object.fromEntries(pairs));

type Fields<T> = { [K in keyof T]-?: fc.Arbitrary<Exclude<T[K], undefined>> };

/** Optional keys are left out, never undefined: that is what the model's types say. Without `requiredKeys` all are required. */
function record<T>(fields: Fields<T>, requiredKeys = Object.keys(fields) as (keyof T)[]): fc.Arbitrary<T> {
  return fc.record(fields, { requiredKeys, noNullPrototype: true });
}

const metadata = record<ObjectMeta>({ name, namespace: name, labels: stringMap, annotations: stringMap }, [
  'name',
  'namespace',
]);
const identity = { kind: fc.constantFrom('ServiceAccount', 'Group'), name, namespace: name };

const trafficTarget: fc.Arbitrary<TrafficTarget> = record<TrafficTarget>({
  kind: fc.constant('TrafficTarget' as const),
  metadata,
  destination: record<TrafficTarget['destination']>({ ...identity, kind: fc.constant('ServiceAccount'), port }, [
    'kind',
    'name',
  ]),
  rules: fc.array(
    record<TrafficTarget['rules'][number]>(
      {
        kind: fc.constantFrom('HTTPRouteGroup', 'TCPRoute', 'UDPRoute'),
        name,
        matches: fc.array(word, { maxLength: 3 }),
      },
      ['kind', 'name'],
    ),
    { minLength: 1, maxLength: 3 },
  ),
  sources: fc.array(record<TrafficTarget['sources'][number]>(identity, ['kind', 'name']), {
    minLength: 1,
    maxLength: 3,
  }),
});

const header: fc.Arbitrary<HeaderFilter> = record<HeaderFilter>({
  name: fc.oneof(fc.constantFrom('user-agent', 'cookie', 'X-Demo', '__proto__', '7'), name),
  regex,
});

const httpRouteGroup: fc.Arbitrary<HTTPRouteGroup> = record<HTTPRouteGroup>({
  kind: fc.constant('HTTPRouteGroup' as const),
  metadata,
  matches: fc.uniqueArray(
    record<HTTPRouteGroup['matches'][number]>(
      {
        name,
        pathRegex: regex,
        methods: fc.array(fc.constantFrom('*', 'GET', 'POST', 'PURGE'), { maxLength: 3 }),
        headers: fc.array(header, { maxLength: 4 }),
      },
      ['name'],
    ),
    { maxLength: 3, selector: (match) => match.name },
  ),
});

const ports = fc.array(port, { maxLength: 3 });
const tcpRoute: fc.Arbitrary<TCPRoute> = record<TCPRoute>({ kind: fc.constant('TCPRoute' as const), metadata, ports });
const udpRoute: fc.Arbitrary<UDPRoute> = record<UDPRoute>({ kind: fc.constant('UDPRoute' as const), metadata, ports });

/** Whole numbers, the fractions people write, and whatever a double can be. */
const weight = fc.oneof(
  fc.nat({ max: 1000 }),
  fc.nat({ max: 5000 }).map((milli) => milli / 1000),
  fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }).filter((value) => !Object.is(value, -0)),
);

const trafficSplit: fc.Arbitrary<TrafficSplit> = record<TrafficSplit>(
  {
    kind: fc.constant('TrafficSplit' as const),
    metadata,
    service: name,
    backends: fc.array(record<TrafficSplit['backends'][number]>({ service: name, weight }), { maxLength: 4 }),
    matches: fc.array(
      record<NonNullable<TrafficSplit['matches']>[number]>(
        { kind: fc.constant('HTTPRouteGroup'), name, apiGroup: fc.constant('specs.smi-spec.io') },
        ['kind', 'name'],
      ),
      { maxLength: 2 },
    ),
  },
  ['kind', 'metadata', 'service', 'backends'],
);

const reference = record<ObjectReference>({ kind: word, name, namespace: name, apiVersion: name }, []);
const trafficMetrics: fc.Arbitrary<TrafficMetrics> = record<TrafficMetrics>(
  {
    kind: fc.constant('TrafficMetrics' as const),
    metadata,
    resource: reference,
    edge: record<NonNullable<TrafficMetrics['edge']>>(
      { direction: fc.constantFrom('to', 'from'), side: fc.constantFrom('client', 'server'), resource: reference },
      ['direction'],
    ),
    backend: record<NonNullable<TrafficMetrics['backend']>>({ apex: name, name, weight }),
    timestamp: fc
      .date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) })
      .map((date) => date.toISOString()),
    window: fc.constant('30s'),
    metrics: fc.array(
      record<TrafficMetrics['metrics'][number]>({ name, unit: word, value: weight }, ['name', 'value']),
      { maxLength: 3 },
    ),
  },
  ['kind', 'metadata', 'resource', 'timestamp', 'window', 'metrics'],
);

/** Any object of any kind that the newest schemas accept. */
export const smiObject: fc.Arbitrary<SmiObject> = fc.oneof(
  trafficTarget,
  httpRouteGroup,
  tcpRoute,
  udpRoute,
  trafficSplit,
  trafficMetrics,
);

/** Every combination of released versions with both shapes of `headers`. */
export const allProfiles: readonly SmiProfile[] = RELEASED_VERSIONS.access.flatMap((access) =>
  RELEASED_VERSIONS.specs.flatMap((specs) =>
    RELEASED_VERSIONS.split.flatMap((split) =>
      (['map', 'list'] as const).map(
        (headers) => ({ access, specs, split, metrics: 'v1alpha1', headers }) as SmiProfile,
      ),
    ),
  ),
);
