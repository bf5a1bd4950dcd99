/** Access beside a split: who may reach every backend reaches the root and each of them, who may not reaches none. */
import type { Cell, Phase } from '../../src/cases/case.js';
import type { CaseContext } from '../../src/cases/context.js';
import { group, http, match, split, target } from '../../src/cases/objects.js';
import { allow, deny, observe } from '../../src/cases/questions.js';
import type { Exchanges } from '../../src/judge/exchanges.js';
import { invalid, type Finding } from '../../src/judge/findings.js';
import { accessCase } from './access-case.js';
import { waitsOf, type AskUntil } from './wait.js';

const web = (name: string, selector: Readonly<Record<string, string>>) => ({
  name,
  selector,
  ports: [{ name: 'http', port: 8080, targetPort: 8080, protocol: 'http' as const }],
});
/**
 * The root selects the pods of both backends, each with a service account of its own. All three have the same one port: splits
 * between services with different ones are asked about in SPL-22.
 */
const SERVICES = [web('duo', { duo: 'yes' }), web('srv-web', { app: 'srv' }), web('quiet-web', { app: 'quiet' })];
const BACKENDS = ['srv', 'quiet'] as const;
const ACCOUNTS = ['s', 'quiet'] as const;
const WAYS = ['duo:8080', 'srv:8080', 'quiet:8080'] as const;

const anything = group('anything', [match('any', '.*')]);
const listing = (...from: string[]) =>
  ACCOUNTS.map((account) => target(`to-${account}`, { to: account, from, rules: [http('anything')] }));
const everything = (ask: (to: string) => Cell): readonly Cell[] => WAYS.map(ask);
const cells = [...everything((to) => allow('c1', to, { count: 10 })), ...everything((to) => deny('c2', to))];
const objects = [anything, ...listing('c1')];

const towards = (backend: (typeof BACKENDS)[number]): Phase => {
  const [srv, quiet] = BACKENDS.map((name) => (name === backend ? 100 : 0));
  return {
    name: `all to ${backend}`,
    services: SERVICES,
    objects: [...objects, split('ts', 'duo', { 'srv-web': srv ?? 0, 'quiet-web': quiet ?? 0 })],
    cells,
  };
};
const toSrv = towards('srv');
const toQuiet = towards('quiet');
const deleted: Phase = { name: 'split deleted', services: SERVICES, objects, cells };
const bothListed: Phase = {
  name: 'c2 listed',
  control: true,
  services: SERVICES,
  objects: [anything, ...listing('c1', 'c2')],
  cells: everything((to) => allow('c2', to)),
};

/** So many in a row from one backend are no chance: before the change the other one gave half of them or all. */
const STREAK = 20;
const looking = observe('c1', 'duo:8080', { path: '/look', count: STREAK });
const inForce = observe('c1', 'duo:8080', { path: '/in-force', count: STREAK });

export const accessBesideSplit = accessCase({
  id: 'ACC-38',
  class: 'M',
  profiles: ['extended', 'full'],
  title: 'a split changes nothing about who may reach its backends',
  phrase: 'not in the defined list of sources will be denied',
  ref: 'traffic-access v1alpha1–v1alpha3, traffic-split v1alpha1–v1alpha4',
  setup:
    'a root that selects two servers of different accounts, split to the one, then to the other; c1 is listed for both accounts',
  expectation: 'c1 reaches the root and each backend, c2 none of them, and the same once the split is deleted',
  control: 'listing c2 lets it in; while the split exists the root is answered by the chosen backend alone',
  needs: ['kind:TrafficTarget', 'kind:HTTPRouteGroup', 'kind:TrafficSplit', 'identity:service-account'],
  catches: ['allow-all', 'deny-all', 'any-identity'],
  phases: [toSrv, toQuiet, deleted, bothListed],
  run: async (ctx) => {
    const askUntil = waitsOf(ctx);
    await visitSplit(ctx, toSrv, 'srv', askUntil);
    await visitSplit(ctx, toQuiet, 'quiet', askUntil);
    for (const phase of [deleted, bothListed]) {
      await ctx.enter(phase);
      await ctx.probe(phase.name, phase.cells ?? []);
    }
  },
  judge: (exchanges) => ({
    findings: [...judgeSplit(toSrv, 'srv', exchanges), ...judgeSplit(toQuiet, 'quiet', exchanges)],
  }),
});

/** The markers show that targets are in force; that the client follows the split, its own answers do. */
async function visitSplit(ctx: CaseContext, phase: Phase, backend: string, askUntil: AskUntil): Promise<void> {
  await ctx.enter(phase);
  await askUntil(phase.name, [looking], (answers) =>
    answers.slice(-STREAK).every(({ ok, server }) => ok && server === backend),
  );
  await ctx.probe(phase.name, [...(phase.cells ?? []), inForce]);
}

function judgeSplit({ name }: Phase, backend: string, exchanges: Exchanges): Finding[] {
  const seen = exchanges.of(name, inForce.key);
  if (seen.length < STREAK) return [invalid(`${name}: who answers the root is not on record`)];
  const others = seen.filter(({ servers }) => servers.some(({ pod }) => pod !== backend)).length;
  return others === 0
    ? []
    : [invalid(`${name}: the split was not in force: ${others} of ${STREAK} requests to the root reached another pod`)];
}
