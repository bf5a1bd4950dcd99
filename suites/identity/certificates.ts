/** What the transport shows: who presents which certificate, what plaintext gets, whether rotation is felt. */
import type { Evidence, ClientLine } from '../../src/evidence/records.js';
import type { Cell, Phase } from '../../src/cases/case.js';
import { visit } from '../../src/cases/define.js';
import { allow, deny, observe } from '../../src/cases/questions.js';
import type { Exchanges } from '../../src/judge/exchanges.js';
import { invalid, type Finding } from '../../src/judge/findings.js';
import { ANYTHING, grant, identityCase } from './identity-case.js';

const listed: Phase = { name: 'c1 listed', objects: [ANYTHING, grant('c1')], cells: [allow('c1', 'srv:8080')] };
const plaintext: Cell = observe('stranger', 'srv:8080', { way: 'pod-ip', count: 3 });
const twin: Cell = observe('stranger', 'stranger:8080', { count: 3 });
const HANDSHAKE = 'TLS handshake without a client certificate';
const TWIN_HANDSHAKE = 'TLS handshake with the plaintext twin';

export const transportSecurity = identityCase({
  id: 'IDN-01',
  class: 'A',
  title: 'what protects a connection between two meshed pods',
  phrase: 'Authentication should already be handled by the underlying implementation',
  setup: 'a client outside the mesh offers plaintext and a TLS handshake without a certificate to a meshed server; the server sees who c1 presents itself as',
  expectation: 'recorded: mutual TLS, TLS of the server alone, or plaintext',
  control: 'the same probes against a pod without the mesh find plaintext and no TLS',
  variants: ['mTLS', 'server-only TLS', 'plaintext'],
  needs: ['kind:TrafficTarget', 'kind:HTTPRouteGroup'],
  phases: [listed],
  run: async (ctx) => {
    await visit(ctx, listed);
    await ctx.probe(listed.name, [plaintext, twin]);
    for (const [cell, target, port] of [[HANDSHAKE, 'srv', 8080], [TWIN_HANDSHAKE, 'stranger', 8080]] as const) {
      const { host, port: physical } = ctx.podAddress(target, port);
      await ctx.send(listed.name, 'stranger', cell, { protocol: 'tls', host, port: physical, timeoutMs: 2_000, tls: { servername: target } });
    }
  },
  judge: (exchanges, evidence) => judgeTransport(exchanges, evidence),
});

function judgeTransport(exchanges: Exchanges, evidence: Evidence): { findings: Finding[]; variant: string } {
  const findings: Finding[] = [];
  const see = (cell: string): ClientLine | undefined => exchanges.of(listed.name, cell)[0]?.client;
  const handshake = see(HANDSHAKE);
  const twins = exchanges.of(listed.name, twin.key);
  if (twins.length === 0 || twins.some(({ outcome }) => outcome !== 'allow')) findings.push(invalid('the plaintext twin did not answer, so a refusal of plaintext proves nothing'));
  if (see(TWIN_HANDSHAKE)?.tls?.peerCertificatePem !== undefined) findings.push(invalid('the plaintext twin presented a certificate, so the probe cannot tell TLS from plaintext'));
  if (handshake?.tls === undefined) findings.push(invalid('no TLS handshake is on record'));
  const plain = exchanges.of(listed.name, plaintext.key).some(({ servers }) => servers.length > 0);
  const identity = handshake?.tls?.peerUriSans?.join(', ') ?? '';
  const presented = evidence.lines.find((line) => line.kind === 'server' && line.xfcc !== undefined && line.xfcc !== '');
  const client = presented?.kind === 'server' ? `; the client presented ${/URI=([^;,]+)/.exec(presented.xfcc ?? '')?.[1] ?? 'a certificate'}` : '';
  if (handshake?.tls?.peerCertificatePem === undefined) return { findings, variant: 'plaintext' };
  const mode = handshake.tls.handshake === 'refused' ? 'mTLS' : 'server-only TLS';
  return { findings, variant: `${mode}${plain ? ', plaintext accepted beside it' : ', plaintext refused'}: ${handshake.tls.version ?? 'TLS'}, the server is ${identity || 'unnamed'}${client}` };
}

const underLoad: Phase = { name: 'rotation under load', objects: [ANYTHING, grant('c1')], cells: [allow('c1', 'srv:8080'), deny('c2', 'srv:8080')] };
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
    const streams = await Promise.all([ctx.stream(STREAM, allowed, 3, { connections: 'new' }), ctx.stream(`${STREAM} (kept)`, allowed, 3, { connections: 'reuse' }), ctx.stream(STREAM, denied, 10)]);
    for (let round = 0; round < ROTATIONS; round += 1) {
      await ctx.rotateCertificates(STREAM);
      const since = performance.now();
      await ctx.until(async () => performance.now() - since > 150, 1_000);
    }
    await Promise.all(streams.map((stream) => stream.stop()));
  },
  judge: (exchanges) => {
    const mine = [...exchanges.of(STREAM, allowed.key), ...exchanges.of(`${STREAM} (kept)`, allowed.key)];
    const lost = mine.filter(({ outcome }) => outcome !== 'allow');
    const leaked = exchanges.of(STREAM, denied.key).filter(({ servers }) => servers.length > 0);
    return {
      findings: [
        ...(mine.length < 50 ? [invalid(`only ${mine.length} requests were sent during the rotations`)] : []),
        ...(lost.length > 0 ? [{ kind: 'violation' as const, message: `${lost.length} of ${mine.length} requests of the listed source failed during ${ROTATIONS} rotations` }] : []),
        ...(leaked.length > 0 ? [{ kind: 'violation' as const, message: `c2, not listed, was let in ${leaked.length} times during the rotations` }] : []),
      ],
      variant: `${lost.length} errors in ${ROTATIONS} rotations`,
    };
  },
});
