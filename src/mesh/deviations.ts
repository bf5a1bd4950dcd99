/** The list of known deviations of one mesh, as its driver keeps it: YAML, parsed strictly. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { badInput } from '../errors/harness-error.js';
import type { Deviation } from './driver.js';

const sentence = z.string().min(10);

const listSchema = z.array(
  z.strictObject({
    case: z.string().regex(/^[A-Z]{3}-\d{2}$/, 'must be a case id such as ACC-07'),
    verdict: z.enum(['fail', 'inconclusive', 'error', 'unsupported']),
    what: sentence,
    evidence: sentence,
    version: z.string().min(1),
  }),
);

/** @throws HarnessError E_DEVIATIONS (bad input) naming every entry that is wrong, and cases that are listed twice. */
export function readDeviations(file: string): readonly Deviation[] {
  return parseDeviations(readFileSync(file, 'utf8'), file);
}

export function parseDeviations(text: string, file: string): readonly Deviation[] {
  const parsed = listSchema.safeParse(readYaml(text, file) ?? []);
  if (!parsed.success) {
    throw invalid(
      file,
      parsed.error.issues.map(({ path, message }) => `${path.join('.') || '(whole file)'}: ${message}`),
    );
  }
  const ids = parsed.data.map((one) => one.case);
  const twice = ids.filter((id, index) => ids.indexOf(id) !== index);
  if (twice.length > 0)
    throw invalid(
      file,
      twice.map((id) => `${id} is listed twice`),
    );
  return parsed.data;
}

function readYaml(text: string, file: string): unknown {
  try {
    return parse(text);
  } catch (cause) {
    throw invalid(file, [cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause)]);
  }
}

function invalid(file: string, problems: readonly string[]): Error {
  return badInput(
    'E_DEVIATIONS',
    `${file}: ${problems.join('; ')}`,
    'each entry needs case, verdict, what, evidence and version; see docs/writing-a-driver.md',
  );
}
