/** The part of the report about many proxies: what one control plane costs as their number grows. */
import { z } from 'zod';

const count = z.int().nonnegative();
const ms = z.number();

const fanOutSchema = z
  .object({
    firstMs: ms,
    lastMs: ms,
    medianMs: ms,
    p99Ms: ms.exactOptional().describe('absent with fewer than 1,000 values'),
  })
  .describe(
    'milliseconds since the API accepted the change; negative where the control plane acted before the API had answered',
  );

const costSchema = z.object({
  cpuUs: z.number().describe('microseconds of processor time for one service that comes or goes'),
  residentBytes: count,
});

const sizeSchema = z.object({
  clients: count,
  changes: count.describe('services that came; each went again'),
  connectMs: ms.describe('until every client that was added had all it asked for'),
  received: fanOutSchema
    .exactOptional()
    .describe('the new cluster was at the client; absent when no client ever saw one'),
  acknowledged: fanOutSchema.exactOptional(),
  completed: fanOutSchema.exactOptional().describe('the endpoints of the new service were acknowledged too'),
  spreadMs: ms.exactOptional().describe('from the first client to the last, median over the changes'),
  responses: z.number().describe('for one service that comes or goes, at all clients together'),
  bytes: z.number(),
  controlPlane: costSchema.exactOptional().describe('absent where the driver cannot tell'),
  simulator: costSchema.extend({ lagP99Ms: ms.describe('how late the event loop of the simulator was') }),
  missing: count.describe('clients that did not see a change in time, summed over the changes'),
  refused: count.describe('responses that could not be read'),
  broken: count.describe('streams that the control plane ended'),
  retries: count.describe('streams that had to be opened again before they were served'),
});

const growthSchema = z.object({
  of: z.enum(['last', 'spread', 'cpu', 'bytes']),
  slope: z.number().describe('cost grows with clients^slope'),
  low: z.number(),
  high: z.number().describe('ends of the 95 % confidence interval of the slope'),
  r2: z.number(),
  points: count,
  word: z.enum(['constant', 'sublinear', 'linear', 'superlinear', 'quadratic', 'undecided']),
});

export const scaleSchema = z.object({
  xds: z.enum(['delta', 'sotw']),
  services: count.describe('services that were there all the time'),
  sizes: z.array(sizeSchema).readonly(),
  growth: z.array(growthSchema).readonly().describe('power laws fitted over the sizes; empty with fewer than three'),
  residentBytesPerClient: z.number().exactOptional().describe('of the control plane, by least squares over the sizes'),
  simulatorBytesPerClient: z.number().exactOptional(),
});

export type ScaleReport = z.infer<typeof scaleSchema>;
