/** Whether the metrics API is there, and what it says it serves. */
import type { Evidence } from '../../src/evidence/records.js';
import { invalid, violation, type Finding } from '../../src/judge/findings.js';
import { GROUP, RESOURCE_TYPES, VERSION } from '../../src/metrics/resources.js';
import type { Json } from '../../src/smi/model.js';
import { answerTo, describe } from './answers.js';
import { metricsCase } from './metrics-case.js';

const ASKED = 'asked';
const GROUP_PATH = `/apis/${GROUP}`;
const API_PATH = `${GROUP_PATH}/${VERSION}`;
/** A version that nobody will make. */
const MADE_UP = 'v9alpha9';
const AGGREGATION = '/apis/apiregistration.k8s.io/v1';
const apiService = (version: string): string => `${AGGREGATION}/apiservices/${version}.${GROUP}`;

export const exposed = metricsCase({
  id: 'MET-01',
  class: 'M',
  title: 'the metrics API is exposed',
  phrase: 'API will be exposed via a APIService',
  setup: 'nothing but the mesh',
  expectation:
    'the group and its version are discovered and answer; where an API server aggregates APIs, the APIService is available',
  control: 'a made-up version of the group is not there',
  catches: ['metrics-undiscovered'],
  run: async (ctx) => {
    const paths = [GROUP_PATH, API_PATH, `${GROUP_PATH}/${MADE_UP}`];
    const services = [AGGREGATION, apiService(VERSION), apiService(MADE_UP)];
    for (const path of [...paths, ...services]) await ctx.metrics(ASKED, path);
  },
  judge: (_exchanges, evidence) => ({
    findings: [...judgeDiscovery(evidence), ...judgeAggregation(evidence)],
    variant: isAggregated(evidence)
      ? 'through an APIService'
      : 'over the paths of one; no API server aggregates APIs here',
  }),
});

function judgeDiscovery(evidence: Evidence): readonly Finding[] {
  const [group, api, madeUp] = [GROUP_PATH, API_PATH, `${GROUP_PATH}/${MADE_UP}`].map((path) =>
    answerTo(evidence, ASKED, path),
  );
  if (group === undefined || api === undefined || madeUp === undefined)
    return [invalid('what the API said of the group is not on record')];
  const { versions = [] } = asObject(group.body) as { versions?: readonly { version?: string }[] };
  return [
    ...(group.status === 200 && versions.some(({ version }) => version === VERSION)
      ? []
      : [violation(`${GROUP_PATH} is answered with ${describe(group)}, without the version ${VERSION}`)]),
    ...(api.status === 200 ? [] : [violation(`${API_PATH} is answered with ${describe(api)}`)]),
    ...(madeUp.status === 404
      ? []
      : [invalid(`the control did not flip: the made-up version ${MADE_UP} is answered with ${describe(madeUp)}`)]),
  ];
}

const isAggregated = (evidence: Evidence): boolean => answerTo(evidence, ASKED, AGGREGATION)?.status === 200;

function judgeAggregation(evidence: Evidence): readonly Finding[] {
  if (!isAggregated(evidence)) return [];
  const [service, madeUp] = [VERSION, MADE_UP].map((version) => answerTo(evidence, ASKED, apiService(version)));
  if (service === undefined || madeUp === undefined)
    return [invalid('what the API said of the APIService is not on record')];
  const { conditions = [] } = asObject(asObject(service.body)['status']) as {
    conditions?: readonly { type?: string; status?: string; message?: string }[];
  };
  const available = conditions.find(({ type }) => type === 'Available');
  return [
    ...(service.status === 200 && available?.status === 'True'
      ? []
      : [violation(`the APIService is not available: ${available?.message ?? describe(service)}`)]),
    ...(madeUp.status === 404
      ? []
      : [invalid('the control did not flip: there is an APIService of a made-up version')]),
  ];
}

/** No kind of Kubernetes. */
const NO_RESOURCE = '/apples';

export const resourceList = metricsCase({
  id: 'MET-02',
  class: 'M',
  title: 'all eleven resources can be got and listed',
  phrase: 'The full list of resources for this list would be',
  setup: 'nothing but the mesh',
  expectation:
    'the APIResourceList names the eleven resources, each with get and list, namespaced or not as in Kubernetes',
  control: 'a resource that is not listed is not served',
  catches: ['metrics-unlisted-resource'],
  run: async (ctx) => {
    for (const path of [API_PATH, NO_RESOURCE]) await ctx.metrics(ASKED, path);
  },
  judge: (_exchanges, evidence) => {
    const answer = answerTo(evidence, ASKED, API_PATH);
    const other = answerTo(evidence, ASKED, NO_RESOURCE);
    if (answer === undefined || other === undefined)
      return { findings: [invalid('what the API lists is not on record')] };
    const { kind, resources = [] } = asObject(answer.body) as { kind?: string; resources?: readonly ListedResource[] };
    const findings = [
      ...(answer.status === 200 && kind === 'APIResourceList'
        ? []
        : [violation(`${API_PATH} is answered with ${describe(answer)}, not with an APIResourceList`)]),
      ...RESOURCE_TYPES.flatMap((type) =>
        judgeResource(
          type,
          resources.find(({ name }) => name === type.plural),
        ),
      ),
      ...(other.status === 404
        ? []
        : [invalid(`the control did not flip: ${NO_RESOURCE} is answered with ${describe(other)}`)]),
    ];
    return { findings, variant: `listed: ${resources.map(({ name }) => name).join(', ')}` };
  },
});

interface ListedResource {
  readonly name?: string;
  readonly namespaced?: boolean;
  readonly verbs?: readonly string[];
}

function judgeResource(
  { plural, namespaced }: (typeof RESOURCE_TYPES)[number],
  listed: ListedResource | undefined,
): readonly Finding[] {
  if (listed === undefined) return [violation(`${plural} are not listed`)];
  const missing = ['get', 'list'].filter((verb) => listed.verbs?.includes(verb) !== true);
  return [
    ...(missing.length === 0 ? [] : [violation(`${plural} lack ${missing.join(' and ')}`)]),
    ...(listed.namespaced === namespaced
      ? []
      : [violation(`${plural} are ${namespaced ? 'not ' : ''}said to be namespaced`)]),
  ];
}

function asObject(value: Json | undefined): { readonly [key: string]: Json | undefined } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as { readonly [key: string]: Json | undefined })
    : {};
}
