/** Hooks that most faults are made of: a change of every object of a kind, or of every match of a route group. */
import type { HttpMatch, SmiKind, SmiObject } from '../../../src/smi/model.js';
import type { FaultHooks } from './fault.js';

type ObjectOf<K extends SmiKind> = Extract<SmiObject, { kind: K }>;

/** Changes every object of one kind; the others stay the very same objects. */
export function changing<K extends SmiKind>(kind: K, change: (object: ObjectOf<K>) => SmiObject): FaultHooks {
  return {
    objects: (objects) => objects.map((object) => (object.kind === kind ? change(object as ObjectOf<K>) : object)),
  };
}

/** Puts others in the place of every match of every HTTPRouteGroup; none takes it away. */
export function changingMatches(change: (match: HttpMatch) => HttpMatch | readonly HttpMatch[]): FaultHooks {
  return changing('HTTPRouteGroup', (group) => ({ ...group, matches: group.matches.flatMap(change) }));
}

/** Rewrites every path expression. */
export function changingPaths(rewrite: (expression: string) => string): FaultHooks {
  return changingMatches((match) =>
    match.pathRegex === undefined ? match : { ...match, pathRegex: rewrite(match.pathRegex) },
  );
}

/** An expression that any path matches, which no fault about paths has reason to touch. */
export const ANY_PATH = '.*';
