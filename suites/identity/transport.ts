/** What protects a connection: asked of the wire, of who knocks without a certificate, and of the certificate that is shown. */
import type { ClientLine, Evidence } from '../../src/evidence/records.js';
import type { Cell, Phase } from '../../src/cases/case.js';
import type { CaseContext } from '../../src/cases/context.js';
import { visit } from '../../src/cases/define.js';
import { allow, observe } from '../../src/cases/questions.js';
import { wireFactName } from '../../src/cases/wire.js';
import type { Exchanges } from '../../src/judge/exchanges.js';
import { invalid, type Finding } from '../../src/judge/findings.js';
import { describeCertificate, factOf } from './certificate-words.js';
import { ANYTHING, grant, identityCase } from './identity-case.js';
import { judgeWire } from './wire-words.js';

/** Without a listed client that gets through there is nothing to look at: a control, so that the case never fails. */
const meshed: Cell = allow('c1', 'srv:8080');
const listed: Phase = { name: 'c1 listed', control: true, objects: [ANYTHING, grant('c1')], cells: [meshed] };
const plaintext: Cell = observe('stranger', 'srv:8080', { way: 'pod-ip', count: 3 });
const twin: Cell = observe('stranger', 'stranger:8080', { count: 3 });
const HANDSHAKE = 'TLS handshake without a client certificate';
const TWIN_HANDSHAKE = 'TLS handshake with the plaintext twin';

const VERSIONS = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const;
const versionCell = (version: string): string => `${version} alone`;

/** It comes back in the body of the answer, where no compression of headers hides it. */
const MARKER = 'meshgauge-legible-on-the-wire';
const MARKED = {
  path: '/marked',
  headers: [
    ['x-meshgauge-marker', MARKER],
    ['x-meshgauge-echo', 'full'],
  ],
} as const;
const marked: Cell = observe('c1', 'srv:8080', MARKED);
const markedTwin: Cell = observe('stranger', 'stranger:8080', MARKED);
/** Connections to a server outlive cases: another protocol is likely to open one, so that its handshake is seen as well. */
const opening: Cell = observe('c1', 'srv:8080', { ...MARKED, protocol: 'h2c', count: 2 });
const WIRE = { pod: 'srv', port: 8080, marker: MARKER } as const;
const TWIN_WIRE = { pod: 'stranger', port: 8080, marker: MARKER } as const;
const CERTIFICATE = 'certificate of srv';

export const transportSecurity = identityCase({
  id: 'IDN-01',
  class: 'A',
  title: 'what protects a connection between two meshed pods',
  phrase: 'Authentication should already be handled by the underlying implementation',
  setup:
    'the wire of a meshed server is captured while c1 sends a marker; a client outside the mesh offers plaintext, TLS without a certificate and each version of TLS; the server sees who c1 presents itself as',
  expectation: 'recorded: mutual TLS, TLS of the server alone, or plaintext',
  control:
    'the same capture reads the marker between pods outside the mesh, and the same probes find plaintext and no TLS there',
  variants: ['mTLS', 'server-only TLS', 'plaintext'],
  needs: ['kind:TrafficTarget', 'kind:HTTPRouteGroup'],
  phases: [listed],
  run: async (ctx) => {
    await visit(ctx, listed);
    await ctx.probe(listed.name, [plaintext, twin]);
    await knock(ctx);
    await ctx.transport.watchWire(listed.name, [WIRE, TWIN_WIRE], async () => {
      await ctx.probe(listed.name, [marked, opening, markedTwin]);
    });
  },
  judge: (exchanges, evidence) => judgeTransport(exchanges, evidence),
});

async function knock(ctx: CaseContext): Promise<void> {
  const [seen] = await Promise.all([
    ctx.transport.handshake(listed.name, 'stranger', HANDSHAKE, 'srv:8080'),
    ctx.transport.handshake(listed.name, 'stranger', TWIN_HANDSHAKE, 'stranger:8080'),
    ...VERSIONS.map((version) =>
      ctx.transport.handshake(listed.name, 'stranger', versionCell(version), 'srv:8080', { version }),
    ),
  ]);
  await ctx.transport.recordCertificate(listed.name, CERTIFICATE, seen);
}

function judgeTransport(exchanges: Exchanges, evidence: Evidence): { findings: Finding[]; variant: string } {
  const see = (cell: string): ClientLine | undefined => exchanges.of(listed.name, cell)[0]?.client;
  const handshake = see(HANDSHAKE)?.tls;
  const offered = exchanges.of(listed.name, plaintext.key);
  const findings = [...judgeTwins(exchanges), ...judgeMarked(exchanges)];
  if (handshake === undefined) findings.push(invalid('no TLS handshake is on record'));
  if (offered.length < plaintext.count)
    findings.push(invalid(`only ${offered.length} of ${plaintext.count} requests in plaintext are on record`));
  const wire = judgeWire(
    factOf(evidence, listed.name, wireFactName(WIRE)),
    factOf(evidence, listed.name, wireFactName(TWIN_WIRE)),
  );
  findings.push(...wire.findings);
  const accepted = offered.some(({ servers }) => servers.length > 0);
  if (handshake?.peerCertificatePem === undefined) {
    const variant = wire.isLegible || accepted ? 'plaintext' : 'other: neither plaintext nor TLS is answered';
    return { findings, variant: `${variant}, ${wire.words}` };
  }
  const mode = handshake.handshake === 'refused' ? 'mTLS' : 'server-only TLS';
  const beside = accepted ? 'plaintext accepted beside it' : 'plaintext refused';
  const certificate = factOf(evidence, listed.name, CERTIFICATE);
  const said = [
    versionsTaken(see),
    `the server is ${handshake.peerUriSans?.join(' and ') || 'unnamed'}${presented(exchanges)}`,
    ...(certificate === undefined ? [] : [describeCertificate(certificate, see(HANDSHAKE)?.t ?? 0)]),
  ];
  const shown = wire.isLegible ? `plaintext, though ${mode} is offered` : mode;
  return { findings, variant: `${shown}, ${beside}, ${wire.words}: ${said.join('; ')}` };
}

function judgeTwins(exchanges: Exchanges): Finding[] {
  const twins = exchanges.of(listed.name, twin.key);
  const twinHandshake = exchanges.of(listed.name, TWIN_HANDSHAKE)[0]?.client.tls;
  return [
    ...(twins.length === 0 || twins.some(({ outcome }) => outcome !== 'allow')
      ? [invalid('the plaintext twin did not answer, so a refusal of plaintext proves nothing')]
      : []),
    ...(twinHandshake?.peerCertificatePem === undefined
      ? []
      : [invalid('the plaintext twin presented a certificate, so the probe cannot tell TLS from plaintext')]),
  ];
}

/** What was to be looked for must have travelled. */
function judgeMarked(exchanges: Exchanges): Finding[] {
  return [marked, markedTwin].flatMap(({ key, count, from }) => {
    const through = exchanges.of(listed.name, key).filter(({ outcome }) => outcome === 'allow').length;
    return through >= count ? [] : [invalid(`only ${through} of ${count} marked requests of ${from} came through`)];
  });
}

function versionsTaken(see: (cell: string) => ClientLine | undefined): string {
  const taken = VERSIONS.filter((version) => see(versionCell(version))?.tls?.version === version);
  if (taken.length === 0) return 'no version of TLS when offered alone';
  return taken.length === 1 ? `${taken.join()} alone` : taken.join(', ');
}

/** Who the listed client presented itself as, where the mesh tells its servers. */
function presented(exchanges: Exchanges): string {
  const told = exchanges
    .of(listed.name, meshed.key)
    .flatMap(({ servers }) => servers.flatMap(({ xfcc }) => (xfcc === undefined || xfcc === '' ? [] : [xfcc])));
  const [first] = told;
  if (first === undefined) return '';
  const names = [...first.matchAll(/URI=([^;,]+)/g)].map(([, name = '']) => name);
  return `; the client presented ${names.join(' and ') || 'a certificate'}`;
}
