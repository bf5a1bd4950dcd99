/** Ctrl-C once: stop, keep what was measured, clean up. Ctrl-C twice: stop at once, leaving nothing running. */
import { setMaxListeners } from 'node:events';
import { EXIT, HarnessError } from '../errors/harness-error.js';

export interface Interrupt {
  readonly signal: AbortSignal;
  [Symbol.dispose](): void;
}

/** @param kill ends every program of the run at once, synchronously asked for on the second signal. */
export function listenForInterrupt(kill: () => Promise<void>): Interrupt {
  const controller = new AbortController();
  // Everything under way listens, and all of it at once is no leak.
  setMaxListeners(0, controller.signal);
  const onSignal = (name: NodeJS.Signals): void => {
    if (!controller.signal.aborted) {
      process.stderr.write(`\nmeshgauge: ${name}: stopping, what was measured is kept (again to stop at once)\n`);
      controller.abort(
        new HarnessError({
          code: 'E_INTERRUPTED',
          message: 'interrupted',
          hint: 'run again to measure the rest',
          exitCode: EXIT.interrupted,
        }),
      );
      return;
    }
    process.stderr.write('meshgauge: stopping at once\n');
    void kill().finally(() => process.exit(EXIT.interrupted));
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const name of signals) process.on(name, onSignal);
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      for (const name of signals) process.off(name, onSignal);
    },
  };
}
