/** What becomes of connections that were open when access was revoked. */
import type { Cell, Phase } from '../../src/cases/case.js';
import { visit } from '../../src/cases/define.js';
import { group, http, match, target, tcp, tcpRule } from '../../src/cases/objects.js';
import { allow, deny, observe } from '../../src/cases/questions.js';
import type { Exchanges } from '../../src/judge/exchanges.js';
import { invalid, type Finding } from '../../src/judge/findings.js';
import { accessCase } from './access-case.js';

const anything = group('anything', [match('any', '.*')]);
const grant = target('t', { from: ['c1'], rules: [http('anything')] });

const KEPT = ['http', 'tcp', 'websocket'] as const;
/** Both phases are controls: without them nothing can be read. */
const opened: Phase = {
  name: 'granted',
  control: true,
  objects: [anything, tcp('ports', [8300]), grant, target('t-tcp', { from: ['c1'], rules: [tcpRule('ports')] })],
  cells: [allow('c1', 'srv:8080')],
};
const revoked: Phase = {
  name: 'revoked',
  control: true,
  objects: [anything, tcp('ports', [8300])],
  cells: [deny('c1', 'srv:8080')],
};
const keptCell = (protocol: (typeof KEPT)[number]): Cell =>
  observe('c1', protocol === 'tcp' ? 'srv:8300' : 'srv:8080', { protocol, count: 1, path: '/kept' });
/** Long enough for a drain to end, short enough for a run. */
const WATCH_MS = 2_500;

export const openConnections = accessCase({
  id: 'ACC-29',
  class: 'A',
  title: 'what becomes of open connections when access is revoked',
  phrase: '(silent)',
  setup: 'a keep-alive HTTP connection, a TCP stream and a WebSocket are opened, then the targets are deleted',
  expectation: 'recorded: cut at once, drained, or alive until closed, for each protocol',
  control: 'a new connection is denied',
  needs: ['kind:TrafficTarget', 'kind:HTTPRouteGroup', 'kind:TCPRoute', 'protocol:tcp', 'identity:service-account'],
  variants: ['cut at once', 'drained', 'survives until closed'],
  catches: [],
  phases: [opened, revoked],
  run: async (ctx) => {
    await visit(ctx, opened);
    const sessions = await Promise.all(
      KEPT.map(async (protocol) => ({ protocol, session: await ctx.openSession(opened.name, keptCell(protocol)) })),
    );
    await ctx.enter(revoked);
    const since = performance.now();
    for (const { protocol, session } of sessions) await session.exchange(`${protocol} at once`);
    await ctx.probe(revoked.name, revoked.cells ?? []);
    await ctx.until(async () => performance.now() - since > WATCH_MS, WATCH_MS * 2);
    for (const { protocol, session } of sessions) {
      await session.exchange(`${protocol} later`);
      await session.close();
    }
  },
  judge: (exchanges) => judgeFates(exchanges),
});

function judgeFates(exchanges: Exchanges): { findings: Finding[]; variant: string } {
  const fates = KEPT.map((protocol) => ({ protocol, fate: fateOf(protocol, exchanges) }));
  const findings = fates.flatMap(({ protocol, fate }) =>
    fate === undefined ? [invalid(`what became of the ${protocol} connection is not on record`)] : [],
  );
  if (fates.every(({ fate }) => fate === NOT_OPENED)) findings.push(invalid('not one connection could be opened'));
  return { findings, variant: fates.map(({ protocol, fate }) => `${protocol}: ${fate ?? 'unknown'}`).join('; ') };
}

const NOT_OPENED = 'not opened';

function fateOf(protocol: (typeof KEPT)[number], exchanges: Exchanges): string | undefined {
  const [first] = exchanges.of(opened.name, keptCell(protocol).key);
  const [now] = exchanges.of(opened.name, `${protocol} at once`);
  const [later] = exchanges.of(opened.name, `${protocol} later`);
  if (first === undefined) return undefined;
  if (first.outcome !== 'allow') return NOT_OPENED;
  if (now === undefined || later === undefined) return undefined;
  if (now.outcome !== 'allow') return 'cut at once';
  return later.outcome === 'allow' ? 'survives until closed' : 'drained';
}
