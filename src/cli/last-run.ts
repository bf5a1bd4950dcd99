/** What was seen of a case the last time that it ran, as far as the usual folder of reports tells. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Report, ReportCase } from '../../reports/model.js';
import { readReport } from '../../reports/store.js';

const FOLDER = 'meshgauge-report';
/** Older ones are history. */
const NEWEST = 20;

export interface LastSeen {
  readonly dir: string;
  readonly report: Report;
  readonly one: ReportCase;
}

/** Undefined when no recent report has the case; reports that cannot be read are passed over. */
export async function findLastSeen(id: string, folder = FOLDER): Promise<LastSeen | undefined> {
  for (const name of namesIn(folder).toSorted().toReversed().slice(0, NEWEST)) {
    const dir = join(folder, name);
    const report = await readReport(join(dir, 'report.json')).catch(() => undefined);
    const one = report?.cases.find((each) => each.id === id);
    if (report !== undefined && one !== undefined) return { dir, report, one };
  }
  return undefined;
}

export function describeLastSeen({ dir, report, one }: LastSeen): string {
  const { mesh, environment, run } = report;
  const when = run.startedAt.slice(0, 16).replace('T', ' ');
  return `${one.verdict} of ${mesh.name} ${mesh.version} in ${environment.name}, ${when} UTC: ${one.variant ?? one.reason} (${dir})`;
}

function namesIn(dir: string): readonly string[] {
  try {
    return readdirSync(dir);
  } catch {
    return [];
  }
}
