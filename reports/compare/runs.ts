/** The runs of a comparison, under names that tell them apart. */
import { badInput } from '../../src/errors/harness-error.js';
import { outcomeWord } from '../words.js';
import type { ComparedRun, Source } from './model.js';

export interface NamedSource extends Source {
  readonly label: string;
}

/** Mesh and version; where that is not enough, what was done, the environment, and at last the id of the run. @throws HarnessError E_RUN_TWICE */
export function nameSources(sources: readonly Source[]): readonly NamedSource[] {
  const twice = sources.find(
    ({ report }, index) => sources.findIndex((one) => one.report.run.id === report.run.id) !== index,
  );
  if (twice !== undefined)
    throw badInput(
      'E_RUN_TWICE',
      `run ${twice.report.run.id} is given twice: ${sources
        .filter(({ report }) => report.run.id === twice.report.run.id)
        .map(({ dir }) => dir)
        .join(', ')}`,
      'give each run once',
    );
  const parts = sources.map(({ report: { mesh, run, environment } }) => [
    `${mesh.name} ${mesh.version}`,
    ...(mesh.faults.length === 0 ? [''] : [`with ${mesh.faults.join(', ')}`]),
    `in ${environment.name}`,
    `(${run.id})`,
  ]);
  const labelAt = (of: readonly string[], length: number): string => of.slice(0, length).filter(Boolean).join(' ');
  // Runs of one mesh that did different things stand in different tables.
  const isUnique = (index: number, length: number): boolean =>
    parts.every(
      (other, at) =>
        at === index ||
        sources[at]?.report.run.profile !== sources[index]?.report.run.profile ||
        labelAt(other, length) !== labelAt(parts[index] ?? [], length),
    );
  return sources.map((source, index) => {
    const own = parts[index] ?? [];
    const length = [2, 3, 4].find((some) => isUnique(index, some)) ?? own.length;
    return { ...source, label: labelAt(own, length) };
  });
}

export function describeRun({ label, dir, report }: NamedSource): ComparedRun {
  const { run, mesh, environment, harness } = report;
  return {
    ...{ label, dir, id: run.id, mesh: mesh.name, version: mesh.version },
    environment: environment.name,
    profile: run.profile,
    startedAt: run.startedAt,
    harness: `${harness.version}${harness.commit === '' ? '' : ` (${harness.commit})`}`,
    outcome: outcomeWord(report),
  };
}
