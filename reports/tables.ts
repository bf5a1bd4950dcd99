/** The measured tables, as text cells, for every renderer that shows them. */
import type { Report } from './model.js';

export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const DEVIATION_STATES = {
  seen: 'seen again',
  changed: 'ended in another way',
  gone: 'not seen any more: take it off the list',
  'not-run': 'not asked',
} as const;

/** Known deviations beside what this run saw of them; undefined when there is nothing to say. */
export function deviationTable(report: Report): Table | undefined {
  const { listed, unlisted } = report.deviations ?? { listed: [], unlisted: [] };
  const rows = [
    ...listed.map((one) => [one.case, one.verdict, one.what, one.evidence, DEVIATION_STATES[one.state]]),
    ...unlisted.map((id) => {
      const found = report.cases.find((one) => one.id === id);
      return [id, found?.verdict ?? '', found?.title ?? '', found?.reason ?? '', 'new: not listed'];
    }),
  ];
  if (rows.length === 0) return undefined;
  return { head: ['Case', 'Verdict', 'What the mesh does', 'Evidence', 'This run'], rows };
}
