/** How the proxies of each mesh that comes with the harness are read: all that the metrics shim has to know of a mesh. */
import type { EnvoyStatistics } from '../src/mesh/driver.js';
import { STATISTICS as istio } from './istio/statistics.js';
import { STATISTICS as osm } from './osm/statistics.js';
import { STATISTICS as reference } from './reference/metrics/statistics.js';

export const STATISTICS: Readonly<Record<string, EnvoyStatistics>> = { reference, osm, istio };
