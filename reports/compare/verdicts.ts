/** Verdicts side by side: what differs first, then what all runs agree on. */
import type { Report } from '../model.js';
import type { Portability, VerdictCell, VerdictRow } from './model.js';
import type { NamedSource } from './runs.js';

export function compareVerdicts(sources: readonly NamedSource[]): readonly VerdictRow[] {
  const cases = sources.map(({ label, report }) => ({
    label,
    byId: new Map(report.cases.map((one) => [one.id, one])),
  }));
  const ids = new Set(sources.flatMap(({ report }) => report.cases.map(({ id }) => id)));
  const rows = [...ids].flatMap((id): VerdictRow[] => {
    const [one] = cases.flatMap(({ byId }) => byId.get(id) ?? []);
    if (one === undefined) return [];
    const cells = cases.map(({ label, byId }): VerdictCell => {
      const found = byId.get(id);
      if (found === undefined) return { run: label };
      const { verdict, variant, reason } = found;
      return { run: label, verdict, ...(variant === undefined ? {} : { variant }), reason };
    });
    const said = new Set(cells.map(({ verdict, variant }) => JSON.stringify([verdict, variant])));
    return [{ id, title: one.title, area: one.area, class: one.class, cells, differs: said.size > 1 }];
  });
  return rows.sort((a, b) => Number(b.differs) - Number(a.differs));
}

export function countPortability({ label, report }: NamedSource): Portability {
  const count = (fidelity: NonNullable<Report['cases'][number]['fidelity']>): number =>
    report.cases.filter((one) => one.fidelity === fidelity).length;
  return {
    run: label,
    cases: report.cases.filter(({ fidelity }) => fidelity !== undefined).length,
    native: count('native'),
    exact: count('exact'),
    lossy: count('lossy'),
    unsupported: count('unsupported'),
  };
}
