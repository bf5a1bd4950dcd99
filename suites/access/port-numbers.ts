/** Beside the cases of ports: where a service has another number than its pods, which of the two does a target mean? */
import type { Cell } from '../../src/cases/case.js';
import { observe } from '../../src/cases/questions.js';
import type { Extra } from '../../src/cases/define.js';
import type { Exchanges } from '../../src/judge/exchanges.js';

/** Who is granted which number, and whether that lets it in. */
interface NumberQuestion {
  readonly cells: readonly Cell[];
}

/** `everyPort` is granted all of them: without it a refusal would say nothing. */
export function askNumber(
  to: string,
  granted: { readonly everyPort: string; readonly targetPort: string; readonly servicePort: string },
  ask: Pick<Cell, 'protocol'> = { protocol: 'http' },
): NumberQuestion {
  const { everyPort, targetPort, servicePort } = granted;
  return { cells: [everyPort, targetPort, servicePort].map((client) => observe(client, to, { ...ask, count: 3 })) };
}

/** A side observation: it says nothing where it saw nothing. */
export function judgeNumber(phase: string, { cells }: NumberQuestion, exchanges: Exchanges): Extra {
  const [everyPort, targetPort, servicePort] = cells.map(({ key, count }) => {
    const seen = exchanges.of(phase, key);
    return seen.length >= count && seen.every(({ outcome }) => outcome === 'allow');
  });
  if (everyPort !== true) return {};
  if (targetPort === servicePort) return { variant: targetPort ? 'either number matches' : 'neither number matches' };
  return { variant: `the number is compared with the ${targetPort ? 'target port' : 'service port'}` };
}
