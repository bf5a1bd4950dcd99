/** One condition on a request in the two languages there are: rules of an AuthorizationPolicy, and permissions of the proxy's own RBAC filter. */
import type { Json } from '../../../src/smi/model.js';
import type { HttpCondition } from './specs.js';
import { toWildcards, type Wildcard } from './wildcard.js';

type JsonObject = { readonly [key: string]: Json };

/** The parts of an AuthorizationPolicy rule that speak of the request. */
export interface PolicyCondition {
  readonly operation: { readonly methods?: readonly string[]; readonly paths?: readonly string[] };
  readonly when: readonly { readonly key: string; readonly values: readonly string[] }[];
}

/** Undefined when only an expression engine can say it, with what cannot be said in `beyond`. */
export function toPolicyCondition(condition: HttpCondition): PolicyCondition | { readonly beyond: readonly string[] } {
  const paths = condition.pathRegex === undefined ? undefined : toValues(condition.pathRegex, isPathText);
  const headers = condition.headers.map(({ name, regex }) => ({ name, regex, values: toValues(regex, isHeaderText) }));
  const oddMethods = (condition.methods ?? []).filter((method) => method === '' || method.includes('*'));
  const beyond = [
    ...(condition.pathRegex !== undefined && paths === undefined ? [`path ${condition.pathRegex}`] : []),
    ...oddMethods.map((method) => `method "${method}"`),
    ...headers.flatMap(({ name, regex, values }) => (values === undefined ? [`header ${name}: ${regex}`] : [])),
  ];
  if (beyond.length > 0) return { beyond };
  const when = headers.map(({ name, values = [] }) => ({ key: `request.headers[${name}]`, values }));
  return { operation: toOperation(condition.methods, paths, when.length > 0), when };
}

/** A rule without a word on HTTP would let TCP connections in as well, so at least the path is mentioned. */
function toOperation(
  methods: readonly string[] | undefined,
  paths: readonly string[] | undefined,
  hasHeaders: boolean,
): PolicyCondition['operation'] {
  const isAnyPath = paths === undefined || paths.includes('*');
  const mentionsHttp = methods !== undefined || hasHeaders;
  return {
    ...(methods === undefined ? {} : { methods }),
    ...(isAnyPath ? (mentionsHttp ? {} : { paths: ['*'] }) : { paths }),
  };
}

function toValues(regex: string, isSayable: (wildcard: Wildcard) => boolean): string[] | undefined {
  const wildcards = toWildcards(regex);
  if (wildcards === undefined || !wildcards.every(isSayable)) return undefined;
  return wildcards.map(spell);
}

function spell(wildcard: Wildcard): string {
  if (wildcard.kind === 'any') return '*';
  if (wildcard.kind === 'prefix') return `${wildcard.text}*`;
  return wildcard.kind === 'suffix' ? `*${wildcard.text}` : wildcard.text;
}

/** An asterisk in the text itself would be read as a wildcard, braces as a template. */
function isPathText(wildcard: Wildcard): boolean {
  return wildcard.kind === 'any' || (wildcard.text !== '' && !/[*{}]/.test(wildcard.text));
}

function isHeaderText(wildcard: Wildcard): boolean {
  return wildcard.kind === 'any' || (wildcard.text !== '' && !wildcard.text.includes('*'));
}

/** The condition as an Envoy RBAC permission. Paths are compared without the query; an absent header never matches. */
export function toPermission(condition: HttpCondition, ports: readonly number[] | 'all'): JsonObject {
  const rules: JsonObject[] = [
    ...(ports === 'all' ? [] : [anyOf(ports.map((port) => ({ destination_port: port })))]),
    ...(condition.pathRegex === undefined
      ? []
      : [{ url_path: { path: { safe_regex: { regex: condition.pathRegex } } } }]),
    ...(condition.methods === undefined
      ? []
      : [anyOf(condition.methods.map((method) => ({ header: { name: ':method', string_match: { exact: method } } })))]),
    ...condition.headers.map(({ name, regex }) => ({ header: { name, string_match: { safe_regex: { regex } } } })),
  ];
  return rules.length === 0 ? { any: true } : { and_rules: { rules } };
}

function anyOf(rules: readonly JsonObject[]): JsonObject {
  return { or_rules: { rules } };
}
