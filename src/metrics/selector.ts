/** Label selectors as Kubernetes writes them in a query: `app=web,tier in (a, b),!canary`. */
import type { Json } from '../smi/model.js';

export interface Requirement {
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  readonly values: readonly string[];
}

const NAME = String.raw`[A-Za-z0-9](?:[-A-Za-z0-9_./]*[A-Za-z0-9])?`;
const VALUE = String.raw`(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?)?`;
const FORMS: readonly (readonly [RegExp, Requirement['operator']])[] = [
  [new RegExp(`^(${NAME})\\s*(?:==|=)\\s*(${VALUE})$`), 'In'],
  [new RegExp(`^(${NAME})\\s*!=\\s*(${VALUE})$`), 'NotIn'],
  [new RegExp(`^(${NAME})\\s+in\\s*\\(([^()]*)\\)$`), 'In'],
  [new RegExp(`^(${NAME})\\s+notin\\s*\\(([^()]*)\\)$`), 'NotIn'],
  [new RegExp(`^!\\s*(${NAME})$`), 'DoesNotExist'],
  [new RegExp(`^(${NAME})$`), 'Exists'],
];

/** Null for a text that is no selector; the empty one selects everything. */
export function parseSelector(text: string): readonly Requirement[] | null {
  if (text.trim() === '') return [];
  // Commas inside parentheses part values, the others requirements.
  const requirements = text.split(/,(?![^(]*\))/).map((part) => parseRequirement(part.trim()));
  return requirements.every((one) => one !== null) ? requirements : null;
}

function parseRequirement(text: string): Requirement | null {
  for (const [form, operator] of FORMS) {
    const [, key, values] = form.exec(text) ?? [];
    if (key === undefined) continue;
    return { key, operator, values: values === undefined ? [] : values.split(',').map((value) => value.trim()) };
  }
  return null;
}

export function selects(requirements: readonly Requirement[], labels: Readonly<Record<string, string>>): boolean {
  return requirements.every(({ key, operator, values }) => {
    const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
    if (operator === 'Exists') return value !== undefined;
    if (operator === 'DoesNotExist') return value === undefined;
    // What lacks the label is not among the values either.
    return (value !== undefined && values.includes(value)) === (operator === 'In');
  });
}

/** As a LabelSelector: what asks for one value stands under `matchLabels`, as the text of the specification shows it. */
export function renderSelector(requirements: readonly Requirement[]): Json {
  const isEquality = ({ operator, values }: Requirement): boolean => operator === 'In' && values.length === 1;
  const labels = requirements.filter(isEquality).map(({ key, values }) => [key, values[0] ?? ''] as const);
  const others = requirements.filter((one) => !isEquality(one));
  return {
    ...(labels.length === 0 ? {} : { matchLabels: Object.fromEntries(labels) }),
    ...(others.length === 0
      ? {}
      : { matchExpressions: others.map(({ key, operator, values }) => ({ key, operator, values: [...values] })) }),
  };
}
