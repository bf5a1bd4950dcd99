/** The configuration file: parsed once, at the edge; every problem at once, with line and column. Flags win over it. */
import { existsSync, readFileSync } from 'node:fs';
import { LineCounter, parseDocument, type Document } from 'yaml';
import { z } from 'zod';
import { PROFILES } from '../cases/case.js';
import { badInput } from '../errors/harness-error.js';

const CONFIG_FILE = 'meshgauge.yaml';

/** As `LoadLimits`. */
const limitsSchema = z.strictObject({
  p50Ms: z.number().positive().exactOptional(),
  p95Ms: z.number().positive().exactOptional(),
  p99Ms: z.number().positive().exactOptional(),
  errorRatio: z.number().min(0).max(1).exactOptional(),
});

/** A way in which a mesh is expected to differ for a while. */
const expectedSchema = z.strictObject({
  /** Absent: whichever mesh is tested. */
  mesh: z.string().min(1).exactOptional(),
  case: z.string().regex(/^[A-Z]{3}-\d{2}$/, 'must be a case id such as ACC-07'),
  verdict: z.enum(['fail', 'inconclusive', 'error', 'unsupported']).default('fail'),
  reason: z.string().min(10, 'says in a sentence why this is borne'),
  until: z.iso.date('must be a date such as 2027-01-31'),
});

export const configSchema = z.strictObject({
  mesh: z.string().min(1).exactOptional(),
  meshes: z.array(z.string().min(1)).min(1).exactOptional(),
  driver: z.string().min(1).exactOptional(),
  env: z.string().min(1).exactOptional(),
  profile: z.enum(PROFILES).exactOptional(),
  cases: z.array(z.string().min(1)).exactOptional(),
  faults: z.array(z.string().min(1)).exactOptional(),
  lanes: z.int().min(1).max(16).exactOptional(),
  seed: z.int().min(0).exactOptional(),
  out: z.string().min(1).exactOptional(),
  convergeDeadlineMs: z.int().min(100).exactOptional(),
  portOffset: z.int().min(0).max(50_000).exactOptional(),
  cluster: z.string().min(1).exactOptional(),
  nodeImage: z.string().min(1).exactOptional(),
  kubernetesVersion: z.string().min(1).exactOptional(),
  kindConfig: z.string().min(1).exactOptional(),
  kubeconfig: z.string().min(1).exactOptional(),
  context: z.string().min(1).exactOptional(),
  agentImage: z.string().min(1).exactOptional(),
  k3sImage: z.string().min(1).exactOptional(),
  limits: limitsSchema.exactOptional(),
  acceptDeviations: z.boolean().exactOptional(),
  deviations: z.array(expectedSchema).exactOptional(),
  baselines: z.record(z.string(), z.string().min(1)).exactOptional(),
  options: z.record(z.string(), z.string()).exactOptional(),
});

export type Config = z.infer<typeof configSchema>;

/** @param path explicit file (must exist), or undefined for `meshgauge.yaml` in the working directory if there is one. */
export function readConfig(path?: string): Config {
  const file = path ?? CONFIG_FILE;
  if (!existsSync(file)) {
    if (path === undefined) return {};
    throw badInput('E_CONFIG_MISSING', `there is no configuration file ${file}`, 'check --config');
  }
  return parseConfig(readFileSync(file, 'utf8'), file);
}

/** @throws HarnessError E_CONFIG with one line a problem: `file:line:column key: what is wrong`. */
export function parseConfig(text: string, file: string, today = new Date()): Config {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter });
  if (document.errors.length > 0) {
    throw invalid(
      document.errors.map(
        (error) =>
          `${file}:${error.linePos?.[0].line ?? 1}:${error.linePos?.[0].col ?? 1} ${error.message.split('\n')[0] ?? ''}`,
      ),
    );
  }
  const parsed = configSchema.safeParse(document.toJS() ?? {});
  const issues = parsed.success ? findExpired(parsed.data, today) : parsed.error.issues;
  if (parsed.success && issues.length === 0) return parsed.data;
  throw invalid(issues.flatMap((issue) => describe(issue, document, counter, file)));
}

/** Its last day is the last on which it is borne. */
function findExpired({ deviations = [] }: Config, today: Date): readonly z.core.$ZodIssue[] {
  const day = today.toISOString().slice(0, 10);
  return deviations.flatMap(({ case: id, until }, index): z.core.$ZodIssue[] => {
    if (until >= day) return [];
    const message = `the deviation ${id} expired on ${until}: mend it, or decide again until when it is borne`;
    return [{ code: 'custom', path: ['deviations', index, 'until'], message, input: until }];
  });
}

function schemaAt([first]: readonly PropertyKey[]): { readonly shape: object } {
  if (first === 'limits') return limitsSchema;
  return first === 'deviations' ? expectedSchema : configSchema;
}

function describe(issue: z.core.$ZodIssue, document: Document, counter: LineCounter, file: string): string[] {
  const known = Object.keys(schemaAt(issue.path).shape);
  const paths = issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];
  return paths.map((path) => {
    const { line, col } = locate(path, document, counter);
    const what = issue.code === 'unrecognized_keys' ? `unknown key; known keys: ${known.join(', ')}` : issue.message;
    return `${file}:${line}:${col} ${path.join('.') || '(whole file)'}: ${what}`;
  });
}

function locate(path: readonly PropertyKey[], document: Document, counter: LineCounter): { line: number; col: number } {
  const parent = path.length > 1 ? document.getIn(path.slice(0, -1), true) : document.contents;
  const pairs =
    (parent as { items?: readonly { key?: { value?: unknown; range?: readonly number[] } }[] } | null)?.items ?? [];
  const key = pairs.find((pair) => pair.key?.value === path.at(-1))?.key;
  const value = document.getIn(path, true) as { range?: readonly number[] } | undefined;
  return counter.linePos(key?.range?.[0] ?? value?.range?.[0] ?? 0);
}

function invalid(problems: readonly string[]): Error {
  return badInput(
    'E_CONFIG',
    problems.join('\n'),
    `correct ${problems.length === 1 ? 'this line' : 'these lines'} and run again`,
  );
}
