/** Identity comes from a certificate that the mesh has signed and that is valid: nothing else a client says of itself counts. */
import type { Cell, Phase } from '../../src/cases/case.js';
import type { CaseContext } from '../../src/cases/context.js';
import type { Signer } from '../../src/cases/transport.js';
import { LEFT_OUT } from '../../src/cases/define.js';
import { http, split, target } from '../../src/cases/objects.js';
import { allow, deny, observe } from '../../src/cases/questions.js';
import type { Evidence } from '../../src/evidence/records.js';
import type { Exchanges } from '../../src/judge/exchanges.js';
import { invalid, type Finding } from '../../src/judge/findings.js';
import { ANYTHING, grant, identityCase } from './identity-case.js';

type Header = readonly [string, string];

/** Headers by which proxies and apps tell each other who calls, all of them about c1. */
const claims = (id: string, address: string): readonly Header[] => [
  ['x-forwarded-for', address],
  ['x-real-ip', address],
  ['x-forwarded-client-cert', `By=${id};Hash=${'0'.repeat(64)};Subject="";URI=${id}`],
  ['x-envoy-internal', 'true'],
  ['x-envoy-downstream-service-cluster', 'c1'],
  ['l5d-client-id', 'c1.ns1.serviceaccount.identity'],
  ['x-spiffe-id', id],
  ['x-forwarded-host', 'c1.ns1.svc.cluster.local'],
  ['host', 'c1.ns1.svc.cluster.local'],
];
/** As records and reports show them; a run claims what c1 is really called. */
const STATIC = claims('spiffe://<trust-domain>/ns/ns1/sa/c1', '<address of c1>');
/** The last one changes where a request goes. */
const WHO = STATIC.slice(0, -1);

const liar = (from: string, to: string, headers: readonly Header[], ask: Parameters<typeof deny>[2] = {}): Cell => ({
  ...deny(from, to, { count: 5, ...ask, headers }),
  key: `${from} → ${to} claims to be c1 by ${headers.length === 1 ? headers[0]?.[0] : 'every header'}${ask.way === undefined ? '' : `, by ${ask.way}`}`,
});

const claimed: Phase = {
  name: 'c2 claims to be c1',
  objects: [ANYTHING, grant('c1')],
  cells: [
    allow('c1', 'srv:8080'),
    ...STATIC.map((claim) => liar('c2', 'srv:8080', [claim])),
    liar('c2', 'srv:8080', WHO, { path: '/all-claims', count: 20 }),
    liar('c2', 'srv:8080', WHO, { path: '/past-its-proxy', way: 'pod-ip' }),
    liar('stranger', 'srv:8080', WHO, { path: '/outside', way: 'pod-ip' }),
  ],
};
const web = (name: string, selector: Readonly<Record<string, string>>) => ({
  name,
  selector,
  ports: [{ name: 'http', port: 8080, targetPort: 8080, protocol: 'http' as const }],
});
/** The root selects the backend's pod and another one, and all have the same one port: anything else is a question of its own. */
const SERVICES = [web('duo', { duo: 'yes' }), web('srv-web', { app: 'srv' })];
/** So many in a row from one of two pods are no chance. */
const throughSplit: Cell = observe('c1', 'duo:8080', { count: 20 });
const leaf: Phase = {
  name: 'srv is a leaf of a split',
  needs: ['kind:TrafficSplit'],
  services: SERVICES,
  objects: [
    ANYTHING,
    grant('c1'),
    target('to-quiet', { to: 'quiet', from: ['c1'], rules: [http('anything')] }),
    split('leaf', 'duo', { 'srv-web': 1 }),
  ],
  cells: [throughSplit, liar('c2', 'duo:8080', WHO)],
};

interface Impostor {
  readonly cell: string;
  readonly what: string;
  readonly signer?: Signer;
}
/** Clients outside the mesh that speak TLS and send the headers as well. */
const IMPOSTORS: readonly Impostor[] = [
  { cell: 'TLS without a certificate', what: 'no certificate' },
  {
    cell: 'TLS with a certificate of another authority',
    what: 'a certificate of another authority',
    signer: 'another authority',
  },
  { cell: 'TLS with an expired certificate', what: 'an expired certificate of the mesh', signer: 'the mesh, expired' },
];
/** That such a client is heard at all. */
const GENUINE: Impostor = {
  cell: 'TLS with a valid certificate',
  what: 'a valid certificate of the mesh',
  signer: 'the mesh',
};

export const spoofedHeaders = identityCase({
  id: 'IDN-02',
  class: 'M',
  profiles: ['smoke', 'core', 'extended', 'full'],
  title: 'what a client says of itself changes nothing',
  phrase: 'at present the method of assigning service identity is using Kubernetes service accounts',
  setup:
    's allows c1; c2, and clients outside the mesh in plaintext and in TLS, send forwarding and identity headers that name c1, and certificates that do: one that somebody else has signed, and one that has expired; also with s as a leaf of a split',
  expectation: 'a client stays who its certificate says it is, whatever else it claims',
  control:
    'c1 is allowed at the same time, and so is, where the mesh signs one for us, a client with a valid certificate',
  catches: [
    'allow-all',
    'deny-all',
    'any-identity',
    'plaintext-accepted',
    'tls-plaintext',
    'no-client-certificate',
    'any-ca',
    'expired-certificate',
    'identity-header-trusted',
  ],
  phases: [claimed, leaf],
  run: async (ctx) => {
    const real = claims(ctx.transport.identityOf('c1'), ctx.podAddress('c1', 8080).host);
    for (const phase of [claimed, leaf]) {
      const missing = (phase.needs ?? []).filter((need) => !ctx.offers(need));
      if (missing.length > 0) {
        ctx.fact(phase.name, LEFT_OUT, missing.join(', '));
        continue;
      }
      await ctx.enter(phase);
      await ctx.probe(
        phase.name,
        (phase.cells ?? []).map((cell) => ({ ...cell, ...withClaims(cell, real) })),
      );
      if (phase === claimed) await knock(ctx, real.slice(0, -1));
    }
  },
  judge: (exchanges, evidence) => {
    const { findings, variant } = judgeImpostors(exchanges, evidence);
    return { findings: [...judgeSplit(exchanges, evidence), ...findings], variant };
  },
});

/** The same headers, with what c1 is really called here. */
function withClaims({ headers }: Cell, real: readonly Header[]): Pick<Cell, 'headers'> {
  if (headers === undefined) return {};
  return { headers: headers.map(([name, value]) => real.find(([known]) => known === name) ?? [name, value]) };
}

async function knock(ctx: CaseContext, headers: readonly Header[]): Promise<void> {
  await Promise.all(
    [...IMPOSTORS, GENUINE].map(async (impostor) => {
      const { cell, signer } = impostor;
      const certificate = signer === undefined ? undefined : await ctx.transport.certificateFor('c1', signer);
      if (signer !== undefined && certificate === undefined) return ctx.fact(claimed.name, NOT_SIGNED, cell);
      const ask = impostor === GENUINE ? {} : { headers };
      await ctx.transport.handshake(claimed.name, 'stranger', cell, 'srv:8080', {
        ...ask,
        path: '/impostor',
        ...(certificate === undefined ? {} : { certificate }),
      });
    }),
  );
}

/** The fact that the mesh's authority signs nothing for us: its value is the cell that could not be asked. */
const NOT_SIGNED = 'certificate not to be had';

function judgeImpostors(exchanges: Exchanges, { lines }: Evidence): { findings: Finding[]; variant: string } {
  const unsigned = lines.flatMap((line) => (line.kind === 'fact' && line.name === NOT_SIGNED ? [line.value] : []));
  const tried = [...IMPOSTORS, GENUINE].filter(({ cell }) => !unsigned.includes(cell));
  const findings = tried.flatMap((impostor): Finding[] => {
    const { cell, what } = impostor;
    const seen = exchanges.of(claimed.name, cell);
    if (seen.length === 0) return [invalid(`no handshake with ${what} is on record`)];
    const arrived = seen.some(({ servers }) => servers.length > 0);
    if (impostor === GENUINE)
      return arrived ? [] : [invalid(`a client with ${what} was not let in either, so that refusals prove nothing`)];
    const message = `a client outside the mesh that claims to be c1 got in with ${what}`;
    return arrived ? [{ kind: 'violation', message }] : [];
  });
  const refused = tried.filter((impostor) => impostor !== GENUINE).map(({ what }) => what);
  return { findings, variant: `over TLS refused: ${refused.join(', ')}` };
}

/** Only a split that is followed puts the question. */
function judgeSplit(exchanges: Exchanges, { lines }: Evidence): Finding[] {
  if (lines.some((line) => line.kind === 'fact' && line.phase === leaf.name && line.name === LEFT_OUT)) return [];
  const seen = exchanges.of(leaf.name, throughSplit.key);
  const through = seen.filter(({ servers }) => servers.some(({ pod }) => pod === 'srv')).length;
  return through === throughSplit.count
    ? []
    : [invalid(`c1 reached srv through the split ${through} of ${throughSplit.count} times`)];
}
