/** A split with so many backends that no fixture could answer for them: whether the API takes the object and keeps it whole. */
import { isDeepStrictEqual } from 'node:util';
import { CannotExpress, type CaseContext } from '../../src/cases/context.js';
import { LEFT_OUT } from '../../src/cases/define.js';
import { HOME } from '../../src/cases/objects.js';
import type { Evidence } from '../../src/evidence/records.js';
import type { KubeObject, SplitVersion } from '../../src/smi/model.js';
import { apiVersionOf } from '../../src/smi/versions.js';

const PHASE = '40 equal weights';
const NAME = 'spl-06-forty';
const VERSIONS: readonly SplitVersion[] = ['v1alpha4', 'v1alpha3', 'v1alpha2', 'v1alpha1'];
const backends = Array.from({ length: 40 }, (_, index) => ({ service: `f${index + 1}`, weight: 1 }));

/** Nobody calls its root, and its backends need not exist. */
export function fortyBackends(ctx: Pick<CaseContext, 'offers'>): KubeObject {
  const version = VERSIONS.find((one) => ctx.offers(`split:${one}`)) ?? 'v1alpha4';
  return {
    apiVersion: apiVersionOf('split', version),
    kind: 'TrafficSplit',
    metadata: { name: NAME, namespace: HOME },
    spec: { service: 'forty', backends },
  };
}

/** Offered and taken away again; left out where a mesh has no such objects of its own. */
export async function offerForty(ctx: CaseContext): Promise<void> {
  try {
    await (await ctx.offer(PHASE, fortyBackends(ctx))).withdraw();
  } catch (error) {
    if (!(error instanceof CannotExpress)) throw error;
    ctx.fact(PHASE, LEFT_OUT, 'an API that has TrafficSplits');
  }
}

/** A side observation: undefined where nothing was offered. */
export function fateOfForty({ lines }: Evidence): string | undefined {
  const answer = lines.find((line) => line.kind === 'change' && line.phase === PHASE && line.action === 'apply');
  if (answer?.kind !== 'change') return undefined;
  if (!answer.accepted) return `a split with 40 backends is refused: ${answer.message ?? ''}`;
  const stored = lines.find((line) => line.kind === 'fact' && line.phase === PHASE && line.name === `stored ${NAME}`);
  const isWhole = stored?.kind === 'fact' && isDeepStrictEqual(stored.value, { spec: { service: 'forty', backends } });
  return `a split with 40 backends is stored ${isWhole ? 'as it was sent' : 'otherwise than it was sent'}`;
}
