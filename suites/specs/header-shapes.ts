/** Header filters travel as a map or as a list: they mean the same in the shape, or the shapes, that the API serves. */
import type { Cell, Phase } from '../../src/cases/case.js';
import type { CaseContext } from '../../src/cases/context.js';
import { LEFT_OUT, visit } from '../../src/cases/define.js';
import { HOME, match } from '../../src/cases/objects.js';
import { allow, deny } from '../../src/cases/questions.js';
import type { Exchanges } from '../../src/judge/exchanges.js';
import { invalid } from '../../src/judge/findings.js';
import type { HeadersShape, Json, KubeObject, SpecsVersion } from '../../src/smi/model.js';
import { apiVersionOf } from '../../src/smi/versions.js';
import { granted, SERVER, specsCase } from './specs-case.js';

type Header = readonly [name: string, value: string];
const ANDROID: Header = ['user-agent', 'Mozilla/5.0 (Linux; Android 14)'];
const IPHONE: Header = ['user-agent', 'Mozilla/5.0 (iPhone; CPU iPhone OS 17)'];
const ONE: Header = ['x-one', 'ab'];
const TWO: Header = ['x-two', 'bc'];

const filters = (...pairs: readonly Header[]) => ({ headers: pairs.map(([name, regex]) => ({ name, regex })) });
/** What SPC-14 to SPC-17 ask, each on a path of its own. */
const MATCHES = [
  match('regex', '/regex', filters(['user-agent', '.*Android.*'])),
  match('and', '/and', filters(['x-one', 'a.*'], ['x-two', 'b.*'])),
  match('or-one', '/or', filters(['x-one', 'a.*'])),
  match('or-two', '/or', filters(['x-two', 'b.*'])),
  match('all-three', '/api/.*', { methods: ['GET', 'HEAD'], ...filters(['user-agent', '.*iPhone.*']) }),
];
const asking = (path: string, headers: readonly Header[] = [], method = 'GET') => ({ path, headers, method, count: 5 });
const CELLS: readonly Cell[] = [
  allow('c1', SERVER, asking('/regex', [ANDROID])),
  deny('c1', SERVER, asking('/regex', [IPHONE])),
  allow('c1', SERVER, asking('/and', [ONE, TWO])),
  deny('c1', SERVER, asking('/and', [ONE])),
  deny('c1', SERVER, asking('/and', [TWO])),
  allow('c1', SERVER, asking('/or', [ONE])),
  allow('c1', SERVER, asking('/or', [TWO])),
  deny('c1', SERVER, asking('/or')),
  allow('c1', SERVER, asking('/api/x', [IPHONE])),
  deny('c1', SERVER, asking('/api/x', [ANDROID])),
  deny('c1', SERVER, asking('/api/x', [IPHONE], 'POST')),
  deny('c1', SERVER, asking('/other', [IPHONE])),
];

const SHAPES = ['map', 'list'] as const satisfies readonly HeadersShape[];
const phaseOf = (shape: HeadersShape): Phase => ({
  name: shape.toUpperCase(),
  profile: { headers: shape },
  objects: granted(...MATCHES),
  cells: CELLS,
});
const PHASES = SHAPES.map((shape) => ({ shape, phase: phaseOf(shape) }));

/** Since the version that brought header filters. */
const VERSIONS = ['v1alpha4', 'v1alpha3', 'v1alpha2'] as const satisfies readonly SpecsVersion[];
export const SINCE_HEADERS = `specs:${VERSIONS.join(',')}` as const;

/** A group with one match whose `headers` are given word for word, in the newest version that is served. */
export function groupWithHeaders(ctx: Pick<CaseContext, 'offers'>, name: string, headers: Json): KubeObject {
  const version = VERSIONS.find((candidate) => ctx.offers(`specs:${candidate}`)) ?? VERSIONS[0];
  const matches = [{ name: 'm', pathRegex: '/m', methods: ['*'], headers }];
  return {
    apiVersion: apiVersionOf('specs', version),
    kind: 'HTTPRouteGroup',
    metadata: { name, namespace: HOME },
    ...(version === 'v1alpha2' ? { matches } : { spec: { matches } }),
  };
}

export const headerShapes = specsCase({
  id: 'SPC-23',
  class: 'M',
  profiles: ['extended', 'full'],
  title: 'header filters mean the same in every shape that is served',
  phrase: 'A filter defines a match condition that’s applied to incoming HTTP requests',
  ref: 'traffic-specs v1alpha2–v1alpha4',
  setup:
    'header filters as a map, then as a list of pairs, as far as the API takes the shape: a regular expression, two filters of one match, two matches, and path, method and header together',
  expectation: 'requests that fulfil a match are allowed and all others denied, in whichever shape it is written',
  control: 'for each match a request that lacks one of its parts is denied at the same time',
  needs: ['kind:TrafficTarget', 'kind:HTTPRouteGroup', 'identity:service-account', SINCE_HEADERS],
  catches: [
    'allow-all',
    'deny-all',
    'ignore-method',
    'ignore-path',
    'literal-path',
    'ignore-headers',
    'headers-or',
    'first-header-only',
    'header-exact',
    'header-presence',
  ],
  phases: PHASES.map(({ phase }) => phase),
  run: async (ctx) => {
    for (const { shape, phase } of PHASES) {
      const pair = { 'x-one': 'a.*' };
      const offered = await ctx.offer(
        phase.name,
        groupWithHeaders(ctx, `spc-23-${shape}`, shape === 'map' ? pair : [pair]),
      );
      await offered.withdraw();
      if (offered.admitted) await visit(ctx, phase);
      else ctx.fact(phase.name, LEFT_OUT, 'an API that takes this shape');
    }
  },
  judge: (exchanges) => judgeShapes(exchanges),
});

/** A shape that was left out has no record of its own. */
function judgeShapes(exchanges: Exchanges) {
  const served = PHASES.filter(({ phase }) => exchanges.gate(phase.name) !== undefined).map(({ phase }) => phase.name);
  if (served.length === 0) return { findings: [invalid('the API takes header filters in neither shape')] };
  return { variant: served.length === PHASES.length ? 'both' : served.join() };
}
