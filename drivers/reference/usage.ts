import type { Usage } from '../../fixtures/agent/protocol.js';

/** Of the process this runs in, since its start. */
export function ownUsage(): Usage {
  const { user, system } = process.cpuUsage();
  return {
    cpuUs: user + system,
    residentBytes: process.memoryUsage.rss(),
    at: performance.timeOrigin + performance.now(),
  };
}
