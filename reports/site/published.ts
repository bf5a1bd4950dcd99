/** What has been published, by mesh: the newest conformance run of each, and its measurements. */
import type { Report, ReportCase } from '../model.js';

/** A published report, and its folder below reports/published. */
export interface Published {
  readonly folder: string;
  readonly report: Report;
}

export interface PublishedMesh {
  readonly name: string;
  readonly version: string;
  /** The run whose verdicts are shown. */
  readonly judged?: Published;
  readonly measured: readonly Published[];
}

/** A case as the runs tell it, and what each mesh did. */
export interface PublishedCase {
  readonly record: Pick<ReportCase, 'id' | 'title' | 'area' | 'class' | 'spec' | 'expectation' | 'catches'>;
  readonly byMesh: ReadonlyMap<string, ReportCase>;
}

/** By name; of several versions the one that was run last. */
export function groupMeshes(published: readonly Published[]): readonly PublishedMesh[] {
  const names = [...new Set(published.map(({ report }) => report.mesh.name))].sort();
  return names.map((name) => {
    const own = published
      .filter(({ report }) => report.mesh.name === name)
      .sort((a, b) => b.report.run.startedAt.localeCompare(a.report.run.startedAt));
    const judged = own.find(({ report }) => report.cases.length > 0);
    const version = (judged ?? own[0])?.report.mesh.version ?? '';
    const measured = own.filter(({ report }) => report.cases.length === 0 && report.mesh.version === version);
    return { name, version, ...(judged === undefined ? {} : { judged }), measured };
  });
}

/** In the order of the run that has most of them. */
export function collectCases(meshes: readonly PublishedMesh[]): readonly PublishedCase[] {
  const runs = meshes.flatMap(({ name, judged }) =>
    judged === undefined ? [] : [{ name, cases: judged.report.cases }],
  );
  const most = [...runs].sort((a, b) => b.cases.length - a.cases.length);
  const ids = new Set(most.flatMap(({ cases }) => cases.map(({ id }) => id)));
  return [...ids].flatMap((id) => {
    const found = runs.flatMap(({ name, cases }) => {
      const one = cases.find((each) => each.id === id);
      return one === undefined ? [] : [[name, one] as const];
    });
    const record = found[0]?.[1];
    return record === undefined ? [] : [{ record, byMesh: new Map(found) }];
  });
}
