import { RE2JS } from 're2js';

const verdicts = new Map<string, string | null>();
const MAX_REMEMBERED = 10_000;

/**
 * Why a pattern is no RE2 regular expression, or null when it is one.
 * RE2 is what proxies run: it has no lookaround and no back-references, because it promises linear time.
 */
export function explainInvalidRegex(pattern: string): string | null {
  const known = verdicts.get(pattern);
  if (known !== undefined) return known;
  const verdict = compile(pattern);
  if (verdicts.size >= MAX_REMEMBERED) verdicts.clear();
  verdicts.set(pattern, verdict);
  return verdict;
}

function compile(pattern: string): string | null {
  try {
    RE2JS.compile(pattern);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
