/** IdentityBinding: a draft that no release of SMI has, so that a mesh may well not know it. */
import type { Cell, Phase } from '../../src/cases/case.js';
import { HOME } from '../../src/cases/objects.js';
import { deny, observe } from '../../src/cases/questions.js';
import type { Evidence } from '../../src/evidence/records.js';
import type { Exchanges } from '../../src/judge/exchanges.js';
import { invalid, type Finding } from '../../src/judge/findings.js';
import type { Json, KubeObject } from '../../src/smi/model.js';
import { ANYTHING, identityCase } from './identity-case.js';

const GROUP = 'access.smi-spec.io';
const SOURCE = 'idn-07-source';
const DESTINATION = 'idn-07-destination';

const draft = (kind: string, name: string, spec: Json): KubeObject => ({
  apiVersion: `${GROUP}/v1alpha4`,
  kind,
  metadata: { name, namespace: HOME },
  spec,
});
const binding = (name: string, schemes: Json): KubeObject => draft('IdentityBinding', name, { schemes });
const bound = (name: string): Json => ({ kind: 'IdentityBinding', group: GROUP, name });
/** The name that the engine gives to the group of this case. */
const RULE = { kind: 'HTTPRouteGroup', name: `idn-07-${ANYTHING.metadata.name}`, matches: ['any'] };
const targetOf = draft('TrafficTarget', 'idn-07-target', {
  destination: bound(DESTINATION),
  sources: [bound(SOURCE)],
  rules: [RULE],
});

/** Who of them the source means: c1 by its label, c2 by its SPIFFE id, and nobody else. */
const SCHEMES = { c1: 'podLabelSelector', c2: 'spiffeIdentities' } as const;
const ask = (from: string): Cell => observe(from, 'srv:8080');
const OUTSIDERS = { c3: 'matches no scheme', 'ns2/c1': 'matches in another namespace' } as const;
const inForce: Phase = {
  name: 'bindings in force',
  objects: [ANYTHING],
  cells: [...Object.keys(SCHEMES), ...Object.keys(OUTSIDERS)].map(ask),
};
const removed: Phase = {
  name: 'source binding removed',
  control: true,
  objects: [ANYTHING],
  cells: Object.keys(SCHEMES).map((client) => deny(client, 'srv:8080')),
};
const ADMITTED = 'admitted';

export const identityBindings = identityCase({
  id: 'IDN-07',
  class: 'A',
  profiles: ['extended', 'full'],
  title: 'how the schemes of an IdentityBinding add up',
  phrase: 'Each scheme’s configuration is OR’d together with other schemes',
  setup:
    'an IdentityBinding that names c1 by a label and c2 by its SPIFFE id is the source of a target, another one its destination; c1 of the other namespace has the same label',
  expectation: 'recorded: which schemes count; nobody whom no scheme names, and nobody of another namespace, gets in',
  control: 'without the binding both are denied',
  needs: ['kind:IdentityBinding', 'kind:TrafficTarget', 'kind:HTTPRouteGroup'],
  variants: ['schemes OR’d', 'one wins', 'rejected'],
  phases: [inForce, removed],
  run: async (ctx) => {
    const source = binding(SOURCE, {
      podLabelSelector: { matchLabels: { app: 'c1' } },
      spiffeIdentities: [ctx.transport.identityOf('c2')],
    });
    const offered = [
      await ctx.offer(inForce.name, source),
      await ctx.offer(inForce.name, binding(DESTINATION, { serviceAccount: 's' })),
      await ctx.offer(inForce.name, targetOf),
    ];
    ctx.fact(
      inForce.name,
      ADMITTED,
      offered.every(({ admitted }) => admitted),
    );
    await ctx.enter(inForce);
    await ctx.probe(inForce.name, inForce.cells ?? []);
    await offered[0]?.withdraw();
    await ctx.enter(removed);
    await ctx.probe(removed.name, removed.cells ?? []);
    for (const object of offered.slice(1)) await object.withdraw();
  },
  judge: (exchanges, evidence) => judgeBindings(exchanges, evidence),
});

function judgeBindings(exchanges: Exchanges, { lines }: Evidence): { findings: Finding[]; variant: string } {
  const seen = (client: string) => exchanges.of(inForce.name, ask(client).key);
  const admitted = lines.find((line) => line.kind === 'fact' && line.name === ADMITTED);
  const findings = (inForce.cells ?? []).flatMap(({ from, key, count }): Finding[] =>
    exchanges.of(inForce.name, key).length < count ? [invalid(`not all requests of ${from} are on record`)] : [],
  );
  for (const [client, what] of Object.entries(OUTSIDERS)) {
    const arrived = seen(client).filter(({ servers }) => servers.length > 0).length;
    if (arrived > 0)
      findings.push({ kind: 'violation', message: `${client}, which ${what}, got in ${arrived} times by the binding` });
  }
  if (admitted?.kind !== 'fact') findings.push(invalid('what the API said to the bindings is not on record'));
  else if (admitted.value !== true) return { findings, variant: 'rejected' };
  const counting = Object.entries(SCHEMES).filter(([client]) =>
    seen(client).every(({ outcome }) => outcome === 'allow'),
  );
  if (counting.length === Object.keys(SCHEMES).length) return { findings, variant: 'schemes OR’d' };
  const [only] = counting;
  return { findings, variant: only === undefined ? 'other: no scheme lets anybody in' : `one wins: ${only[1]}` };
}
