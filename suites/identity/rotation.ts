/** Certificates are replaced while requests are under way, and nobody notices. */
import type { Evidence } from '../../src/evidence/records.js';
import type { Cell, Phase } from '../../src/cases/case.js';
import { visit } from '../../src/cases/define.js';
import { allow, deny, observe } from '../../src/cases/questions.js';
import type { CaseContext } from '../../src/cases/context.js';
import type { Exchanges } from '../../src/judge/exchanges.js';
import { invalid, type Finding } from '../../src/judge/findings.js';
import { asCertificate, factOf } from './certificate-words.js';
import { ANYTHING, grant, identityCase } from './identity-case.js';

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
  setup: `certificates are rotated ${ROTATIONS} times while c1 and c2 send without pause, over new and over kept connections; a handshake from outside sees each new one`,
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
    await recordCertificate(ctx, 0);
    for (let round = 1; round <= ROTATIONS; round += 1) {
      await ctx.rotateCertificates(STREAM);
      const since = performance.now();
      await ctx.until(async () => performance.now() - since > 150, 1_000);
      await recordCertificate(ctx, round);
    }
    await Promise.all(streams.map((stream) => stream.stop()));
  },
  judge: (exchanges, evidence) => judgeRotations(exchanges, evidence),
});

/** The certificate that the server shows to anybody: seen from outside it must be another one each time. */
async function recordCertificate(ctx: CaseContext, round: number): Promise<void> {
  const seen = await ctx.transport.handshake(STREAM, 'stranger', `handshake ${round}`, 'srv:8080');
  await ctx.transport.recordCertificate(STREAM, certificateName(round), seen);
}
const certificateName = (round: number): string => `certificate of srv ${round}`;

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
  const rounds = Array.from({ length: ROTATIONS + 1 }, (_, round) => factOf(evidence, STREAM, certificateName(round)));
  const serials = new Set(rounds.flatMap((fact) => (fact === undefined ? [] : [asCertificate(fact).serial])));
  if (serials.size < rounds.length)
    findings.push(invalid(`the server showed ${serials.size} certificates, ${rounds.length} were expected`));
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
