import { readFile } from 'node:fs/promises';
import { EXIT } from '../errors/harness-error.js';
import type { ExitCode } from '../errors/harness-error.js';
import { parseSmi } from '../smi/parse.js';
import type { ParsedSmi } from '../smi/parse.js';
import type { SmiProblem } from '../smi/problem.js';

/** Checks SMI manifests without a mesh: prints every problem of every file, or one JSON document. */
export async function validateFiles(files: string[], options: { json: boolean }): Promise<ExitCode> {
  const results = await Promise.all(files.map(validateFile));
  const problems = results.flatMap((result) => result.problems);
  const objects = results.flatMap((result) => result.objects);
  const text = options.json
    ? JSON.stringify({ files, objects: objects.length, problems }, null, 2)
    : [...problems.map(describeProblem), summarize(objects.length, files.length, problems)].join('\n');
  process.stdout.write(`${text}\n`);
  return problems.some(({ severity }) => severity === 'error') ? EXIT.badInput : EXIT.conformant;
}

async function validateFile(file: string): Promise<ParsedSmi> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return {
      objects: [],
      problems: [fileProblem(file, `cannot be read: ${reason}`, 'check the path and its permissions')],
    };
  }
  const parsed = parseSmi(text, file);
  // A check that looked at nothing must not look like a success.
  if (parsed.objects.length === 0 && parsed.problems.every(({ severity }) => severity === 'warning')) {
    parsed.problems.push(fileProblem(file, 'holds no SMI object', 'give a file with at least one SMI manifest'));
  }
  return parsed;
}

function fileProblem(file: string, message: string, hint: string): SmiProblem {
  const rule = 'a file to validate is readable and holds SMI objects';
  return { file, line: 1, column: 1, path: '', rule, message, hint, severity: 'error' };
}

function describeProblem({ file, line, column, path, message, hint, severity }: SmiProblem): string {
  const subject = path === '' ? '' : ` ${path}`;
  const label = severity === 'warning' ? 'warning: ' : '';
  return `${file}:${line}:${column}${subject} — ${label}${message} (${hint})`;
}

function summarize(objects: number, files: number, problems: readonly SmiProblem[]): string {
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  const counts = [count(errors, 'error'), count(problems.length - errors, 'warning')].join(', ');
  return `${count(objects, 'valid SMI object')} in ${count(files, 'file')}: ${counts}`;
}

function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? '' : 's'}`;
}
