/** Rules whose meaning the text leaves open: a TCPRoute alone before HTTP, a match that the group does not have. */
import { group, http, match, target, tcp, tcpRule } from '../../src/cases/objects.js';
import { allow, deny, observe } from '../../src/cases/questions.js';
import type { Phase } from '../../src/cases/case.js';
import type { Extra } from '../../src/cases/define.js';
import type { Exchanges } from '../../src/judge/exchanges.js';
import { readAnswers } from '../specs/readings.js';
import { accessCase } from './access-case.js';
import { readingCase } from './reading-case.js';

const PROFILES = ['extended', 'full'] as const;

/** The same server, by a port that its service declares as plain TCP. */
const DECLARED_TCP = [
  {
    name: 'quiet-l4',
    selector: { app: 'quiet' },
    ports: [{ name: 'tcp', port: 8090, targetPort: 8090, protocol: 'tcp' as const }],
  },
];
const declaredHttp = observe('c1', 'quiet:8080');
const declaredTcp = observe('c1', 'quiet-l4:8090', { over: 'tcp' });
const DEPENDS = 'depends on the port’s declared protocol';
const ports = tcp('all');
const toQuiet = (...rules: Parameters<typeof target>[1]['rules']) => target('t', { to: 'quiet', from: ['c1'], rules });

/** First, so that everybody has heard of the service when it counts. */
const withRoute: Phase = {
  name: 'HTTP route beside it',
  control: true,
  services: DECLARED_TCP,
  objects: [ports, group('anything', [match('any', '.*')]), toQuiet(tcpRule('all'), http('anything'))],
  cells: [allow('c1', 'quiet:8080'), declaredTcp],
};
const alone: Phase = {
  name: 'TCPRoute alone',
  services: DECLARED_TCP,
  objects: [ports, toQuiet(tcpRule('all'))],
  cells: [declaredHttp, declaredTcp, deny('c2', 'quiet:8080')],
};

export const tcpRouteAlone = accessCase({
  id: 'ACC-14',
  class: 'A',
  profiles: PROFILES,
  title: 'HTTP where the only rule is a TCPRoute',
  phrase: '(silent)',
  ref: 'traffic-access v1alpha3; issue 206',
  setup:
    'a target whose only rule is a TCPRoute for all ports, before a server that speaks HTTP: on a port declared as HTTP and on one declared as TCP',
  expectation: 'recorded: whether a TCPRoute admits HTTP; a client that is not listed stays denied',
  control: 'with an HTTP route beside the TCPRoute the client is let in',
  needs: ['kind:TrafficTarget', 'kind:HTTPRouteGroup', 'kind:TCPRoute', 'protocol:tcp', 'identity:service-account'],
  variants: ['allowed', 'denied', DEPENDS],
  catches: ['allow-all', 'any-identity'],
  phases: [withRoute, alone],
  judge: judgeL4Rule,
});

function judgeL4Rule(exchanges: Exchanges): Extra {
  const { findings, answers } = readAnswers(alone, [declaredHttp, declaredTcp], exchanges);
  const before = readAnswers(withRoute, [declaredTcp], exchanges);
  const problems = [...findings, ...before.findings];
  if (problems.length > 0) return { findings: problems };
  const [byHttp, byTcp] = answers;
  if (answers.includes('varies')) return { variant: `other: declared as HTTP ${byHttp}, declared as TCP ${byTcp}` };
  // Where nothing ever came through the other port, its refusals say nothing.
  const isTcpAlive = byTcp === 'allow' || before.answers.includes('allow');
  if (isTcpAlive && byHttp !== byTcp) return { variant: `${DEPENDS}: HTTP ${byHttp}, TCP ${byTcp}` };
  return { variant: byHttp === 'allow' ? 'allowed' : 'denied' };
}

const okAndExtra = group('g', [match('ok', '/ok'), match('extra', '/extra')]);
const at = (path: string) => ({ path });

export const unknownMatch = readingCase({
  id: 'ACC-26',
  profiles: PROFILES,
  title: 'a rule names a match that its group does not have',
  phrase: '(silent)',
  setup: 'a group with the matches ok and extra; c1 is granted [ok, bogus], c2 [bogus] alone',
  expectation: 'recorded: whether the known name still works; the unknown one never widens access',
  control: 'with [ok] alone its route is allowed',
  catches: ['allow-all', 'any-identity', 'targets-mixed', 'matches-ignored', 'unknown-match-widens', 'ignore-path'],
  readings: { 'the unknown name is skipped': ['allow'], 'the whole target is invalid': ['deny'] },
  read: {
    name: 'ok and bogus',
    objects: [
      okAndExtra,
      target('t', { from: ['c1'], rules: [http('g', 'ok', 'bogus')] }),
      target('bogus', { from: ['c2'], rules: [http('g', 'bogus')] }),
    ],
    cells: [
      observe('c1', 'srv:8080', at('/ok')),
      ...['/extra', '/other'].map((path) => deny('c1', 'srv:8080', at(path))),
      ...['/ok', '/extra'].map((path) => deny('c2', 'srv:8080', at(path))),
    ],
  },
  controls: [
    {
      name: 'ok alone',
      control: true,
      objects: [okAndExtra, target('t', { from: ['c1'], rules: [http('g', 'ok')] })],
      cells: [allow('c1', 'srv:8080', at('/ok'))],
    },
  ],
});
