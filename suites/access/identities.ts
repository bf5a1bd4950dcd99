/** What counts as an identity: nothing but a service account, and the server's own like any other. */
import type { Phase } from '../../src/cases/case.js';
import { CannotExpress, type CaseContext } from '../../src/cases/context.js';
import { visit, type Extra } from '../../src/cases/define.js';
import { group, http, identity, match, target } from '../../src/cases/objects.js';
import { allow, deny, observe } from '../../src/cases/questions.js';
import type { Evidence } from '../../src/evidence/records.js';
import type { Exchanges } from '../../src/judge/exchanges.js';
import { invalid } from '../../src/judge/findings.js';
import { readAnswers } from '../specs/readings.js';
import { accessCase } from './access-case.js';

const SERVER = 'srv:8080';
const PROFILES = ['extended', 'full'] as const;
const at = (path: string) => ({ path });

const secret = group('secret', [match('secret', '/secret')]);
const foo = group('foo', [match('foo', '/foo')]);
/** Gives c1 a path to the same server, so that its own proxy cannot be what refuses it. */
const beside = target('beside', { from: ['c1'], rules: [http('foo')] });
const toSecret = (kind: string) => ({
  ...target('t', { from: [], rules: [http('secret')] }),
  sources: ['c1', 'c2'].map((name) => ({ ...identity(name), kind })),
});
const asGroup: Phase = {
  name: 'kind Group',
  objects: [secret, foo, beside, toSecret('Group')],
  cells: [
    deny('c1', SERVER, at('/secret')),
    deny('c2', SERVER, at('/secret')),
    deny('c2', SERVER, at('/foo')),
    allow('c1', SERVER, at('/foo')),
  ],
};

export const otherKinds = accessCase({
  id: 'ACC-35',
  class: 'M',
  profiles: PROFILES,
  title: 'a source of another kind than ServiceAccount grants nothing',
  phrase: 'at present the method of assigning service identity is using Kubernetes service accounts',
  setup: 'sources c1 and c2 of kind Group for /secret; by another target c1 may reach /foo on the same server',
  expectation: 'a client that bears the name of the group is denied',
  control: 'the same sources as service accounts are allowed',
  catches: ['allow-all', 'deny-all', 'any-identity', 'kind-blind', 'targets-mixed', 'ignore-path'],
  phases: [
    asGroup,
    {
      name: 'kind ServiceAccount',
      control: true,
      objects: [secret, foo, beside, toSecret('ServiceAccount')],
      cells: [allow('c1', SERVER, at('/secret')), allow('c2', SERVER, at('/secret'))],
    },
  ],
  judge: (_exchanges, evidence) => ({ variant: apiAnswer(evidence, asGroup.name) }),
});

function apiAnswer({ lines }: Evidence, phase: string): string {
  const isRefused = lines.some(
    (line) => line.kind === 'change' && line.phase === phase && line.action === 'apply' && !line.accepted,
  );
  return isRefused ? 'rejected' : 'admitted, and grants nothing';
}

const anything = group('anything', [match('any', '.*')]);
const grant = (...from: string[]) => target('t', { from, rules: [http('anything')] });
const byName = observe('srv', SERVER, at('/self'));
const byAddress = observe('srv', SERVER, { path: '/self', way: 'pod-ip', count: 3 });
const ONLY_LOOPBACK = 'allowed only on loopback';
const byLoopback = { ...observe('srv', 'localhost:8080', { path: '/self', count: 3 }), key: 'srv → localhost:8080' };
const client = observe('srv', 'ctl:8080', at('/control'));
/** A case of class A never fails, and nothing here is normative: all phases are controls. */
const unlisted: Phase = {
  name: 'c1 alone listed',
  control: true,
  objects: [anything, grant('c1')],
  cells: [allow('c1', SERVER), byName, client],
};
const selfListed: Phase = {
  name: 's listed',
  control: true,
  objects: [anything, grant('c1', 's')],
  cells: [allow('srv', SERVER, at('/self'))],
};

export const selfCall = accessCase({
  id: 'ACC-36',
  class: 'A',
  profiles: PROFILES,
  title: 'whether a server may call itself without a target',
  phrase: '(silent)',
  setup:
    'the server calls its own service, its own address and, where pods have a loopback of their own, localhost; no target names it as a source',
  expectation: 'recorded: whether source and destination of one identity need a target',
  control: 'with the server among the sources its call is allowed; it reaches another server at any time',
  variants: ['denied', 'allowed', ONLY_LOOPBACK],
  catches: [],
  phases: [unlisted, selfListed],
  run: async (ctx) => {
    await visit(ctx, unlisted);
    await callByAddress(ctx);
    await visit(ctx, selfListed);
  },
  judge: (exchanges) => judgeSelfCall(exchanges),
});

async function callByAddress(ctx: CaseContext): Promise<void> {
  try {
    await ctx.probe(unlisted.name, [byAddress]);
  } catch (error) {
    if (!(error instanceof CannotExpress)) throw error;
    ctx.fact(unlisted.name, 'way not offered', byAddress.key);
  }
  // Pods that share the loopback of one host have none of their own.
  if (ctx.interception !== 'redirect') return ctx.fact(unlisted.name, 'way not offered', byLoopback.key);
  const { key, path = '/', count } = byLoopback;
  const spec = { protocol: 'http', host: '127.0.0.1', port: 8080, method: 'GET', path, timeoutMs: 2_000 } as const;
  await ctx.send(unlisted.name, 'srv', key, spec, count);
}

function judgeSelfCall(exchanges: Exchanges): Extra {
  const beside = [byAddress, byLoopback].filter(({ key }) => exchanges.of(unlisted.name, key).length > 0);
  const { findings, answers } = readAnswers(unlisted, [client, byName, ...beside], exchanges);
  const [alive, ...ways] = answers;
  if (findings.length > 0) return { findings };
  if (alive !== 'allow')
    return { findings: [invalid('the server reaches no other server either, so its own refusal proves nothing')] };
  const names = ['service', ...beside.map((cell) => (cell === byAddress ? 'own address' : 'loopback'))];
  return { variant: readWays(names.map((name, index) => [name, ways[index]])) };
}

function readWays(ways: readonly (readonly [name: string, answer: string | undefined])[]): string {
  const open = ways.filter(([, answer]) => answer === 'allow').map(([name]) => name);
  const tried = `tried ${ways.map(([name]) => name).join(', ')}`;
  if (ways.some(([, answer]) => answer === 'varies')) return `other: ${ways.map((way) => way.join(' ')).join(', ')}`;
  if (open.length === 0) return `denied; ${tried}`;
  if (open.includes('service')) return `allowed by ${open.join(', ')}; ${tried}`;
  return open.includes('loopback') ? `${ONLY_LOOPBACK}; ${tried}` : `other: allowed by ${open.join(', ')}; ${tried}`;
}
