/** A condition on a request as matches of an HTTPRoute: these know regular expressions, but one method each and no authority. */
import type { Json } from '../../../src/smi/model.js';
import type { HttpCondition } from './specs.js';

export type RouteMatch = { readonly [key: string]: Json };

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH'];
/** Limits of the Gateway API's schema. */
const MAX_PATH = 1024;
const MAX_HEADERS = 16;

/** What no other match takes. Of matches of one kind the longer path goes first, and expressions come after prefixes: this one is last. */
export const ANYTHING_ELSE: RouteMatch = { path: { type: 'RegularExpression', value: '.*' } };

/** Matches of a route are ORed; in `beyond` stands the first thing that they cannot say. */
export function toRouteMatches(
  condition: HttpCondition,
): { readonly all: readonly RouteMatch[] } | { readonly beyond: string } {
  const { pathRegex, methods, headers } = condition;
  const oddMethod = methods?.find((method) => !METHODS.includes(method));
  if (oddMethod !== undefined) return { beyond: `the method ${oddMethod}` };
  if (pathRegex !== undefined && pathRegex.length > MAX_PATH) return { beyond: 'a path expression of that length' };
  if (headers.length > MAX_HEADERS) return { beyond: `more than ${MAX_HEADERS} headers` };
  const oddHeader = headers.find(
    ({ name, regex }, index) =>
      name.startsWith(':') || regex === '' || headers.findIndex((one) => one.name === name) !== index,
  );
  if (oddHeader !== undefined) return { beyond: `the header filter ${oddHeader.name}: "${oddHeader.regex}"` };
  const match = {
    path: { type: 'RegularExpression', value: longEnough(pathRegex ?? '.*') },
    ...(headers.length === 0
      ? {}
      : { headers: headers.map(({ name, regex }) => ({ type: 'RegularExpression', name, value: regex })) }),
  };
  return { all: methods === undefined ? [match] : methods.map((method) => ({ ...match, method })) };
}

/** As long as the expression for everything else, so that it is never asked after that one. */
function longEnough(regex: string): string {
  return regex.length < 2 ? `(?:${regex})` : regex;
}
