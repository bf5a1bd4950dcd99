import type { TrafficReading } from './traffic.js';

/** Looks at many proxies side by side. One that does not answer is left out, for pods come and go; @throws what the first said when none does. */
export async function readAll(readers: readonly (() => Promise<TrafficReading>)[]): Promise<readonly TrafficReading[]> {
  const looks = await Promise.allSettled(readers.map((read) => read()));
  const readings = looks.flatMap((look) => (look.status === 'fulfilled' ? [look.value] : []));
  const [failure] = looks.flatMap((look) => (look.status === 'rejected' ? [look] : []));
  if (readings.length === 0 && failure !== undefined) throw failure.reason;
  return readings;
}
