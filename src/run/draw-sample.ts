/** Draws a sample; one that is judged while it is drawn ends when it has decided. */
import type { ClientRecord, RequestSpec } from '../../fixtures/agent/protocol.js';
import type { Sample } from '../cases/case.js';
import { isDecided, isWatched, PARTS } from '../judge/sequential.js';
import type { AgentClient } from '../traffic/agent-client.js';

/** Streams of one connection, or TCP connections, under way at once. */
const UNDER_WAY = 16;

/** One part of a sample: a load of HTTP/1.1, or a batch of what the load engine does not speak. */
export async function askAgent(
  agent: Pick<AgentClient, 'load' | 'batch'>,
  { key: cell, protocol = 'http', connections }: Sample,
  part: {
    readonly spec: RequestSpec;
    readonly amount: number;
    readonly idPrefix: string;
    readonly signal: AbortSignal;
  },
): Promise<readonly ClientRecord[]> {
  const { spec, amount, idPrefix, signal } = part;
  if (protocol === 'http') return (await agent.load({ idPrefix, cell, spec, connections, amount }, signal)).records;
  return agent.batch(
    {
      idPrefix,
      items: [{ cell, count: amount, spec }],
      concurrency: UNDER_WAY,
      connections: protocol === 'tcp' ? 'new' : 'one',
    },
    signal,
  );
}

/** @param load asks so many times more and answers with what was seen. */
export async function drawSample(
  sample: Sample,
  load: (amount: number) => Promise<readonly ClientRecord[]>,
): Promise<readonly ClientRecord[]> {
  if (!isWatched(sample)) return load(sample.n);
  const drawn: ClientRecord[] = [];
  while (drawn.length < sample.n) {
    drawn.push(...(await load(Math.min(Math.ceil(sample.n / PARTS), sample.n - drawn.length))));
    const answered = drawn.filter(({ ok }) => ok);
    const hits = (backend: string): number => {
      const pods = new Set(sample.groups[backend]);
      return answered.filter(({ server }) => server !== undefined && pods.has(server)).length;
    };
    if (isDecided(sample, { hits, n: answered.length })) break;
  }
  return drawn;
}
