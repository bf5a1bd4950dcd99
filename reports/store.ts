/** Reports on disk: validated when written and when read. */
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { HarnessError, badInput } from '../src/errors/harness-error.js';
import { REPORT_API_VERSION, consistentReportSchema, type Report } from './model.js';

/** Byte-stable: the same report is the same text, with the keys in the order of the model and its own digest at the end. */
export function renderJson(report: Report): string {
  const { digest: _old, ...content } = consistentReportSchema.parse(report);
  return `${JSON.stringify({ ...content, digest: digestOf(content) }, null, 2)}\n`;
}

/** Of the values, not of the white space between them. */
function digestOf(content: object): string {
  return `sha256:${createHash('sha256').update(JSON.stringify(content)).digest('hex')}`;
}

/** Writes the whole file or nothing. */
export async function writeReport(path: string, report: Report): Promise<void> {
  const checked = consistentReportSchema.safeParse(report);
  if (!checked.success) {
    throw new HarnessError({
      code: 'E_REPORT_INVALID',
      message: `the report for ${path} breaks its own schema: ${describeIssues(checked.error)}`,
      hint: 'This is a defect of meshgauge: please report it with this message.',
    });
  }
  await mkdir(dirname(path), { recursive: true });
  const partial = `${path}.partial`;
  try {
    await writeFile(partial, renderJson(checked.data));
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

/** Reads `report.json`; whatever is wrong with it is bad input, said in one message. */
export async function readReport(path: string): Promise<Report> {
  const value = parseJson(path, await readText(path));
  const apiVersion = isRecord(value) ? value['apiVersion'] : undefined;
  if (apiVersion !== REPORT_API_VERSION) {
    throw badInput(
      'E_REPORT_VERSION',
      `${path} is not a report this version can read: apiVersion is ${JSON.stringify(apiVersion) ?? 'missing'}, expected "${REPORT_API_VERSION}"`,
      'Read it with the meshgauge version that wrote it, or run again.',
    );
  }
  const checked = consistentReportSchema.safeParse(value);
  if (checked.success) {
    const { digest, ...content } = value as Record<string, unknown>;
    if (digest !== undefined && digest !== digestOf(content)) throw edited(path);
    const { digest: _checked, ...report } = checked.data;
    return report;
  }
  throw badInput(
    'E_REPORT_INVALID',
    `${path} is not a valid report: ${describeIssues(checked.error)}`,
    'The file was edited or damaged: restore it, or run again.',
  );
}

function edited(path: string): HarnessError {
  return badInput(
    'E_REPORT_EDITED',
    `${path} was changed after it was written: its digest is that of another report`,
    'Restore the file, or run again.',
  );
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const why = isRecord(cause) && cause['code'] === 'ENOENT' ? 'there is no such file' : String(cause);
    throw badInput(
      'E_REPORT_MISSING',
      `cannot read the report ${path}: ${why}`,
      'Give the folder that a run wrote with --out.',
    );
  }
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw badInput(
      'E_REPORT_INVALID',
      `${path} is not valid JSON (${text.length} characters; ${why})`,
      'The file is cut off or damaged: restore it, or run again.',
    );
  }
}

function describeIssues(error: z.ZodError): string {
  const shown = error.issues
    .slice(0, 5)
    .map((issue) => `${z.core.toDotPath(issue.path) || 'report'}: ${issue.message}`);
  const more = error.issues.length - shown.length;
  return `${shown.join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
