/** What needs a person, as GitHub's workflow commands: they show beside the change that caused it. */
import { EXIT } from '../src/errors/harness-error.js';
import type { Report } from './model.js';
import { findTroubles, verdictSentence } from './words.js';

/** Of one step GitHub shows ten errors and ten warnings, so the worst come first. */
export function renderAnnotations(report: Report): string {
  const { run, exit, deviations } = report;
  const accepted = new Set(
    deviations?.accepted === true
      ? deviations.listed.filter(({ state }) => state === 'seen').map((one) => one.case)
      : [],
  );
  const troubles = findTroubles(report).flatMap(({ verdict, first, cases }) => {
    const title = cases.length === 1 ? `${first.id} ${first.title}` : `${cases.length} cases: ${verdict}`;
    if (cases.every(({ id }) => accepted.has(id))) return [];
    return [command(verdict === 'inconclusive' ? 'warning' : 'error', title, first.reason)];
  });
  const gone = (deviations?.listed ?? [])
    .filter(({ state }) => state === 'gone')
    .map((one) =>
      command(
        'warning',
        `${one.case} passes`,
        `listed as a deviation (${one.what}), and not seen any more: take it off the list`,
      ),
    );
  const lines = [
    ...(run.error === undefined
      ? []
      : [command('error', run.error.code, `${run.error.message}\nHow to fix: ${run.error.hint}`)]),
    ...troubles,
    ...gone,
  ];
  if (lines.length === 0 && exit.code !== EXIT.conformant)
    lines.push(command('error', verdictSentence(report), exit.reason));
  return lines.map((line) => `${line}\n`).join('');
}

function command(level: 'error' | 'warning', title: string, message: string): string {
  return `::${level} title=${escapeProperty(title)}::${escapeData(message)}`;
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
