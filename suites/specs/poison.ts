/** An object that a mesh may not be able to read must not keep it from reading the others. */
import type { Phase } from '../../src/cases/case.js';
import { visit } from '../../src/cases/define.js';
import { group, http, match, target } from '../../src/cases/objects.js';
import { allow, deny } from '../../src/cases/questions.js';
import type { Evidence } from '../../src/evidence/records.js';
import { invalid } from '../../src/judge/findings.js';
import { groupWithHeaders, SINCE_HEADERS } from './header-shapes.js';
import { at, SERVER, specsCase } from './specs-case.js';

const NAME = 'spc-24-poison';
const ELSEWHERE = 'quiet:8080';

const good = (...paths: readonly string[]) =>
  group(
    'good',
    paths.map((path) => match(`m${path.slice(1)}`, path)),
  );
const toGood = target('to-good', { from: ['c1'], rules: [http('good')] });
const elsewhere = [
  group('elsewhere', [match('any', '.*')]),
  target('elsewhere', { to: 'quiet', from: ['c2'], rules: [http('elsewhere')] }),
];

const before: Phase = {
  name: 'before',
  objects: [good('/good'), toGood],
  cells: [allow('c1', SERVER, at('/good')), deny('c1', SERVER, at('/later')), deny('c2', ELSEWHERE)],
};
const working = [
  allow('c1', SERVER, at('/good')),
  allow('c1', SERVER, at('/later')),
  deny('c1', SERVER, at('/other')),
  allow('c2', ELSEWHERE),
  deny('c1', ELSEWHERE),
];
const beside: Phase = {
  name: 'beside the poison',
  objects: [good('/good', '/later'), toGood, ...elsewhere],
  cells: working,
};
const removed: Phase = { ...beside, name: 'poison removed' };

export const poisonedHeaders = specsCase({
  id: 'SPC-24',
  class: 'M',
  profiles: ['extended', 'full'],
  alone: true,
  title: 'a header filter of two pairs harms no other object',
  phrase: 'A HTTP filter is a key-value pair',
  ref: 'traffic-specs v1alpha2–v1alpha4',
  setup:
    'a group with two pairs in one item of a header list, sent word for word; then a group of its own server is updated, and an unrelated target is created for another one',
  expectation:
    'both changes take effect, whether the group is refused or admitted, and nothing else changes once it is removed',
  control: 'before, what the changes allow is denied',
  needs: ['kind:TrafficTarget', 'kind:HTTPRouteGroup', 'identity:service-account', SINCE_HEADERS],
  catches: ['allow-all', 'deny-all', 'any-identity', 'stale-config', 'ignore-path'],
  phases: [before, beside, removed],
  run: async (ctx) => {
    await visit(ctx, before);
    const poison = await ctx.offer(beside.name, groupWithHeaders(ctx, NAME, [{ 'x-a': '1', 'x-b': '2' }]));
    await visit(ctx, beside);
    await poison.withdraw();
    await visit(ctx, removed);
  },
  judge: (_exchanges, evidence) => judgeAnswer(evidence),
});

function judgeAnswer({ lines }: Evidence) {
  const answer = lines.find(
    (line) =>
      line.kind === 'change' &&
      line.action === 'apply' &&
      'metadata' in line.object &&
      line.object.metadata.name === NAME,
  );
  if (answer?.kind !== 'change') return { findings: [invalid('what the API said to the poison is not on record')] };
  return { variant: answer.accepted ? 'the object is stored and contained' : 'the API refuses the object' };
}
