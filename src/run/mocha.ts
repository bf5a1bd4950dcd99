/**
 * Mocha is the runner people see: the plan becomes a suite tree, one suite an area, one test a case, so that reporters behave as
 * everybody expects. Cases run in their lanes, side by side; each test waits for its case and shows it in the order of the plan.
 */
import Mocha from 'mocha';
import type { CaseRecord } from '../cases/case.js';
import { badInput } from '../errors/harness-error.js';
import type { CaseResult } from './case-result.js';
import type { RunEvents } from './runner.js';

/** @throws HarnessError (bad input) when mocha neither knows the reporter nor finds a module of that name. */
export function checkReporter(name: string): void {
  try {
    new Mocha({ reporter: name });
  } catch {
    const known = Object.keys(Mocha.reporters).filter((one) => one === one.toLowerCase() && one !== 'base');
    throw badInput(
      'E_UNKNOWN_REPORTER',
      `no mocha reporter is called "${name}"`,
      `known reporters: ${known.join(', ')}; or the name of an installed package`,
    );
  }
}

export interface VisibleRun {
  readonly events: RunEvents;
  /** Skips what never got a result and resolves when the reporter is done. */
  finish(): Promise<void>;
}

export function showInMocha(
  cases: readonly CaseRecord[],
  options: {
    reporter: string | Mocha.ReporterConstructor;
    stage: (name: string) => void;
    started: (record: CaseRecord) => void;
  },
): VisibleRun {
  const waiting = new Map(cases.map((record) => [record.id, deferred<CaseResult | undefined>()]));
  const mocha = new Mocha({ reporter: options.reporter, timeout: 0 });
  for (const area of new Set(cases.map((record) => record.area))) {
    const suite = Mocha.Suite.create(mocha.suite, area);
    for (const record of cases.filter((one) => one.area === area)) {
      suite.addTest(
        new Mocha.Test(`${record.id} ${record.title}`, async function (this: Mocha.Context) {
          const result = await waiting.get(record.id)?.promise;
          if (result === undefined || result.verdict === 'unsupported' || result.verdict === 'excluded')
            return this.skip();
          if (result.verdict !== 'pass' && result.verdict !== 'recorded')
            throw withoutStack(`${result.verdict}: ${result.reason}`);
        }),
      );
    }
  }
  const done = new Promise<void>((resolve) => mocha.run(() => resolve()));
  return {
    events: {
      stage: options.stage,
      caseStarted: options.started,
      caseEnded: (result) => waiting.get(result.record.id)?.resolve(result),
    },
    finish: async () => {
      for (const one of waiting.values()) one.resolve(undefined);
      await done;
    },
  };
}

/** The reason says it all; where our own runner threw it helps nobody. */
function withoutStack(message: string): Error {
  const error = new Error(message);
  delete error.stack;
  return error;
}

function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
