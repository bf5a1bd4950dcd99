/** Resources that contain pods: what they count is what their pods count. */
import { visit } from '../../src/cases/define.js';
import { invalid, violation, type Finding } from '../../src/judge/findings.js';
import type { Reading } from '../../src/metrics/read-answer.js';
import { answerTo, readAll, readOne } from './answers.js';
import { asked, askTogether, countingPlan, load, make, metricsCase, NAMESPACE, PODS } from './metrics-case.js';
import { within } from './truth.js';

/** `p1` and `p2` are pods of one deployment, behind one service; `v1` is another service, of p1 alone. */
const DEPLOYMENT = `${NAMESPACE}/deployments/pair`;
const SERVICE = `${NAMESPACE}/services/pair`;
const MEMBERS = ['p1', 'p2'];
const shared = load('pair:8080', 60);
const direct = load('v1:8080', 20);
const other = load('e8:8080', 30);
const phase = asked('several pods asked');

export const aggregates = metricsCase({
  id: 'MET-10',
  class: 'M',
  title: 'what contains pods counts what they count',
  phrase: 'the metrics are aggregates of the pods contained within',
  setup:
    'a client asks a service of two pods, one of them by another service, and a third pod; all are asked for at one moment',
  expectation: 'the namespace counts the sum of its pods, and so does the deployment, where pods belong to one',
  control: 'the namespace counts more than the service of two pods does',
  catches: ['metrics-one-pod'],
  plan: countingPlan(shared, direct, other),
  phases: [phase],
  run: async (ctx) => {
    await visit(ctx, phase);
    await ctx.metrics(phase.name, PODS, { until: await make(ctx, phase.name, shared, direct, other) });
    const owners = ctx.offers('feature:deployments') ? [DEPLOYMENT] : [];
    await askTogether(ctx, phase.name, PODS, NAMESPACE, SERVICE, ...owners);
  },
  judge: (exchanges, evidence) => {
    const pods = readAll(evidence, phase.name, PODS);
    const members = pods.readings.filter(({ metrics }) => MEMBERS.includes(metrics.resource.name ?? ''));
    const hasOwner = answerTo(evidence, phase.name, DEPLOYMENT) !== undefined;
    const service = readOne(evidence, phase.name, SERVICE).reading;
    const seen = [shared, direct].flatMap(({ key }) => exchanges.of(phase.name, key));
    return {
      findings: [
        ...pods.findings,
        ...(pods.fact === undefined ? [] : judgeMembers(members, seen, pods.fact.lagMs)),
        ...judgeSum(NAMESPACE, readOne(evidence, phase.name, NAMESPACE), pods.readings),
        ...(hasOwner ? judgeSum(DEPLOYMENT, readOne(evidence, phase.name, DEPLOYMENT), members) : []),
        ...(totalOf(pods.readings) > totalOf(members)
          ? []
          : [invalid('the control did not flip: no pod beside the two has counted anything')]),
      ],
      variant: describeService(service, members) + (hasOwner ? '' : '; the pods belong to no deployment'),
    };
  },
});

/** Others may have asked them before, so that they may count more. */
function judgeMembers(
  members: readonly Reading[],
  seen: Parameters<typeof within>[0],
  lagMs: number,
): readonly Finding[] {
  const [first] = members;
  if (first === undefined) return [violation('the pods that were asked are not listed')];
  const { least } = within(seen, first, lagMs);
  if (least === 0) return [invalid('no request lies within the window that was told')];
  return totalOf(members) >= least
    ? []
    : [violation(`the two pods count ${totalOf(members)} requests, both ends saw ${least} or more`)];
}

function judgeSum(
  path: string,
  { reading, findings }: ReturnType<typeof readOne>,
  pods: readonly Reading[],
): readonly Finding[] {
  if (reading === undefined || findings.length > 0) return findings;
  if (pods.some(({ to }) => to !== reading.to))
    return [invalid(`${path} and its pods were never told of the same moment`)];
  const sum = (part: 'success' | 'failure'): number => pods.reduce((total, one) => total + one[part], 0);
  if (reading.success === sum('success') && reading.failure === sum('failure')) return [];
  return [
    violation(
      `${path} counts ${reading.success} successes and ${reading.failure} failures, its pods together ${sum('success')} and ${sum('failure')}`,
    ),
  ];
}

function totalOf(readings: readonly Reading[]): number {
  return readings.reduce((sum, { success, failure }) => sum + success + failure, 0);
}

/** The text does not say what a service contains. */
function describeService(service: Reading | undefined, members: readonly Reading[]): string {
  if (service === undefined) return 'services are not answered';
  const total = totalOf([service]);
  return total === totalOf(members)
    ? 'a service counts all that its pods served'
    : `a service counts ${total} requests, its pods ${totalOf(members)}`;
}
