/** A mesh on paper: answers the cells of a phase from the phase's objects, correctly or with one of the named defects. */
import type { CaseRecord, Cell, Phase } from '../../../src/cases/case.js';
import type { Evidence } from '../../../src/evidence/records.js';
import type { HTTPRouteGroup, HttpMatch, SmiObject, TrafficTarget } from '../../../src/smi/model.js';
import { repeat, serviceOf, synthesise, type Behaviour } from './synthetic.js';

export interface PaperMesh {
  /** How a path or header expression is compared with a text. */
  readonly compare: (expression: string, text: string) => boolean;
  /** What is compared and forwarded in place of the path that was sent. */
  readonly rewrite: (path: string) => string;
  readonly methods: 'checked' | 'ignored';
  readonly sources: 'checked' | 'ignored';
  readonly absentHeader: 'no match' | 'empty string';
  /** The objects in force, given what each phase so far has asked for. */
  readonly inForce: (history: readonly (readonly SmiObject[])[]) => readonly SmiObject[];
  /** Decides by itself. */
  readonly answer?: 'allow' | 'deny';
}

export const fullMatch = (expression: string, text: string): boolean =>
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
  inForce: (history) => history.at(-1) ?? [],
};

/** The defects of the reference mesh that a traffic spec can show. */
export const DEFECTS: Readonly<Record<string, PaperMesh>> = {
  'allow-all': { ...CORRECT, answer: 'allow' },
  'deny-all': { ...CORRECT, answer: 'deny' },
  'any-identity': { ...CORRECT, sources: 'ignored' },
  'ignore-method': { ...CORRECT, methods: 'ignored' },
  'prefix-path': { ...CORRECT, inForce: (history) => (history.at(-1) ?? []).map(cutAtMetacharacter) },
  'stale-config': {
    ...CORRECT,
    inForce: (history) => [
      ...new Map(
        history
          .flat()
          .toReversed()
          .map((object) => [`${object.kind} ${object.metadata.name}`, object]),
      ).values(),
    ],
  },
};

/** The evidence this mesh would leave. */
export function evidenceFrom(record: CaseRecord, mesh: PaperMesh, rest: Behaviour = {}): Evidence {
  const phases = record.phases ?? [];
  const objectsIn = (phase: Phase): readonly SmiObject[] =>
    mesh.inForce(phases.slice(0, phases.indexOf(phase) + 1).map(({ objects }) => objects));
  const deaf = mesh.answer === 'deny';
  const evidence = synthesise(record, {
    cell: (phase, cell) => repeat(isAllowed(mesh, objectsIn(phase), cell) ? serviceOf(cell.to) : null, cell.count),
    ...(deaf ? { control: () => repeat(null, 3), gate: () => ({ converged: false }) } : {}),
    ...rest,
  });
  return withPaths(record, mesh, evidence);
}

function isAllowed(mesh: PaperMesh, objects: readonly SmiObject[], cell: Cell): boolean {
  if (mesh.answer !== undefined) return mesh.answer === 'allow';
  const targets = objects.filter((object): object is TrafficTarget => object.kind === 'TrafficTarget');
  const groups = objects.filter((object): object is HTTPRouteGroup => object.kind === 'HTTPRouteGroup');
  return targets
    .filter(({ sources }) => mesh.sources === 'ignored' || sources.some(({ name }) => name === cell.from))
    .flatMap(({ rules }) => rules.flatMap((rule) => groups.filter(({ metadata }) => metadata.name === rule.name)))
    .some(({ matches }) => matches.some((match) => isMatch(mesh, match, cell)));
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
