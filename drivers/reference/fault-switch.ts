/** Puts faults into a running mesh and takes them out, so that many can be tried without installing it anew. */
import { setTimeout as delay } from 'node:timers/promises';
import type { FaultSwitch, Pod } from '../../src/mesh/driver.js';
import { HarnessError } from '../../src/errors/harness-error.js';
import { getAdmin } from './admin.js';
import type { ControlPlane } from './control-plane.js';
import { createFaults, findFault } from './faults/index.js';
import { Reach } from './reach.js';
import { adminSocket } from './sidecar.js';

/** Proxies answer within milliseconds, and drain for a second. */
const DEADLINE_MS = 10_000;
const LOOK_EVERY_MS = 20;
const DRAINING = '/stats?filter=^listener_manager.total_(listeners|filter_chains)_draining$';

export function faultSwitch(controlPlane: ControlPlane): FaultSwitch {
  return {
    set: async (names) => {
      const changed = await controlPlane.setFaults(createFaults(names));
      const late = await controlPlane.settle(DEADLINE_MS);
      if (late.length > 0) throw notTaken(`did not answer: ${late.join(', ')}`);
      await Promise.all(changed.map(({ pod }) => untilDrained(pod)));
    },
    watch: (names) => {
      const reach = new Reach(names.map(findFault));
      controlPlane.watchReach(reach);
      return { reached: () => reach.reached(), [Symbol.dispose]: () => controlPlane.watchReach(undefined) };
    },
  };
}

/** Until then connections may be served by what was there before. */
async function untilDrained(pod: Pod): Promise<void> {
  const end = performance.now() + DEADLINE_MS;
  for (;;) {
    const { body } = await getAdmin(adminSocket(pod), DRAINING);
    if ([...body.matchAll(/: (\d+)/g)].every(([, count]) => count === '0')) return;
    if (performance.now() > end) throw notTaken(`${pod.namespace}/${pod.name} still drains: ${body.trim()}`);
    await delay(LOOK_EVERY_MS);
  }
}

function notTaken(what: string): HarnessError {
  return new HarnessError({
    code: 'E_FAULT_SWITCH',
    message: `proxies had not taken a change of faults after ${DEADLINE_MS / 1000} s: ${what}`,
    hint: 'see the logs of the proxies in the folder of the run (--keep); a busy machine may need another try',
  });
}
