/** Traffic specs as they are used: found by reference, and their matches as conditions on one request. */
import type { HTTPRouteGroup, HeaderFilter, HttpMatch, SmiObject, TCPRoute } from '../../../src/smi/model.js';
import { explainInvalidRegex } from '../../../src/smi/regex.js';

/** What one request must look like: every part present must hold. All expressions match in full. */
export interface HttpCondition {
  /** How reasons call it: `group/match`. */
  readonly name: string;
  readonly pathRegex?: string;
  /** Absent: all methods. */
  readonly methods?: readonly string[];
  readonly headers: readonly HeaderFilter[];
}

/** Conditions are ORed; what was left out, and why, is told in `reasons`. */
export interface Conditions {
  readonly all: readonly HttpCondition[];
  readonly reasons: readonly string[];
}

export class Specs {
  readonly #groups = new Map<string, HTTPRouteGroup>();
  readonly #tcpRoutes = new Map<string, TCPRoute>();

  constructor(objects: readonly SmiObject[]) {
    for (const object of objects) {
      const key = `${object.metadata.namespace}/${object.metadata.name}`;
      if (object.kind === 'HTTPRouteGroup') this.#groups.set(key, object);
      if (object.kind === 'TCPRoute') this.#tcpRoutes.set(key, object);
    }
  }

  group(namespace: string, name: string): HTTPRouteGroup | undefined {
    return this.#groups.get(`${namespace}/${name}`);
  }

  tcpRoute(namespace: string, name: string): TCPRoute | undefined {
    return this.#tcpRoutes.get(`${namespace}/${name}`);
  }
}

/** All matches of a group, or the named ones. A match that no proxy could load matches nothing, so it is left out. */
export function conditionsOf(group: HTTPRouteGroup, names?: readonly string[]): Conditions {
  const matches = group.matches.filter((match) => names === undefined || names.includes(match.name));
  const parts = matches.map((match) => toCondition(group, match));
  return { all: parts.flatMap(({ all }) => all), reasons: parts.flatMap(({ reasons }) => reasons) };
}

function toCondition(group: HTTPRouteGroup, match: HttpMatch): Conditions {
  const name = `${group.metadata.name}/${match.name}`;
  const broken = expressionsOf(match).flatMap((expression) => {
    const reason = explainInvalidRegex(expression);
    return reason === null ? [] : [`match ${name} grants nothing: "${expression}" is no expression: ${reason}`];
  });
  if (broken.length > 0 || match.methods?.length === 0) return { all: [], reasons: broken };
  const methods = match.methods === undefined || match.methods.includes('*') ? undefined : match.methods;
  const condition = {
    name,
    ...(match.pathRegex === undefined ? {} : { pathRegex: match.pathRegex }),
    ...(methods === undefined ? {} : { methods }),
    headers: (match.headers ?? []).map(({ name: header, regex }) => ({ name: fieldName(header), regex })),
  };
  return { all: [condition], reasons: [] };
}

function expressionsOf(match: HttpMatch): readonly string[] {
  return [
    ...(match.pathRegex === undefined ? [] : [match.pathRegex]),
    ...(match.headers ?? []).map(({ regex }) => regex),
  ];
}

/** Proxies know header names in lower case, and `Host` as the authority of the request. */
function fieldName(header: string): string {
  const name = header.toLowerCase();
  return name === 'host' ? ':authority' : name;
}
