/** The same routes over HTTP/1.1, HTTP/2 and gRPC. */
import { GRPC_BESIDE_HTTP, type Cell, type Phase } from '../../src/cases/case.js';
import { match } from '../../src/cases/objects.js';
import { allow, deny } from '../../src/cases/questions.js';
import type { Exchanges } from '../../src/judge/exchanges.js';
import { granted, SERVER, specsCase } from './specs-case.js';

const HEADER = [['x-demo', 'on']] as const;
const demo = { headers: [{ name: 'x-demo', regex: 'on' }] };
const MATCHES = [
  match('plain', '/a', { methods: ['GET'], ...demo }),
  match('unary', '/pkg\\.Svc/M', { methods: ['POST'], ...demo }),
  match('never', '/pkg\\.Svc/Get', { methods: ['GET'] }),
];

type Ask = { readonly path: string; readonly method: string; readonly headers?: typeof HEADER };
const plain: Ask = { path: '/a', method: 'GET', headers: HEADER };
const unary: Ask = { path: '/pkg.Svc/M', method: 'POST', headers: HEADER };
const without = ({ path, method }: Ask): Ask => ({ path, method });

/** What is allowed, and for each part of its match the same without it. */
const TABLE = {
  http: { allowed: [plain, unary], denied: [{ ...plain, path: '/b' }, { ...plain, method: 'POST' }, without(plain)] },
  h2c: { allowed: [plain, unary], denied: [{ ...plain, path: '/b' }, { ...plain, method: 'POST' }, without(plain)] },
  // Every call is a POST to the path of its method.
  grpc: {
    allowed: [unary],
    denied: [{ ...unary, path: '/pkg.Svc/N' }, { ...unary, path: '/pkg.Svc/Get' }, without(unary)],
  },
} as const;
type Protocol = keyof typeof TABLE;

const count = 5;
const allowed = (protocol: Protocol): readonly Cell[] =>
  TABLE[protocol].allowed.map((ask) => allow('c1', SERVER, { ...ask, protocol, count }));
const asking = (protocol: Protocol, rest: Partial<Phase> = {}): Phase => ({
  name: `over ${protocol}`,
  objects: granted(...MATCHES),
  cells: [
    ...allowed(protocol),
    ...TABLE[protocol].denied.map((ask) => deny('c1', SERVER, { ...ask, protocol, count })),
  ],
  ...rest,
});
const PROTOCOLS = ['http', 'h2c', 'grpc'] as const;

export const httpVersions = specsCase({
  id: 'SPC-27',
  class: 'M',
  profiles: ['extended', 'full'],
  title: 'routes hold for HTTP/1.1, HTTP/2 and gRPC alike',
  phrase: 'This resource is used to describe HTTP/1 and HTTP/2 traffic',
  setup:
    'a match of path, method and header for a plain request and one for a unary gRPC call, over HTTP/1.1, HTTP/2 with prior knowledge and gRPC',
  expectation:
    'over each protocol what fulfils a match is allowed, and what lacks its path, method or header is denied',
  control: 'the denials over each protocol stand beside what it allows',
  catches: ['allow-all', 'deny-all', 'ignore-method', 'prefix-path', 'ignore-path', 'ignore-headers'],
  phases: [asking('http'), asking('h2c'), asking('grpc', { needs: [GRPC_BESIDE_HTTP] })],
  judge: (exchanges) => ({ variant: arrivals(exchanges) }),
});

/** A proxy may speak another version of HTTP to the server than it was spoken to. */
function arrivals(exchanges: Exchanges): string {
  return PROTOCOLS.flatMap((protocol) => {
    const seen = allowed(protocol).flatMap(({ key }) => exchanges.of(`over ${protocol}`, key));
    const arrived = new Set(seen.flatMap(({ servers }) => servers.map((server) => server.protocol)));
    return arrived.size === 0 ? [] : [`${protocol} arrives as ${[...arrived].join(', ')}`];
  }).join('; ');
}
