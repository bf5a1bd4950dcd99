/** Progress on stderr: one line a case; on a terminal also a live line with what runs right now. A mocha reporter. */
import Mocha from 'mocha';
import type { Colors } from 'picocolors/types.js';
import type { CaseRecord } from '../cases/case.js';

export interface Progress {
  readonly reporter: Mocha.ReporterConstructor;
  readonly stage: (name: string) => void;
  readonly started: (record: CaseRecord) => void;
}

/** Where progress is written; `columns` as a terminal has them. */
export interface ProgressStream {
  readonly columns?: number;
  write(text: string): unknown;
}

export function createProgress(options: {
  stream: ProgressStream;
  colors: Colors;
  total: number;
  live: boolean;
}): Progress {
  const { stream, colors, total, live } = options;
  const running = new Set<string>();
  let done = 0;
  let stageName = '';

  const clear = (): void => void (live && stream.write('\r\u001b[2K'));
  const redraw = (): void => {
    if (!live) return;
    clear();
    const what = running.size > 0 ? `${done}/${total}  ${[...running].join(' · ')}` : stageName;
    if (what !== '') stream.write(colors.dim(what.slice(0, (stream.columns || 80) - 1)));
  };
  const line = (text: string): void => {
    clear();
    stream.write(`${text}\n`);
    redraw();
  };
  const ended = (test: Mocha.Test, mark: string): void => {
    done += 1;
    running.delete(test.title.split(' ')[0] ?? '');
    const [first = '', ...rest] = mark.split('\n');
    line(`${first} ${test.title}${rest.length > 0 ? `\n${rest.join('\n')}` : ''}`);
  };

  class CaseProgress extends Mocha.reporters.Base {
    constructor(runner: Mocha.Runner, mochaOptions?: Mocha.MochaOptions) {
      super(runner, mochaOptions);
      runner.on(Mocha.Runner.constants.EVENT_TEST_PASS, (test) => ended(test, colors.green('✓')));
      runner.on(Mocha.Runner.constants.EVENT_TEST_PENDING, (test) => ended(test, colors.yellow('–')));
      runner.on(Mocha.Runner.constants.EVENT_TEST_FAIL, (test, error: Error) =>
        ended(test, `${colors.red('✗')}\n    ${colors.red(error.message)}`),
      );
      runner.on(Mocha.Runner.constants.EVENT_RUN_END, clear);
    }
  }

  return {
    reporter: CaseProgress,
    stage: (name) => {
      stageName = name;
      if (live) redraw();
      else line(name);
    },
    started: ({ id }) => {
      running.add(id);
      redraw();
    },
  };
}
