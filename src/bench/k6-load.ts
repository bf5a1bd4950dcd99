/**
 * The load of each arm from k6's own operator: counts from many nodes. Quantiles of several runners cannot be put together, so it
 * says what a mesh carries and not what a request costs.
 */
import type { Environment } from '../environments/environment.js';
import { HarnessError } from '../errors/harness-error.js';
import { composeThresholds } from '../load/k6.js';
import { findK6OperatorProblems, runOnK6Operator, type K6OperatorRun } from '../load/k6-operator.js';
import type { LoadLimits } from '../load/limits.js';
import type { Pod } from '../mesh/driver.js';
import type { MeshSession } from '../run/mesh-session.js';
import type { RequestSpec } from '../../fixtures/agent/protocol.js';
import type { ArmName } from './arms.js';
import { k6RequestOf } from './k6-request.js';
import { LIMITED_ARM } from './limits.js';
import { clusterFor, podTemplate, type PodMaker } from './pod-template.js';

export interface K6Setting {
  readonly runners: number;
  readonly perSecond: number;
  readonly seconds: number;
  readonly limits?: LoadLimits;
}

const OPERATOR: PodMaker = { code: 'E_K6_OPERATOR', needs: 'the k6 operator needs' };
/** Requests that may wait for an answer, a second's worth: k6 drops what comes when all are taken. */
const SECONDS_UNDER_WAY = 1;

/** @throws HarnessError E_K6_OPERATOR, E_RBAC where nobody would take up a TestRun */
export async function refuseWithoutOperator(env: Environment): Promise<void> {
  const { kube } = clusterFor(OPERATOR, env);
  const [problem] = await findK6OperatorProblems(kube);
  if (problem !== undefined) throw new HarnessError(problem);
}

/** @throws HarnessError E_K6_OPERATOR where a run does not finish */
export async function loadByK6Operator(
  { env, mesh }: MeshSession,
  arms: readonly { readonly name: ArmName; readonly client: Pod; readonly spec: RequestSpec }[],
  { runners, perSecond, seconds, limits }: K6Setting,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { kube, labels } = clusterFor(OPERATOR, env);
  const told: string[] = [];
  for (const { name, client, spec } of arms) {
    const { total } = await runOnK6Operator(
      kube,
      {
        name: `meshgauge-${name.replace(/\W/g, '-').toLowerCase()}`,
        ...{ runners, labels, script: 'http' },
        ...(await podTemplate(OPERATOR, mesh, client)),
        job: {
          ...k6RequestOf(spec),
          httpVersion: 'HTTP/1.1',
          ratePerSecond: perSecond,
          durationMs: seconds * 1_000,
          maxVus: Math.ceil(perSecond * SECONDS_UNDER_WAY),
          timeoutMs: spec.timeoutMs,
          thresholds: composeThresholds('http/1.1', name === LIMITED_ARM ? limits : {}),
        },
      },
      signal,
    );
    told.push(describe(name, runners, total));
  }
  return told;
}

function describe(arm: ArmName, runners: number, { requests, failed, dropped }: K6OperatorRun['total']): string {
  const lost = dropped === 0 ? '' : `; ${dropped} were never sent, so the rate was not offered`;
  return `${arm}: ${runners} runners of k6 sent ${requests} requests, ${failed} failed${lost}`;
}
