/** A mesh on paper: answers the cells of a phase from the phase's objects, correctly or with one of the named defects. */
import type { CaseRecord, Cell, Phase } from '../../../src/cases/case.js';
import type { Evidence } from '../../../src/evidence/records.js';
import type { SmiObject } from '../../../src/smi/model.js';
import { isAllowed } from './paper-access.js';
import { placeOf } from './paper-places.js';
import { repeat, synthesise, type Answer, type Behaviour } from './synthetic.js';

export interface PaperMesh {
  /** How a path or header expression is compared with a text. */
  readonly compare: (expression: string, text: string) => boolean;
  /** What is compared and forwarded in place of the path that was sent. */
  readonly rewrite: (path: string) => string;
  readonly methods: 'checked' | 'ignored';
  readonly sources: 'checked' | 'ignored';
  readonly absentHeader: 'no match' | 'empty string';
  /** Ports of TCPRoutes and destinations; those of UDPRoutes are always checked. */
  readonly ports: 'checked' | 'ignored';
  /** Which of a header's values are compared, when it comes more than once. */
  readonly repeated: (values: readonly string[]) => readonly string[];
  /** Whether a filter called host is compared with the authority. */
  readonly host: 'authority' | 'never';
  /** Namespaces of identities and of the specs a rule names. */
  readonly namespaces: 'checked' | 'ignored';
  /** Of the namespaces of a target and of its destination: whether they must be one, and whose is meant if the latter has none. */
  readonly destinations: 'own namespace' | 'any namespace' | 'named ones anywhere';
  /** Whether a source without a namespace is one of the target's, or nobody. */
  readonly placeless: 'own namespace' | 'nobody';
  /** Kinds of identities. */
  readonly kinds: 'checked' | 'ignored';
  /** What a rule is worth that names a match which its group does not have. */
  readonly unknownMatch: 'skipped' | 'spoils the target';
  /** What a TCPRoute without HTTP routes beside it is to HTTP, by the protocol that the service declares for the port. */
  readonly tcpAlone: { readonly http: boolean; readonly tcp: boolean };
  /** Which of the numbers of a service port TCPRoutes and destinations mean. */
  readonly numbers: 'target port' | 'service port';
  /** `believed`: whoever sends plaintext is who its headers say. */
  readonly plaintext: 'refused' | 'accepted' | 'believed';
  /** The handshakes of clients outside the mesh, by their cells, that are taken for one of c1. */
  readonly deceivedBy?: readonly string[];
  /** The service account as which a pod is known; its name unless told otherwise. */
  readonly accountOf?: (phase: Phase, pod: string) => string;
  /** The objects in force, given what each phase so far has asked for. */
  readonly inForce: (history: readonly (readonly SmiObject[])[]) => readonly SmiObject[];
  /** Decides by itself. */
  readonly answer?: 'allow' | 'deny';
}

const fullMatch = (expression: string, text: string): boolean =>
  isValid(expression) && new RegExp(`^(?:${expression})$`).test(text);
export const regexPrefix = (expression: string, text: string): boolean =>
  isValid(expression) && new RegExp(`^(?:${expression})`).test(text);
export const literal = (expression: string, text: string): boolean => expression === text;

export const CORRECT: PaperMesh = {
  compare: fullMatch,
  rewrite: normalise,
  methods: 'checked',
  sources: 'checked',
  absentHeader: 'no match',
  repeated: (values) => values,
  host: 'authority',
  ports: 'checked',
  namespaces: 'checked',
  destinations: 'own namespace',
  placeless: 'own namespace',
  kinds: 'checked',
  unknownMatch: 'skipped',
  tcpAlone: { http: true, tcp: true },
  numbers: 'target port',
  plaintext: 'refused',
  inForce: (history) => history.at(-1) ?? [],
};

/** The defects of the reference mesh that access control can show. */
export const DEFECTS: Readonly<Record<string, PaperMesh>> = {
  'allow-all': { ...CORRECT, answer: 'allow' },
  'deny-all': { ...CORRECT, answer: 'deny' },
  'any-identity': { ...CORRECT, sources: 'ignored' },
  'ignore-method': { ...CORRECT, methods: 'ignored' },
  'ignore-port': { ...CORRECT, ports: 'ignored' },
  'namespace-blind': { ...CORRECT, namespaces: 'ignored' },
  'kind-blind': { ...CORRECT, kinds: 'ignored' },
  'plaintext-accepted': { ...CORRECT, plaintext: 'accepted' },
  'prefix-path': { ...CORRECT, inForce: (history) => (history.at(-1) ?? []).map(cutAtMetacharacter) },
  'stale-config': {
    ...CORRECT,
    inForce: (history) => [
      ...new Map(
        history
          .flat()
          .toReversed()
          .map((object) => [nameOf(object), object]),
      ).values(),
    ],
  },
  'revocation-ignored': { ...CORRECT, inForce: (history) => [...(history.at(-1) ?? []), ...deletedTargets(history)] },
};

/** The evidence this mesh would leave. What `rest` answers to a cell goes before what the mesh does. */
export function evidenceFrom(record: CaseRecord, mesh: PaperMesh, rest: Behaviour = {}): Evidence {
  const deaf = mesh.answer === 'deny';
  const evidence = synthesise(record, {
    ...(deaf ? { control: () => repeat(null, 3), gate: () => ({ converged: false }) } : {}),
    ...rest,
    cell: (phase, cell) => rest.cell?.(phase, cell) ?? repeat(answerTo(record, mesh, phase, cell), cell.count),
  });
  return withPaths(record, mesh, evidence);
}

/** Who answers a cell that is asked in a phase of the case. */
export function answerTo(record: CaseRecord, mesh: PaperMesh, phase: Phase, cell: Cell): Answer {
  const phases = record.phases ?? [];
  const history = phases.slice(0, phases.indexOf(phase) + 1).map(({ objects }) => objects);
  const objects = mesh.inForce(history);
  const place = placeOf(phase, objects, cell);
  return isAllowed(mesh, objects, phase, cell, place) ? place.pod : null;
}

const nameOf = ({ kind, metadata }: SmiObject): string => `${kind} ${metadata.namespace}/${metadata.name}`;

/** Targets that were there once, in their last version. */
function deletedTargets(history: readonly (readonly SmiObject[])[]): SmiObject[] {
  const present = new Set((history.at(-1) ?? []).map(nameOf));
  const known = new Map(history.flat().map((object) => [nameOf(object), object]));
  return [...known.values()].filter((object) => object.kind === 'TrafficTarget' && !present.has(nameOf(object)));
}

/** As the text suggests: without the query, dot segments resolved, escaped slashes decoded. */
function normalise(path: string): string {
  const [raw = ''] = path.split('?');
  return new URL(raw.replace(/%2f|%5c|\\/gi, '/').replace(/\/+/g, '/'), 'http://any').pathname;
}

function cutAtMetacharacter(object: SmiObject): SmiObject {
  if (object.kind !== 'HTTPRouteGroup') return object;
  const cut = (expression: string): string => `${/^[^\\^$.|?*+()[\]{}]*/.exec(expression)?.[0] ?? ''}.*`;
  return {
    ...object,
    matches: object.matches.map((match) =>
      match.pathRegex === undefined || !isValid(match.pathRegex)
        ? match
        : { ...match, pathRegex: cut(match.pathRegex) },
    ),
  };
}

function isValid(expression: string): boolean {
  try {
    return new RegExp(expression) instanceof RegExp;
  } catch {
    return false;
  }
}

/** What the servers wrote down of the path. */
function withPaths(record: CaseRecord, mesh: PaperMesh, evidence: Evidence): Evidence {
  const sent = new Map<string, string>(
    (record.phases ?? []).flatMap((phase) =>
      (phase.cells ?? []).map((cell) => [`${phase.name}/${cell.key}`, cell.path ?? '/'] as const),
    ),
  );
  const pathOf = (id: string): string | undefined => sent.get(id.slice(0, id.lastIndexOf('/')));
  return {
    ...evidence,
    lines: evidence.lines.map((line) => {
      const path = line.kind === 'server' ? pathOf(line.id) : undefined;
      return line.kind === 'server' && path !== undefined ? { ...line, path: mesh.rewrite(path) } : line;
    }),
  };
}
