import type { HTTPRouteGroup, SmiObject, SmiVersion, TrafficSplit, TrafficTarget } from './model.js';
import type { FieldPath, FieldProblem } from './problem.js';
import { explainInvalidRegex } from './regex.js';
import { bodyPath, rulesField } from './versions.js';

/**
 * What the text demands of an object and no schema can say. The manifest is the one the object was read from: it is only asked which
 * shape its `headers` have.
 */
export function checkSemantics(object: SmiObject, version: SmiVersion, manifest: unknown): FieldProblem[] {
  const body = bodyPath(object.kind, version);
  switch (object.kind) {
    case 'TrafficTarget':
      return checkTrafficTarget(object, body, rulesField(version));
    case 'HTTPRouteGroup':
      return checkHttpRouteGroup(object, body, manifest);
    case 'TCPRoute':
    case 'UDPRoute':
      return duplicates(object.ports, [...body, 'matches', 'ports'], 'a list of ports names every port once');
    case 'TrafficSplit':
      return checkTrafficSplit(object, body);
    case 'TrafficMetrics':
      return [];
  }
}

function checkTrafficTarget(target: TrafficTarget, body: FieldPath, rules: string): FieldProblem[] {
  const foreign = target.sources.flatMap((source, index) =>
    source.kind === 'ServiceAccount'
      ? []
      : [
          warn({
            path: [...body, 'sources', index, 'kind'],
            rule: '"the method of assigning service identity is using Kubernetes service accounts"',
            message: `a source of kind ${source.kind} grants nothing`,
            hint: 'use ServiceAccount',
          }),
        ],
  );
  return [
    ...foreign,
    ...duplicates(target.sources, [...body, 'sources'], 'a list of sources names every identity once'),
    ...duplicates(target.rules, [...body, rules], 'a list of rules names every traffic spec once'),
  ];
}

function checkHttpRouteGroup(group: HTTPRouteGroup, body: FieldPath, manifest: unknown): FieldProblem[] {
  return group.matches.flatMap((match, index) => {
    const path = [...body, 'matches', index];
    const headers = [...path, 'headers'];
    const isList = Array.isArray(valueAt(manifest, headers));
    const filters = match.headers ?? [];
    return [
      ...(match.pathRegex === undefined ? [] : checkRegex(match.pathRegex, [...path, 'pathRegex'])),
      ...filters.flatMap(({ name, regex }, place) =>
        checkRegex(regex, isList ? [...headers, place, name] : [...headers, name]),
      ),
      ...(match.methods ?? []).flatMap((method, place) => checkMethod(method, [...path, 'methods', place])),
    ];
  });
}

function checkRegex(pattern: string, path: FieldPath): FieldProblem[] {
  const reason = explainInvalidRegex(pattern);
  if (reason === null) return [];
  return [
    {
      path,
      rule: '"A regex is used to match"; proxies run RE2',
      message: `${JSON.stringify(pattern)} is no RE2 regular expression: ${reason}`,
      hint: 'RE2 has no lookaround and no back-references, and a literal ( [ or { needs a backslash',
      severity: 'error',
    },
  ];
}

function checkMethod(method: string, path: FieldPath): FieldProblem[] {
  if (method === method.toUpperCase()) return [];
  const hint = `write ${method.toUpperCase()}`;
  const message = `${method} matches no ordinary request`;
  return [warn({ path, rule: 'HTTP methods are case-sensitive (RFC 9110)', message, hint })];
}

function checkTrafficSplit(split: TrafficSplit, body: FieldPath): FieldProblem[] {
  const path = [...body, 'backends'];
  const services = split.backends.map(({ service }) => service);
  const problems = duplicates(services, path, 'a split names every backend once').map((problem) => ({
    ...problem,
    path: [...problem.path, 'service'],
  }));
  const selfReferences = services.flatMap((service, index): FieldProblem[] => {
    if (service !== split.service || service === '') return [];
    const rule = '"TrafficSplits cannot be self-referential"';
    const message = `${service} is the root service of this split`;
    const hint = 'give the backend a service of its own with a selector for its pods';
    return [{ path: [...path, index, 'service'], rule, message, hint, severity: 'error' }];
  });
  const isIdle = split.backends.every(({ weight }) => weight === 0);
  return [...problems, ...selfReferences, ...(isIdle ? [idleSplit(path, services.length)] : [])];
}

function idleSplit(path: FieldPath, backends: number): FieldProblem {
  return warn({
    path,
    rule: 'the text does not say what happens when no backend has a weight',
    message: backends === 0 ? 'there is no backend' : 'all weights are 0',
    hint: 'give at least one backend a weight above 0',
  });
}

function duplicates(items: readonly unknown[], path: FieldPath, rule: string): FieldProblem[] {
  const keys = items.map((item) => JSON.stringify(item));
  return keys.flatMap((key, index) => {
    const first = keys.indexOf(key);
    if (first === index) return [];
    const message = `repeats item ${first + 1} of the list`;
    return [warn({ path: [...path, index], rule, message, hint: 'remove one of the two' })];
  });
}

function warn(problem: Omit<FieldProblem, 'severity'>): FieldProblem {
  return { ...problem, severity: 'warning' };
}

function valueAt(root: unknown, path: FieldPath): unknown {
  return path.reduce<unknown>((value, key) => {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    return (value as Record<string | number, unknown>)[key];
  }, root);
}
