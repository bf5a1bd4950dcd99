import type { Json, SplitBackend, SplitMatch, SplitVersion, TrafficSplit } from '../model.js';
import { present } from '../present.js';
import { isSince } from '../versions.js';
import type { Loss, RenderedFields } from './rendered.js';
import { renderQuantity } from './render-quantity.js';
import { scaleToWhole } from './scale-to-whole.js';

type JsonObject = { readonly [key: string]: Json | undefined };

/** The fields of a TrafficSplit in one split version. */
export function renderTrafficSplit(split: TrafficSplit, version: SplitVersion): RenderedFields {
  const losses: Loss[] = [];
  const weights =
    version === 'v1alpha1' ? renderQuantities(split.backends, losses) : renderIntegers(split.backends, losses);
  const hasMatches = isSince(version, 'v1alpha3');
  if (split.matches !== undefined && !hasMatches) losses.push(lostMatches(split.matches, version));
  const fields = present<JsonObject>({
    service: split.service,
    backends: split.backends.map(({ service }, index) => ({ service, weight: weights[index] })),
    matches: hasMatches ? split.matches?.map(renderMatch) : undefined,
  });
  return { fields, losses };
}

function renderQuantities(backends: readonly SplitBackend[], losses: Loss[]): Json[] {
  return backends.map(({ weight }, index) => renderQuantity(weight, `backends[${index}].weight`, losses));
}

/** "Weights must be whole numbers": fractions are scaled up together, because only ratios matter. */
function renderIntegers(backends: readonly SplitBackend[], losses: Loss[]): number[] {
  const weights = backends.map(({ weight }) => weight);
  if (weights.every(Number.isInteger)) return weights;
  const { whole, isExact } = scaleToWhole(weights);
  for (const [index, weight] of weights.entries()) {
    if (whole[index] === weight) continue;
    losses.push({
      path: `backends[${index}].weight`,
      what: `${weight} is written as ${whole[index]}: weights are whole numbers from v1alpha2 on`,
      consequence: isExact
        ? 'all weights are scaled together, so the ratio is the same'
        : 'the ratio is only approximately the same',
    });
  }
  return whole;
}

function renderMatch({ kind, name, apiGroup }: SplitMatch): JsonObject {
  return present<JsonObject>({ kind, name, apiGroup });
}

function lostMatches(matches: readonly SplitMatch[], version: SplitVersion): Loss {
  return {
    path: 'matches',
    what: `split ${version} has no matches (${matches.map(({ name }) => name).join(', ') || 'an empty list'})`,
    consequence:
      matches.length === 0
        ? 'none: an empty list selects no route group'
        : 'the split is unconditional: it shares the traffic of every client, not only the requests that match',
  };
}
