/** Whether runs were made alike: what was not is not compared, and the field that differs is named. */
import type { BenchReport } from '../bench-model.js';
import type { Report } from '../model.js';
import type { Refusal } from './model.js';
import type { NamedSource } from './runs.js';

type Field<T> = readonly [name: string, valueOf: (of: T) => string | number];

/** Another version of the harness asks other questions, and so does another profile. */
const VERDICT_FIELDS: readonly Field<Report>[] = [
  ['harness.version', ({ harness }) => harness.version],
  ['run.profile', ({ run }) => run.profile],
  [
    'cases',
    ({ cases }) =>
      cases
        .map(({ id }) => id)
        .sort()
        .join(' '),
  ],
];

/** Times of another machine, or of another kind of place, are other times. */
const MACHINE_FIELDS: readonly Field<Report>[] = [
  ['harness.version', ({ harness }) => harness.version],
  ['environment.name', ({ environment }) => environment.name],
  ['environment.cpus', ({ environment }) => environment['cpus'] ?? 'unknown'],
];

const LOAD_FIELDS: readonly Field<BenchReport>[] = [
  ['rate', ({ rate }) => rate],
  ['seconds', ({ seconds }) => seconds],
  ['connections', ({ connections }) => connections],
  ['arrivals', ({ arrivals }) => arrivals],
  ['payloadBytes', ({ payloadBytes }) => payloadBytes],
  ['generator', ({ generator = 'autocannon' }) => generator],
];

export function refuseVerdicts(sources: readonly NamedSource[]): Refusal | undefined {
  return findDifference(
    'verdicts',
    VERDICT_FIELDS,
    sources.map(({ label, report }) => [label, report] as const),
  );
}

export function refuseOverhead(
  sources: readonly NamedSource[],
  loads: readonly (readonly [label: string, load: BenchReport])[],
): Refusal | undefined {
  const machines = sources.map(({ label, report }) => [label, report] as const);
  return findDifference('overhead', MACHINE_FIELDS, machines) ?? findDifference('overhead', LOAD_FIELDS, loads);
}

export function refuseConvergence(sources: readonly NamedSource[]): Refusal | undefined {
  const machines = sources.map(({ label, report }) => [label, report] as const);
  const proxies: Field<Report> = [
    'convergence.proxies',
    ({ convergence }) => [...new Set(convergence.map((one) => one.proxies))].join(' '),
  ];
  return findDifference('convergence', [...MACHINE_FIELDS, proxies], machines);
}

function findDifference<T>(
  part: Refusal['part'],
  fields: readonly Field<T>[],
  compared: readonly (readonly [label: string, of: T])[],
): Refusal | undefined {
  for (const [field, valueOf] of fields) {
    const values = compared.map(([run, of]) => ({ run, value: String(valueOf(of)) }));
    if (new Set(values.map(({ value }) => value)).size > 1)
      return { part, field, values: field === 'cases' ? summariseCases(values) : values };
  }
  return undefined;
}

/** Dozens of ids are no value to read: how many there are, and those that others lack. */
function summariseCases(values: Refusal['values']): Refusal['values'] {
  const sets = values.map(({ run, value }) => ({ run, ids: value.split(' ').filter(Boolean) }));
  const shared = (id: string): boolean => sets.every(({ ids }) => ids.includes(id));
  return sets.map(({ run, ids }) => {
    const own = ids.filter((id) => !shared(id));
    const some = own.slice(0, 5).join(', ');
    const more = own.length > 5 ? ', …' : '';
    return { run, value: `${ids.length} cases${own.length === 0 ? '' : `, not everywhere: ${some}${more}`}` };
  });
}
