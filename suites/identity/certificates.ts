/** What the transport shows: who presents which certificate, what plaintext gets, whether rotation is felt. */
import type { Evidence, ClientLine } from '../../src/evidence/records.js';
import type { Cell, Phase } from '../../src/cases/case.js';
import { visit } from '../../src/cases/define.js';
import { allow, deny, observe } from '../../src/cases/questions.js';
import type { Exchanges } from '../../src/judge/exchanges.js';
import { invalid, type Finding } from '../../src/judge/findings.js';
import { ANYTHING, grant, identityCase } from './identity-case.js';

/** Without a listed client that gets through there is nothing to look at: a control, so that the case never fails. */
const meshed: Cell = allow('c1', 'srv:8080');
const listed: Phase = { name: 'c1 listed', control: true, objects: [ANYTHING, grant('c1')], cells: [meshed] };
const plaintext: Cell = observe('stranger', 'srv:8080', { way: 'pod-ip', count: 3 });
const twin: Cell = observe('stranger', 'stranger:8080', { count: 3 });
const HANDSHAKE = 'TLS handshake without a client certificate';
const TWIN_HANDSHAKE = 'TLS handshake with the plaintext twin';

export const transportSecurity = identityCase({
  id: 'IDN-01',
  class: 'A',
  title: 'what protects a connection between two meshed pods',
  phrase: 'Authentication should already be handled by the underlying implementation',
  setup:
    'a client outside the mesh offers plaintext and a TLS handshake without a certificate to a meshed server; the server sees who c1 presents itself as',
  expectation: 'recorded: mutual TLS, TLS of the server alone, or plaintext',
  control: 'the same probes against a pod without the mesh find plaintext and no TLS',
  variants: ['mTLS', 'server-only TLS', 'plaintext'],
  needs: ['kind:TrafficTarget', 'kind:HTTPRouteGroup'],
  phases: [listed],
  run: async (ctx) => {
    await visit(ctx, listed);
    await ctx.probe(listed.name, [plaintext, twin]);
    for (const [cell, target, port] of [
      [HANDSHAKE, 'srv', 8080],
      [TWIN_HANDSHAKE, 'stranger', 8080],
    ] as const) {
      const { host, port: physical } = ctx.podAddress(target, port);
      await ctx.send(listed.name, 'stranger', cell, {
        protocol: 'tls',
        host,
        port: physical,
        timeoutMs: 2_000,
        tls: { servername: target },
      });
    }
  },
  judge: (exchanges) => judgeTransport(exchanges),
});

function judgeTransport(exchanges: Exchanges): { findings: Finding[]; variant: string } {
  const findings: Finding[] = [];
  const see = (cell: string): ClientLine | undefined => exchanges.of(listed.name, cell)[0]?.client;
  const handshake = see(HANDSHAKE)?.tls;
  const twins = exchanges.of(listed.name, twin.key);
  const offered = exchanges.of(listed.name, plaintext.key);
  if (twins.length === 0 || twins.some(({ outcome }) => outcome !== 'allow'))
    findings.push(invalid('the plaintext twin did not answer, so a refusal of plaintext proves nothing'));
  if (see(TWIN_HANDSHAKE)?.tls?.peerCertificatePem !== undefined)
    findings.push(invalid('the plaintext twin presented a certificate, so the probe cannot tell TLS from plaintext'));
  if (handshake === undefined) findings.push(invalid('no TLS handshake is on record'));
  if (offered.length < plaintext.count)
    findings.push(invalid(`only ${offered.length} of ${plaintext.count} requests in plaintext are on record`));
  const plain = offered.some(({ servers }) => servers.length > 0);
  if (handshake?.peerCertificatePem === undefined)
    return { findings, variant: plain ? 'plaintext' : 'other: neither plaintext nor TLS is answered' };
  const mode = handshake.handshake === 'refused' ? 'mTLS' : 'server-only TLS';
  const server = handshake.peerUriSans?.join(', ') ?? '';
  const beside = plain ? 'plaintext accepted beside it' : 'plaintext refused';
  return {
    findings,
    variant: `${mode}, ${beside}: ${handshake.version ?? 'TLS'}, the server is ${server || 'unnamed'}${presented(exchanges)}`,
  };
}

/** Who the listed client presented itself as, where the mesh tells its servers. */
function presented(exchanges: Exchanges): string {
  const told = exchanges
    .of(listed.name, meshed.key)
    .flatMap(({ servers }) => servers.flatMap(({ xfcc }) => (xfcc === undefined || xfcc === '' ? [] : [xfcc])));
  const [first] = told;
  return first === undefined ? '' : `; the client presented ${/URI=([^;,]+)/.exec(first)?.[1] ?? 'a certificate'}`;
}

const underLoad: Phase = {
  name: 'rotation under load',
  objects: [ANYTHING, grant('c1')],
  cells: [allow('c1', 'srv:8080'), deny('c2', 'srv:8080')],
};
const ROTATIONS = 3;
const STREAM = 'while certificates rotate';
const allowed: Cell = observe('c1', 'srv:8080', { path: '/rotation' });
const denied: Cell = observe('c2', 'srv:8080', { path: '/rotation' });

export const rotation = identityCase({
  id: 'IDN-06',
  class: 'M',
  title: 'certificate rotation denies nobody who is allowed',
  phrase: 'then access will be allowed',
  setup: `certificates are rotated ${ROTATIONS} times while c1 and c2 send without pause, over new and over kept connections`,
  expectation: 'not one request of the listed source is lost to a rotation',
  control: 'c2 stays denied throughout',
  needs: ['kind:TrafficTarget', 'kind:HTTPRouteGroup', 'feature:certificate-rotation', 'mtls:strict'],
  catches: ['deny-all', 'any-identity', 'allow-all'],
  phases: [underLoad],
  run: async (ctx) => {
    await visit(ctx, underLoad);
    const streams = await Promise.all([
      ctx.stream(STREAM, allowed, 3, { connections: 'new' }),
      ctx.stream(`${STREAM} (kept)`, allowed, 3, { connections: 'reuse' }),
      ctx.stream(STREAM, denied, 10),
    ]);
    for (let round = 0; round < ROTATIONS; round += 1) {
      await ctx.rotateCertificates(STREAM);
      const since = performance.now();
      await ctx.until(async () => performance.now() - since > 150, 1_000);
    }
    await Promise.all(streams.map((stream) => stream.stop()));
  },
  judge: (exchanges, evidence) => judgeRotations(exchanges, evidence),
});

/** The streams run for half a second or more; so few probes show that one of them hardly ran. */
const MIN_ALLOWED = 50;
const MIN_DENIED = 10;

function judgeRotations(exchanges: Exchanges, evidence: Evidence): { findings: Finding[]; variant: string } {
  const mine = [...exchanges.of(STREAM, allowed.key), ...exchanges.of(`${STREAM} (kept)`, allowed.key)];
  const others = exchanges.of(STREAM, denied.key);
  const rotations = evidence.lines.filter((line) => line.kind === 'change' && line.action === 'rotate').length;
  const lost = mine.filter(({ outcome }) => outcome !== 'allow');
  const leaked = others.filter(({ servers }) => servers.length > 0);
  const findings: Finding[] = [];
  if (rotations < ROTATIONS) findings.push(invalid(`only ${rotations} of ${ROTATIONS} rotations are on record`));
  if (mine.length < MIN_ALLOWED)
    findings.push(invalid(`only ${mine.length} requests of the listed source were sent during the rotations`));
  if (others.length < MIN_DENIED)
    findings.push(invalid(`only ${others.length} requests of c2, not listed, were sent during the rotations`));
  if (lost.length > 0)
    findings.push({
      kind: 'violation',
      message: `${lost.length} of ${mine.length} requests of the listed source failed during ${rotations} rotations`,
    });
  if (leaked.length > 0)
    findings.push({
      kind: 'violation',
      message: `c2, not listed, was let in ${leaked.length} times during the rotations`,
    });
  return { findings, variant: `${lost.length} errors in ${rotations} rotations` };
}
