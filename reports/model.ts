/**
 * The report: the one result model every renderer reads. Its JSON Schema is generated from here
 * (`npx tsx scripts/generate-schema.ts`). Readers ignore keys they do not know, so keys may be added within a version.
 */
import { z } from 'zod';
import { EXIT } from '../src/errors/harness-error.js';
import { VERDICTS } from '../src/judge/verdict.js';
import { benchSchema, overheadSchema } from './bench-model.js';
import { convergenceSchema, unmeasuredSchema } from './converge-model.js';
import { scaleSchema } from './scale-model.js';

export const REPORT_API_VERSION = 'meshgauge.dev/v1alpha1';

const ms = z.number().nonnegative();
const count = z.int().nonnegative();
const words = z.string().min(1);
const shares = z.record(z.string(), z.number()).readonly();
const ranges = z.record(z.string(), z.tuple([z.number(), z.number()]).readonly()).readonly();

const statisticSchema = z.object({
  name: words,
  test: z.enum(['sequential', 'exact-binomial', 'chi-square', 'zero-hits', 'presence', 'rule-of-three']),
  unit: z.enum(['request', 'connection']),
  n: count,
  alpha: z.number(),
  power: z.number(),
  observed: shares,
  expected: shares,
  pValue: z.number().exactOptional(),
  accept: ranges.exactOptional(),
  interval: ranges.exactOptional(),
  rejected: z.boolean(),
});

const caseSchema = z.object({
  id: words,
  class: z.enum(['M', 'X', 'A']).describe('M normative, X shown by an example, A ambiguous or silent'),
  area: words.describe('access, specs, split, identity, metrics, crd'),
  title: words,
  spec: z.object({ ref: words, phrase: z.string() }).describe('where the specification says it, and its words'),
  verdict: z.enum(VERDICTS),
  reason: words.describe('one sentence a person can act on'),
  fidelity: z
    .enum(['native', 'exact', 'lossy', 'unsupported'])
    .exactOptional()
    .describe('how faithfully the mesh was given the objects; absent when nothing was given to it'),
  durationMs: ms,
  variant: words.exactOptional().describe('class A: which reading of the text the mesh takes'),
  statistics: z.array(statisticSchema).readonly().exactOptional(),
  convergence: z
    .object({ firstMs: ms, stableMs: ms })
    .exactOptional()
    .describe('from the API accepting the change until the marker was first seen, and until it was stable'),
  expectation: words.describe('what must be seen, in words'),
  catches: z.array(words).readonly().exactOptional().describe('deliberate defects that this case must catch'),
  evidence: z
    .object({ file: words, sha256: z.string().regex(/^[0-9a-f]{64}$/) })
    .exactOptional()
    .describe('relative to the folder of the report; absent when the case was not carried out'),
});

const verdictCounts = z.object({
  pass: count,
  fail: count,
  recorded: count,
  error: count,
  inconclusive: count,
  unsupported: count,
  excluded: count,
});

export const reportSchema = z.object({
  apiVersion: z.literal(REPORT_API_VERSION),
  kind: z.literal('Report'),
  run: z.object({
    id: words,
    startedAt: z.iso.datetime(),
    durationMs: ms,
    seed: z.int(),
    command: words,
    profile: words,
    outcome: words.exactOptional(),
    error: z
      .object({ code: words, message: words, hint: z.string() })
      .exactOptional()
      .describe('what stopped the run before or between its cases'),
  }),
  harness: z.object({ version: words, commit: z.string() }),
  environment: z.object({ name: words }).catchall(z.union([z.string(), z.number()])),
  mesh: z.object({
    name: words,
    version: words,
    driver: words.describe('name of a built-in driver, or the module it was loaded from'),
    faults: z.array(words).readonly(),
  }),
  cases: z.array(caseSchema).readonly(),
  summary: verdictCounts,
  features: z
    .array(z.object({ name: words, supported: z.boolean(), cases: z.array(words).readonly() }))
    .readonly()
    .describe('derived from what was run, never claimed'),
  deviations: z
    .object({
      listed: z
        .array(
          z.object({
            case: words,
            verdict: z.enum(['fail', 'inconclusive', 'error', 'unsupported']),
            what: words.describe('what the mesh does instead'),
            evidence: words.describe('one line of the evidence that showed it'),
            version: words.describe('the version of the mesh it was seen in'),
            state: z
              .enum(['seen', 'changed', 'gone', 'not-run'])
              .describe('whether this run saw it again; gone: the case passed, the list is out of date'),
          }),
        )
        .readonly(),
      unlisted: z.array(words).readonly().describe('cases that failed or stayed open without being listed'),
      accepted: z.boolean().describe('whether known deviations were accepted (--accept-deviations)'),
    })
    .exactOptional()
    .describe('known deviations of this mesh, set beside what the run found; absent where nobody keeps a list'),
  convergence: z.array(convergenceSchema).readonly(),
  unmeasured: z.array(unmeasuredSchema).readonly().exactOptional(),
  overhead: z.array(overheadSchema).readonly(),
  bench: z.array(benchSchema).readonly().exactOptional().describe('what stands behind the overhead, one entry a mesh'),
  scale: z.array(scaleSchema).readonly().exactOptional().describe('how the control plane bears many proxies'),
  exit: z.object({ code: z.literal(Object.values(EXIT)), reason: words }),
  timings: z.record(z.string(), ms).readonly().describe('milliseconds per phase of the run'),
  digest: z
    .string()
    .regex(/^sha256:[0-9a-f]{64}$/)
    .exactOptional()
    .describe('of everything before it, as JSON without white space: a report that was edited is refused'),
});

export type Report = z.infer<typeof reportSchema>;
export type ReportCase = z.infer<typeof caseSchema>;
export type VerdictCounts = z.infer<typeof verdictCounts>;

/** How many cases got each verdict. */
export function countVerdicts(cases: readonly Pick<ReportCase, 'verdict'>[]): VerdictCounts {
  const counts: VerdictCounts = {
    pass: 0,
    fail: 0,
    recorded: 0,
    error: 0,
    inconclusive: 0,
    unsupported: 0,
    excluded: 0,
  };
  for (const { verdict } of cases) counts[verdict] += 1;
  return counts;
}

/** What the shape alone cannot say: ids are unique and the summary is the sum of the cases. */
export const consistentReportSchema = reportSchema.superRefine((report, context) => {
  const ids = report.cases.map((one) => one.id);
  const repeated = ids.find((id, index) => ids.indexOf(id) !== index);
  if (repeated !== undefined)
    context.addIssue({ code: 'custom', path: ['cases'], message: `${repeated} appears twice` });
  const counts = countVerdicts(report.cases);
  for (const verdict of VERDICTS) {
    if (counts[verdict] === report.summary[verdict]) continue;
    const message = `says ${report.summary[verdict]}, but ${counts[verdict]} cases have this verdict`;
    context.addIssue({ code: 'custom', path: ['summary', verdict], message });
  }
});
