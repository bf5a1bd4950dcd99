/** Which objects a list shows, and what becomes of a name that nobody has. */
import { visit } from '../../src/cases/define.js';
import type { Evidence } from '../../src/evidence/records.js';
import { invalid, violation, type Finding } from '../../src/judge/findings.js';
import { readList, type ListReading, type Reading } from '../../src/metrics/read-answer.js';
import { answerTo, describe, readAll, readOne } from './answers.js';
import { asked, askTogether, countingPlan, load, make, metricsCase, podPath, PODS } from './metrics-case.js';

const traffic = [load('ctl:8080', 10), load('ctl:8080', 10, { from: 'ns2/c1' })];
const phase = asked('one pod asked');
const EVERYWHERE = '/pods';
const NOWHERE = '/namespaces/no-such-namespace/pods';
const LABELLED = `${PODS}?labelSelector=app%3Dctl`;
const EDGES = `${podPath('ctl')}/edges`;

export const waysToList = metricsCase({
  id: 'MET-03',
  class: 'M',
  title: 'metrics are listed by kind, by namespace and by edge',
  phrase: 'There are three different ways to get a TrafficMetricsList',
  // There are clients in two namespaces.
  fixture: 'access',
  setup:
    'clients of two namespaces ask a server; pods are listed everywhere, in one namespace, by label, and as edges of one pod',
  expectation: 'each is a TrafficMetricsList that says what it is about; one of a namespace has only what is in it',
  control: 'a namespace without pods has no items, and the list of all namespaces has items from elsewhere',
  catches: ['metrics-ignores-namespace'],
  plan: countingPlan(...traffic),
  phases: [phase],
  run: async (ctx) => {
    await visit(ctx, phase);
    const isAfter = await make(ctx, phase.name, ...traffic);
    await ctx.metrics(phase.name, PODS, { until: isAfter });
    for (const path of [EVERYWHERE, NOWHERE, LABELLED, EDGES]) await ctx.metrics(phase.name, path);
  },
  judge: (_exchanges, evidence) => ({ findings: judgeLists(evidence) }),
});

function judgeLists(evidence: Evidence): readonly Finding[] {
  const lists = [PODS, EVERYWHERE, NOWHERE, LABELLED, EDGES].map((path) => ({
    path,
    fact: answerTo(evidence, phase.name, path),
  }));
  const findings = lists.flatMap(({ path, fact }): readonly Finding[] => {
    if (fact === undefined) return [invalid(`no answer to ${path} is on record`)];
    const list = readList(fact.body);
    if (fact.status !== 200 || list.kind !== 'TrafficMetricsList' || list.items === undefined)
      return [violation(`${path} is answered with ${describe(fact)}, not with a TrafficMetricsList and its items`)];
    return judgeResource(path, list);
  });
  if (lists.some(({ fact }) => fact === undefined)) return findings;
  const namespacesIn = (path: string): readonly string[] => {
    const fact = lists.find((one) => one.path === path)?.fact;
    const items = fact === undefined ? [] : (readList(fact.body).items ?? []);
    return items.map(({ metrics }) => fact?.namespaces[metrics.resource.namespace ?? ''] ?? 'elsewhere');
  };
  const [own, all, none] = [PODS, EVERYWHERE, NOWHERE].map(namespacesIn) as [
    readonly string[],
    readonly string[],
    readonly string[],
  ];
  const strangers = own.filter((namespace) => namespace !== 'ns1').length;
  return [
    ...findings,
    ...(own.length > 0 ? [] : [violation('no pod of a namespace with traffic is listed')]),
    ...(strangers === 0
      ? []
      : [violation(`${strangers} of ${own.length} pods in the list of one namespace are of another one`)]),
    ...(none.length === 0 ? [] : [violation(`the list of a namespace that does not exist has ${none.length} items`)]),
    ...(all.some((namespace) => namespace !== 'ns1')
      ? []
      : [invalid('the control did not flip: the list of all namespaces shows no other namespace either')]),
  ];
}

function judgeResource(path: string, { resource }: ListReading): readonly Finding[] {
  const name = path === EDGES ? 'ctl' : undefined;
  if (resource.kind === 'Pod' && resource.name === name) return [];
  const what = JSON.stringify(resource);
  return [
    violation(`${path} says that it is about ${what}, not about ${name === undefined ? 'pods' : `the pod ${name}`}`),
  ];
}

const MISSING = podPath('no-such-pod');
const EXISTING = podPath('p4');
const few = load('e4:8080', 10);

export const unknownName = metricsCase({
  id: 'MET-04',
  class: 'A',
  title: 'metrics of a name that nobody has',
  phrase: 'This provides both list and get support',
  setup: 'a pod that does not exist is asked for by name',
  expectation: 'recorded: 404, 500, or an answer without metrics',
  control: 'a pod that exists is answered',
  variants: ['404', '500', '200 with empty metrics'],
  plan: countingPlan(few),
  phases: [phase],
  run: async (ctx) => {
    await visit(ctx, phase);
    await ctx.metrics(phase.name, EXISTING, { until: await make(ctx, phase.name, few) });
    await ctx.metrics(phase.name, MISSING);
  },
  judge: (_exchanges, evidence) => {
    const existing = readOne(evidence, phase.name, EXISTING);
    const missing = answerTo(evidence, phase.name, MISSING);
    if (missing === undefined) return { findings: [invalid('what the API said of the unknown name is not on record')] };
    // What is wrong with metrics that are there is for other cases to say.
    const findings = existing.reading === undefined ? [invalid('the pod that exists is not answered either')] : [];
    if (missing.status !== 200)
      return {
        findings,
        variant: [404, 500].includes(missing.status) ? String(missing.status) : `other: ${describe(missing)}`,
      };
    const { items } = readList(missing.body);
    return {
      findings,
      variant: items === undefined || items.length === 0 ? '200 with empty metrics' : `other: ${describe(missing)}`,
    };
  },
});

const both = [load('e3:8080', 30), load('e4:8080', 10)];
const two = asked('two pods asked');
const SELECTED = `${PODS}?labelSelector=leaf%3D3`;

export const labelSelector = metricsCase({
  id: 'MET-11',
  class: 'M',
  title: 'a label selector leaves items out and metrics as they are',
  phrase: 'the label selector does not filter the metrics themselves, only the items that show up in the list',
  setup: 'one client asks two pods with different labels; pods are listed with a selector for one of them, and without',
  expectation: 'with the selector fewer items, and each with the counts that it has without',
  control: 'without a selector both pods are there',
  catches: ['metrics-ignores-selector'],
  plan: countingPlan(...both),
  phases: [two],
  run: async (ctx) => {
    await visit(ctx, two);
    await ctx.metrics(two.name, PODS, { until: await make(ctx, two.name, ...both) });
    await askTogether(ctx, two.name, PODS, SELECTED);
  },
  judge: (_exchanges, evidence) => {
    const all = readAll(evidence, two.name, PODS);
    const selected = readAll(evidence, two.name, SELECTED);
    const findings = [...all.findings, ...selected.findings];
    if (findings.length > 0) return { findings };
    if (new Set([...all.readings, ...selected.readings].map(({ to }) => to)).size > 1)
      return { findings: [invalid('the two lists were never told of the same moment')] };
    const busy = all.readings.filter(({ success }) => success > 0).map(nameOf);
    const odd = selected.readings.filter((one) => nameOf(one) !== 'p3').map(nameOf);
    const changed = selected.readings.filter(
      (one) =>
        !sameCounts(
          one,
          all.readings.find((other) => nameOf(other) === nameOf(one)),
        ),
    );
    return {
      findings: [
        ...(busy.includes('p3') && busy.includes('p4')
          ? []
          : [
              invalid(
                `the control did not flip: without a selector traffic shows at ${busy.join(', ') || 'no pod'} only`,
              ),
            ]),
        ...(selected.readings.length > 0 ? [] : [violation('with the selector the list is empty')]),
        ...(odd.length === 0 ? [] : [violation(`the selector for leaf=3 leaves ${odd.join(', ')} in the list`)]),
        ...changed.map((one) =>
          violation(
            `with the selector ${nameOf(one)} has other counts: ${one.success} successes, ${one.failure} failures`,
          ),
        ),
      ],
    };
  },
});

const nameOf = ({ metrics }: Reading): string => metrics.resource.name ?? '';
const sameCounts = (one: Reading, other: Reading | undefined): boolean =>
  other !== undefined && one.success === other.success && one.failure === other.failure;
