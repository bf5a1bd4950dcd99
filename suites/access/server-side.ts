/** Access is enforced at the target: whoever comes past the client's proxy is denied as well. */
import type { Cell, Phase } from '../../src/cases/case.js';
import { group, http, match, target } from '../../src/cases/objects.js';
import { allow, deny, observe } from '../../src/cases/questions.js';
import { CannotExpress } from '../../src/cases/context.js';
import { accessCase } from './access-case.js';

const WAYS = ['pod-ip', 'cluster-ip', 'headless', 'node-port'] as const;
const ways = (client: string): readonly Cell[] => WAYS.map((way) => deny(client, 'srv:8080', { way }));

const guarded: Phase = {
  name: 'only c1 listed',
  objects: [group('anything', [match('any', '.*')]), target('t', { from: ['c1'], rules: [http('anything')] })],
  cells: [allow('c1', 'srv:8080'), deny('c2', 'srv:8080')],
};
/** Proves that a client outside the mesh can speak and be heard at all. */
const plaintextTwin: Cell = observe('stranger', 'stranger:8080', { count: 3 });

export const enforcedAtTarget = accessCase({
  id: 'ACC-31',
  class: 'M',
  title: 'access is enforced at the target, whichever way a client comes',
  phrase: 'access control is always enforced on the server side of a connection (or the target)',
  setup:
    's allows c1; a pod outside the mesh and a meshed pod without a target try pod address, cluster address, node port and headless name',
  expectation: 'every way past the client’s own proxy is denied',
  control: 'the allowed path works, and the client outside the mesh reaches its own plaintext server',
  catches: ['allow-all', 'deny-all', 'any-identity', 'plaintext-accepted'],
  phases: [guarded],
  run: async (ctx) => {
    await ctx.enter(guarded);
    await ctx.probe(guarded.name, [...(guarded.cells ?? []), plaintextTwin]);
    // Where connections are redirected, whatever c1 dials goes through its own proxy: for a listed client there is no way past it.
    const listed = ctx.interception === 'redirect' ? [] : ways('c1');
    for (const cell of [...ways('stranger'), ...ways('c2'), ...listed]) {
      try {
        await ctx.probe(guarded.name, [cell]);
      } catch (error) {
        if (!(error instanceof CannotExpress)) throw error;
        ctx.fact(guarded.name, 'way not offered', cell.key);
      }
    }
  },
  judge: (exchanges) => {
    const tried = ['stranger', 'c2', 'c1']
      .flatMap((client) => ways(client).map((cell) => ({ cell, seen: exchanges.of(guarded.name, cell.key) })))
      .filter(({ seen }) => seen.length > 0);
    const open = tried.filter(({ seen }) => seen.some(({ servers }) => servers.length > 0));
    const twin = exchanges.of(guarded.name, plaintextTwin.key);
    const blind = twin.length === 0 || twin.some(({ outcome }) => outcome !== 'allow');
    return {
      findings: [
        ...open.map(({ cell }) => ({
          kind: 'violation' as const,
          message: `${cell.from} got in by ${cell.way ?? '?'} without being listed or without its proxy`,
        })),
        ...(tried.length === 0 ? [{ kind: 'invalid' as const, message: 'no way past the proxy was tried' }] : []),
        ...(blind
          ? [
              {
                kind: 'invalid' as const,
                message: 'the client outside the mesh did not even reach its own server, so its failures prove nothing',
              },
            ]
          : []),
      ],
      variant:
        open.length === 0
          ? `no bypass; tried ${[...new Set(tried.map(({ cell }) => cell.way))].join(', ')}`
          : `bypass by ${[...new Set(open.map(({ cell }) => cell.way))].join(', ')}`,
    };
  },
});
