/** A mesh on paper: answers the cells of a phase from the phase's objects, correctly or with one of the named defects. */
import type { CaseRecord, Cell, Phase } from '../../../src/cases/case.js';
import type { Evidence } from '../../../src/evidence/records.js';
import { identity } from '../../../src/cases/objects.js';
import type {
  HTTPRouteGroup,
  HttpMatch,
  IdentityRef,
  SmiObject,
  TCPRoute,
  TrafficTarget,
  UDPRoute,
} from '../../../src/smi/model.js';
import { ACCESS } from '../../../suites/fixtures.js';
import { repeat, serviceOf, synthesise, type Answer, type Behaviour } from './synthetic.js';

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
  /** Namespaces of identities and of the specs a rule names. */
  readonly namespaces: 'checked' | 'ignored';
  readonly plaintext: 'refused' | 'accepted';
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
  ports: 'checked',
  namespaces: 'checked',
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
  return isAllowed(mesh, mesh.inForce(history), phase, cell) ? serviceOf(cell.to) : null;
}

/** The pod outside the mesh of the fixture. */
const OUTSIDE = 'stranger';

function isAllowed(mesh: PaperMesh, objects: readonly SmiObject[], phase: Phase, cell: Cell): boolean {
  const service = serviceOf(cell.to);
  if (service === OUTSIDE) return true;
  if (cell.from === OUTSIDE || cell.way !== undefined) return mesh.plaintext === 'accepted';
  if (mesh.answer !== undefined) return mesh.answer === 'allow';
  const client = identity(mesh.accountOf?.(phase, cell.from) ?? cell.from);
  return objects
    .filter((object): object is TrafficTarget => object.kind === 'TrafficTarget')
    .filter(({ destination }) => ACCESS.serviceOf[destination.name] === service)
    .filter(({ sources }) =>
      sources.some((source) => mesh.sources === 'ignored' || isSameIdentity(mesh, source, client)),
    )
    .some((target) => grants(mesh, objects, target, cell));
}

function isSameIdentity(mesh: PaperMesh, one: IdentityRef, other: IdentityRef): boolean {
  return one.name === other.name && (mesh.namespaces === 'ignored' || one.namespace === other.namespace);
}

/** HTTP routes grant, a TCP route beside them restricts the port. */
function grants(mesh: PaperMesh, objects: readonly SmiObject[], target: TrafficTarget, cell: Cell): boolean {
  const { port = portOf(cell) } = target.destination;
  if (mesh.ports === 'checked' && port !== portOf(cell)) return false;
  if (cell.protocol === 'tcp') return coversPort(mesh, specsOf<TCPRoute>(mesh, objects, target, 'TCPRoute'), cell);
  if (cell.protocol === 'udp') return coversPort(CORRECT, specsOf<UDPRoute>(mesh, objects, target, 'UDPRoute'), cell);
  const hasTcp = target.rules.some(({ kind }) => kind === 'TCPRoute');
  if (hasTcp && !coversPort(mesh, specsOf<TCPRoute>(mesh, objects, target, 'TCPRoute'), cell)) return false;
  const rules = target.rules.filter(({ kind }) => kind === 'HTTPRouteGroup');
  if (rules.length === 0) return hasTcp;
  return rules.some(({ name, matches: wanted }) =>
    specsOf<HTTPRouteGroup>(mesh, objects, target, 'HTTPRouteGroup')
      .filter(({ metadata }) => metadata.name === name)
      .flatMap(({ matches }) => matches.filter((match) => wanted?.includes(match.name) ?? true))
      .some((match) => isMatch(mesh, match, cell)),
  );
}

/** The specs of a kind that the rules of a target name: those of its own namespace. */
function specsOf<Spec extends HTTPRouteGroup | TCPRoute | UDPRoute>(
  mesh: PaperMesh,
  objects: readonly SmiObject[],
  { metadata, rules }: TrafficTarget,
  kind: Spec['kind'],
): Spec[] {
  return objects
    .filter((object): object is Spec => object.kind === kind)
    .filter((spec) => rules.some((rule) => rule.kind === kind && rule.name === spec.metadata.name))
    .filter((spec) => mesh.namespaces === 'ignored' || spec.metadata.namespace === metadata.namespace);
}

function coversPort(mesh: PaperMesh, routes: readonly (TCPRoute | UDPRoute)[], cell: Cell): boolean {
  return routes.some(({ ports }) => mesh.ports === 'ignored' || ports.length === 0 || ports.includes(portOf(cell)));
}

const portOf = ({ to }: Cell): number => Number(to.split(':')[1]);
const nameOf = ({ kind, metadata }: SmiObject): string => `${kind} ${metadata.namespace}/${metadata.name}`;

/** Targets that were there once, in their last version. */
function deletedTargets(history: readonly (readonly SmiObject[])[]): SmiObject[] {
  const present = new Set((history.at(-1) ?? []).map(nameOf));
  const known = new Map(history.flat().map((object) => [nameOf(object), object]));
  return [...known.values()].filter((object) => object.kind === 'TrafficTarget' && !present.has(nameOf(object)));
}

function isMatch(mesh: PaperMesh, { pathRegex, methods, headers }: HttpMatch, cell: Cell): boolean {
  const path = mesh.rewrite(cell.path ?? '/');
  const method = cell.method ?? 'GET';
  const valueOf = (name: string): string | undefined =>
    cell.headers?.find(([sent]) => sent.toLowerCase() === name.toLowerCase())?.[1] ??
    (mesh.absentHeader === 'empty string' ? '' : undefined);
  return (
    (pathRegex === undefined || mesh.compare(pathRegex, path)) &&
    (methods === undefined || mesh.methods === 'ignored' || methods.includes('*') || methods.includes(method)) &&
    (headers ?? []).every(({ name, regex }) => {
      const value = valueOf(name);
      return value !== undefined && mesh.compare(regex, value);
    })
  );
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
