/**
 * What chance may do to a mesh that conforms, added up from the case records: `npx tsx scripts/alpha-budget.ts [profile]`.
 * `bound` is the planned level of each test, `size` its exact probability where the test is exact. A sample in a control
 * phase can only make a case inconclusive, so it is counted apart.
 */
import { CASES } from '../suites/index.js';
import { PROFILES, type CaseRecord, type Phase, type Sample } from '../src/cases/case.js';
import { ALPHA, samplesForPresence } from '../src/judge/statistics.js';

interface Chance {
  readonly bound: number;
  readonly size: number;
}

const NONE: Chance = { bound: 0, size: 0 };

/** The probability that the judge of this sample rejects a mesh that does exactly what the sample expects. */
function chanceOf({ n, expect }: Sample): Chance {
  switch (expect.kind) {
    // Sequential tests, which keep below their level by bounds; those of several shares divide it.
    case 'shares':
      return { bound: ALPHA, size: ALPHA };
    case 'all': {
      const count = expect.backends.length;
      return { bound: count * (1 - 1 / (2 * count)) ** n, size: count * (1 - 1 / count) ** n };
    }
    case 'present':
      // The share is tested once, after any of the parts: the levels of all parts add up to one.
      return { bound: missed(n, expect.share) + ALPHA, size: missed(n, expect.share) + ALPHA };
    // One hit decides, and a mesh that conforms gives none.
    case 'only':
    // Rejecting is what is wanted here; that it fails to is a matter of power, not of alpha.
    case 'not-shares':
      return NONE;
  }
}

const missed = (n: number, share: number): number => (n >= samplesForPresence(share) ? (1 - share) ** n : 1);

function add(chances: readonly Chance[]): Chance {
  return chances.reduce((sum, { bound, size }) => ({ bound: sum.bound + bound, size: sum.size + size }), NONE);
}

const samplesOf = (phases: readonly Phase[]): Chance =>
  add(phases.flatMap(({ samples }) => samples ?? []).map(chanceOf));

function budgetOf({ phases = [] }: CaseRecord): { readonly fail: Chance; readonly inconclusive: Chance } {
  return {
    fail: samplesOf(phases.filter(({ control }) => control !== true)),
    inconclusive: samplesOf(phases.filter(({ control }) => control === true)),
  };
}

const [wanted = 'core'] = process.argv.slice(2);
const profile = PROFILES.find((name) => name === wanted);
if (profile === undefined) {
  process.stderr.write(`alpha-budget: no profile is called ${wanted}; there are ${PROFILES.join(', ')}\n`);
  process.exit(4);
}
const cases = CASES.filter(({ profiles }) => profiles.includes(profile));
const budgets = cases.map((record) => ({ id: record.id, ...budgetOf(record) }));
const row = (name: string, fail: Chance, inconclusive: Chance): string =>
  [name.padEnd(8), ...[fail.bound, fail.size, inconclusive.bound, inconclusive.size].map((p) => cell(p))].join('  ');
const cell = (p: number): string => (p === 0 ? '0' : p.toExponential(1)).padStart(14);

process.stdout.write(
  `${['case    ', 'fail ≤', 'fail, exact', 'inconclusive ≤', 'exact']
    .map((word) => word.padStart(14))
    .join('  ')
    .trimStart()}\n`,
);
for (const { id, fail, inconclusive } of budgets) {
  if (fail.bound + inconclusive.bound > 0) process.stdout.write(`${row(id, fail, inconclusive)}\n`);
}
process.stdout.write(
  `${row('sum', add(budgets.map(({ fail }) => fail)), add(budgets.map(({ inconclusive }) => inconclusive)))}\n`,
);
const silent = budgets.filter(({ fail, inconclusive }) => fail.bound + inconclusive.bound === 0).length;
process.stdout.write(`${cases.length} cases of profile ${profile}; in ${silent} of them nothing is left to chance\n`);
