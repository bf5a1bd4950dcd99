/** The A/B example of the text, word for word: its group has `matches` at the top level, where no schema of that version has them. */
import type { Phase } from '../../src/cases/case.js';
import type { CaseContext, OfferedObject } from '../../src/cases/context.js';
import { visit } from '../../src/cases/define.js';
import { group, HOME, split } from '../../src/cases/objects.js';
import { all, observe, only } from '../../src/cases/questions.js';
import type { KubeObject, SplitVersion } from '../../src/smi/model.js';
import { apiVersionOf } from '../../src/smi/versions.js';
import { splitReading } from './readings.js';
import { FIREFOX, isLeft, isTaken, SAFARI, SEGMENT_NEEDS } from './segments.js';
import { FEW, TRIO } from './split-case.js';

const VERSIONS: readonly SplitVersion[] = ['v1alpha4', 'v1alpha3'];

/** As printed, but for the API versions and the namespace, which are not printed. */
export function printedObjects(ctx: Pick<CaseContext, 'offers'>): readonly KubeObject[] {
  const version = VERSIONS.find((one) => ctx.offers(`split:${one}`) && ctx.offers(`specs:${one}`)) ?? 'v1alpha4';
  return [
    {
      apiVersion: apiVersionOf('split', version),
      kind: 'TrafficSplit',
      metadata: { name: 'ab-test', namespace: HOME },
      spec: {
        service: 'website',
        matches: [{ kind: 'HTTPRouteGroup', name: 'ab-test' }],
        backends: [
          { service: 'website-v1', weight: 0 },
          { service: 'website-v2', weight: 100 },
        ],
      },
    },
    {
      apiVersion: apiVersionOf('specs', version),
      kind: 'HTTPRouteGroup',
      metadata: { name: 'ab-test', namespace: HOME },
      matches: [{ name: 'firefox-users', headers: [{ 'user-agent': '.*Firefox.*' }] }],
    },
  ];
}

const website = (name: string, selector: Readonly<Record<string, string>>) => ({
  name,
  selector,
  ports: [{ name: 'http', port: 8080, targetPort: 8080, protocol: 'http' as const }],
});
const services = [
  website('website', { trio: 'yes' }),
  website('website-v1', { leaf: '1' }),
  website('website-v2', { leaf: '2' }),
];
const asPrinted: Phase = {
  name: 'as printed',
  objects: [],
  services,
  cells: [FIREFOX, SAFARI].map((headers) => observe('c1', 'website:8080', { count: 40, headers })),
};
const underSpec: Phase = {
  name: 'matches under spec',
  control: true,
  objects: [
    group('ab-test', [{ name: 'firefox-users', headers: [{ name: 'user-agent', regex: '.*Firefox.*' }] }]),
    split('ab-test', 'website', { 'website-v1': 0, 'website-v2': 100 }, [{ kind: 'HTTPRouteGroup', name: 'ab-test' }]),
  ],
  services,
  samples: [
    only('website:8080', ['website-v2'], {
      groups: { 'website-v2': ['p2'] },
      key: 'Firefox',
      headers: FIREFOX,
      n: FEW,
    }),
    all('website:8080', Object.keys(TRIO), { groups: TRIO, key: 'another browser', headers: SAFARI }),
  ],
};

export const printedExample = splitReading({
  id: 'SPL-36',
  alone: true,
  title: 'what the A/B example of the text does as it is printed',
  phrase: 'The above configuration will route the Firefox users to the website-v2 service',
  ref: 'traffic-split v1alpha3, v1alpha4',
  needs: SEGMENT_NEEDS,
  setup: 'the two objects of the example word for word, the group with matches at the top level',
  expectation: 'recorded: whether the API takes them, and what they do',
  control: 'with matches under spec Firefox goes to website-v2, and another browser to every pod of website',
  read: [asPrinted],
  after: [underSpec],
  // What is split goes before what the API said: a split that lost its group could take everybody.
  readings: {
    'splits everybody': ([firefox, others]) => isTaken(firefox) && isTaken(others),
    'header split works': ([firefox, others]) => isTaken(firefox) && isLeft(others),
    rejected: ([firefox, others], refused) => refused && isLeft(firefox) && isLeft(others),
    'split inert': ([firefox, others]) => isLeft(firefox) && isLeft(others),
  },
  run: async (ctx) => {
    const offered: OfferedObject[] = [];
    for (const manifest of printedObjects(ctx)) offered.push(await ctx.offer(asPrinted.name, manifest));
    await visit(ctx, asPrinted);
    for (const object of offered) await object.withdraw();
    await visit(ctx, underSpec);
  },
});
