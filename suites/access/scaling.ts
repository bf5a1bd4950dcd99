/** An identity is a group of pods: each pod that joins it has its rights, and each server pod asks for them. */
import type { ClientRecord } from '../../fixtures/agent/protocol.js';
import type { Cell, Phase } from '../../src/cases/case.js';
import type { CaseContext } from '../../src/cases/context.js';
import { visit, type Extra } from '../../src/cases/define.js';
import { group, http, match, target } from '../../src/cases/objects.js';
import { allow, deny, observe } from '../../src/cases/questions.js';
import type { Evidence } from '../../src/evidence/records.js';
import type { Exchange, Exchanges } from '../../src/judge/exchanges.js';
import { invalid, type Finding } from '../../src/judge/findings.js';
import { samplesForPresence } from '../../src/judge/statistics.js';
import type { PodSpec } from '../../src/mesh/driver.js';
import { accessCase } from './access-case.js';
import { waitingFor, waitsOf, type AskUntil } from './wait.js';

const SERVER = 'srv:8080';
const NUMBERS = [2, 3, 4, 5] as const;
const NEW_CLIENTS = NUMBERS.map((number) => `c1-${number}`);
const NEW_SERVERS = NUMBERS.map((number) => `srv-${number}`);
const CLIENTS = ['c1', ...NEW_CLIENTS];
const SERVERS = ['srv', ...NEW_SERVERS];

const clientPod = (name: string): PodSpec => ({
  name,
  namespace: 'ns1',
  serviceAccount: 'c1',
  labels: { app: name },
  meshed: true,
  ports: [],
});
/** One more pod behind the service of the server. */
const serverPod = (name: string): PodSpec => ({
  ...clientPod(name),
  serviceAccount: 's',
  labels: { app: 'srv' },
  ports: [{ name: 'http', port: 8080, protocol: 'http' }],
});

const objects = [group('anything', [match('any', '.*')]), target('t', { from: ['c1'], rules: [http('anything')] })];
const alone = [allow('c1', SERVER), deny('c2', SERVER)];
const before: Phase = { name: 'one pod each', objects, cells: alone };
/** So many denied requests leave no server pod out: one that is asked half as often as the others has answered with 1 - 10⁻⁶. */
const DENIED = samplesForPresence(1 / (2 * SERVERS.length));
const grown: Phase = {
  name: 'five pods each',
  objects,
  cells: [...CLIENTS.map((client) => allow(client, SERVER, { count: 20 })), deny('c2', SERVER, { count: DENIED })],
};
const shrunk: Phase = { name: 'one pod each again', objects, cells: alone };

const GROWING = 'while pods start';
const listed = observe('c1', SERVER, { path: '/growing' });
const unlisted = observe('c2', SERVER, { path: '/growing' });
/** Between two requests of a client while pods start. */
const GAP_MS = 20;
const pairing = (client: string): Cell => observe(client, SERVER, { path: '/pairs' });
/** By so many answers in a row of the pod that is left, nobody is sent to those that have gone. */
const STREAK = 20;
const leaving = observe('c1', SERVER, { path: '/left', count: STREAK });

export const scaledIdentity = accessCase({
  id: 'ACC-32',
  startsPods: true,
  class: 'M',
  profiles: ['full'],
  title: 'an identity is the same for each of its pods',
  phrase: 'a service identity which is allocated to a group of pods',
  setup: 'c1 is listed; client and server are scaled from one pod to five and back, while c1 and c2 keep asking',
  expectation: 'each of the five clients reaches each of the five servers, and c2 none of them, not even as they start',
  control: 'with one pod each, before and after, c1 is allowed and c2 denied',
  catches: ['allow-all', 'deny-all', 'any-identity'],
  phases: [before, grown, shrunk],
  run: async (ctx) => {
    const askUntil = waitsOf(ctx);
    await visit(ctx, before);
    await scaleUp(ctx, askUntil);
    await ctx.probe(grown.name, grown.cells ?? []);
    await scaleDown(ctx, askUntil);
    await ctx.probe(shrunk.name, shrunk.cells ?? []);
  },
  judge: judgeScaling,
});

async function scaleUp(ctx: CaseContext, askUntil: AskUntil): Promise<void> {
  const streams = await Promise.all([listed, unlisted].map((cell) => ctx.stream(GROWING, cell, GAP_MS)));
  const isLetIn = (client: string): Promise<boolean> =>
    askUntil(grown.name, [{ ...pairing(client), count: 1 }], (answers) => answers.some(({ ok }) => ok));
  const started = [
    ...NEW_SERVERS.map((name) => ctx.startPod(grown.name, serverPod(name))),
    ...NEW_CLIENTS.map((name) => ctx.startPod(grown.name, clientPod(name)).then(() => isLetIn(name))),
  ];
  await Promise.all(started);
  await ctx.enter(grown);
  await askUntil(grown.name, CLIENTS.map(pairing), hasEveryPair);
  await Promise.all(streams.map((stream) => stream.stop()));
}

function hasEveryPair(answers: readonly ClientRecord[]): boolean {
  const pairs = new Set(
    answers.flatMap(({ ok, pod, server }) => (ok && server !== undefined ? [`${pod} ${server}`] : [])),
  );
  return CLIENTS.every((client) => SERVERS.every((server) => pairs.has(`${client} ${server}`)));
}

/** Servers one after the other: what a pod has seen is asked of all of them before one goes. */
async function scaleDown(ctx: CaseContext, askUntil: AskUntil): Promise<void> {
  await Promise.all(NEW_CLIENTS.map((name) => ctx.stopPod(shrunk.name, name)));
  for (const name of NEW_SERVERS) await ctx.stopPod(shrunk.name, name);
  await ctx.enter(shrunk);
  await askUntil(shrunk.name, [leaving], (answers) => answers.slice(-STREAK).every(({ ok }) => ok));
}

function judgeScaling(exchanges: Exchanges, evidence: Evidence): Extra {
  const pairs = CLIENTS.flatMap((client) => exchanges.of(waitingFor(grown.name), pairing(client).key));
  const own = exchanges.of(GROWING, listed.key);
  const others = exchanges.of(GROWING, unlisted.key);
  const starts = startsOf(evidence);
  const leaked = others.filter(({ servers }) => servers.length > 0).length;
  const findings: Finding[] = [
    ...(starts.size < NEW_CLIENTS.length + NEW_SERVERS.length
      ? [invalid(`only ${starts.size} pods were started`)]
      : []),
    ...(pairs.length === 0 ? [invalid('who reaches whom is not on record')] : missingPairs(pairs)),
    ...(own.length < FEWEST || others.length < FEWEST ? [invalid('hardly anything was asked while pods started')] : []),
    ...(leaked > 0
      ? [{ kind: 'violation' as const, message: `c2, not listed, was let in ${leaked} times while pods started` }]
      : []),
  ];
  const lost = own.filter(({ outcome }) => outcome !== 'allow').length;
  const lag = describeLag(starts, pairs, [...pairs, ...own]);
  return { findings, variant: `${lag}; ${lost} of ${own.length} requests of c1 failed while pods started` };
}

/** The streams run for as long as pods take to start; so few requests show that one of them hardly ran. */
const FEWEST = 10;

/** Nobody says that every client is sent to every server; a refusal would show among the answers. */
function missingPairs(pairs: readonly Exchange[]): Finding[] {
  const met = new Set(
    pairs
      .filter(({ outcome }) => outcome === 'allow')
      .flatMap(({ client, servers }) => servers.map(({ pod }) => `${client.pod} → ${pod}`)),
  );
  const missing = CLIENTS.flatMap((client) => SERVERS.map((server) => `${client} → ${server}`)).filter(
    (pair) => !met.has(pair),
  );
  const all = CLIENTS.length * SERVERS.length;
  return missing.length === 0 ? [] : [invalid(`of ${all} pairs these never met: ${missing.join(', ')}`)];
}

/** When each pod of the case's own was ready. */
function startsOf({ lines }: Evidence): ReadonlyMap<string, number> {
  const starts = lines.flatMap((line) => {
    if (line.kind !== 'change' || line.action !== 'start-pod') return [];
    const { name } = line.object;
    return typeof name === 'string' ? [[name, line.t] as const] : [];
  });
  return new Map(starts);
}

/** From a pod being ready to its first request let in, or its first answer. */
function describeLag(
  starts: ReadonlyMap<string, number>,
  asked: readonly Exchange[],
  answered: readonly Exchange[],
): string {
  const slowest = (pods: readonly string[], firstOf: (pod: string) => number): string => {
    const lags = pods.map((pod) => Math.max(0, firstOf(pod) - (starts.get(pod) ?? NaN)));
    return `${Math.round(Math.max(...lags))} ms`;
  };
  const allowed = asked.filter(({ outcome }) => outcome === 'allow');
  const firstAllowed = (pod: string): number =>
    Math.min(...allowed.filter(({ client }) => client.pod === pod).map(({ client }) => client.t + client.ms));
  const firstAnswer = (pod: string): number =>
    Math.min(...answered.flatMap(({ servers }) => servers.filter((one) => one.pod === pod).map(({ t }) => t)));
  return `a new client is let in after ${slowest(NEW_CLIENTS, firstAllowed)} at most, a new server answers after ${slowest(NEW_SERVERS, firstAnswer)}`;
}
