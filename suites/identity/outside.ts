/** What becomes of a client that is in no mesh: the text is silent, and modes of the mesh decide. */
import type { Cell, Need, Phase } from '../../src/cases/case.js';
import { LEFT_OUT } from '../../src/cases/define.js';
import { group, http, match, target } from '../../src/cases/objects.js';
import { allow, observe } from '../../src/cases/questions.js';
import type { Evidence } from '../../src/evidence/records.js';
import type { Exchange, Exchanges } from '../../src/judge/exchanges.js';
import { invalid, type Finding } from '../../src/judge/findings.js';
import { identityCase } from './identity-case.js';

const objects = [
  group('listed', [match('listed', '/listed')]),
  target('t', { from: ['c1'], rules: [http('listed', 'listed')] }),
];
const PATHS = { '/listed': 'on a path that a target names', '/unlisted': 'on a path that none names' } as const;
const plain = (path: string): Cell => observe('stranger', 'srv:8080', { way: 'pod-ip', path });
/** That a client outside the mesh can speak and be heard at all. */
const twin: Cell = observe('stranger', 'stranger:8080', { count: 3 });

const inMode = (name: string, need: Need, mode: Pick<Phase, 'mode'> = {}): Phase => ({
  name,
  // So that the case never fails: without c1 there is nothing to compare with.
  control: true,
  needs: [need],
  ...mode,
  objects,
  cells: [allow('c1', 'srv:8080', { path: '/listed' }), ...Object.keys(PATHS).map(plain), twin],
});
const PHASES = [
  inMode('strict', 'mtls:strict'),
  inMode('permissive', 'mtls:permissive', { mode: { namespace: 'ns1', mode: { mtls: 'permissive' } } }),
];

export const plaintextClients = identityCase({
  id: 'IDN-05',
  class: 'A',
  profiles: ['extended', 'full'],
  title: 'what becomes of a client that is outside the mesh',
  phrase: '(silent)',
  setup:
    'a pod outside the mesh sends plaintext to a server, on a path that a target names for c1 and on another, in each mode of the mesh',
  expectation: 'recorded for each mode: refused at transport, refused by policy, or allowed',
  control: 'c1, in the mesh, is allowed, and the client outside the mesh reaches a server outside the mesh',
  variants: ['refused at transport', 'refused by policy', 'allowed'],
  needs: ['kind:TrafficTarget', 'kind:HTTPRouteGroup', 'mtls:strict,permissive'],
  phases: PHASES,
  judge: (exchanges, evidence) => judgeOutside(exchanges, evidence),
});

function judgeOutside(exchanges: Exchanges, { lines }: Evidence): { findings: Finding[]; variant: string } {
  const left = lines.flatMap((line) => (line.kind === 'fact' && line.name === LEFT_OUT ? [line.phase] : []));
  const phases = PHASES.filter(({ name }) => !left.includes(name));
  const asked = (phase: Phase, path: string): readonly Exchange[] => exchanges.of(phase.name, plain(path).key);
  const findings = phases.flatMap((phase): Finding[] => {
    const twins = exchanges.of(phase.name, twin.key);
    const short = Object.keys(PATHS).filter((path) => asked(phase, path).length < plain(path).count);
    return [
      ...short.map((path) => invalid(`${phase.name}: not all requests in plaintext to ${path} are on record`)),
      ...(twins.length === 0 || twins.some(({ outcome }) => outcome !== 'allow')
        ? [invalid(`${phase.name}: the client outside the mesh did not reach its own server either`)]
        : []),
    ];
  });
  const readings = phases.map((phase) => {
    const fates = Object.entries(PATHS).map(([path, where]) => ({ where, fate: fateOf(asked(phase, path)) }));
    const [first] = fates;
    const isOne = fates.every(({ fate }) => fate === first?.fate);
    return `${phase.name}: ${isOne ? first?.fate : fates.map(({ fate, where }) => `${fate} ${where}`).join(', ')}`;
  });
  return { findings, variant: readings.join('; ') };
}

/** An answer in words of HTTP comes from somebody who has read the request; anything else from below. */
function fateOf(seen: readonly Exchange[]): string {
  const fates = new Set(
    seen.map(({ client, servers }) => {
      if (servers.length > 0) return 'allowed';
      return client.status === undefined ? 'refused at transport' : 'refused by policy';
    }),
  );
  return [...fates].join(' or ') || 'unknown';
}
