import { HarnessError } from '../../errors/harness-error.js';
import { type LoopbackBlock, claimLoopbackBlock } from './loopback.js';
import { PortMap } from './port-map.js';
import { registerRun } from './run-state.js';

/** Leaves room below the 107 bytes of a Unix socket path for a pod's folder (20) and a socket's name in it (27). */
const MAX_RUN_DIR_BYTES = 60;

/** What a run takes from the host: its registration, its folder, its addresses and its ports. */
export interface Ground {
  readonly runDir: string;
  readonly block: LoopbackBlock;
  readonly ports: PortMap;
  close(options: { readonly keepDir: boolean }): Promise<void>;
}

/** Registers the run first, so that whatever comes after can be found and removed should we be killed. */
export async function openGround(options: {
  readonly runId: string;
  readonly portOffset?: number;
  readonly log: (line: string) => void;
}): Promise<Ground> {
  const registration = await registerRun(options.runId);
  try {
    if (Buffer.byteLength(registration.runDir) > MAX_RUN_DIR_BYTES) throw pathTooLong(registration.runDir);
    const block = await claimLoopbackBlock();
    options.log(`run ${options.runId}: addresses ${block.network}, folder ${registration.runDir}`);
    return {
      runDir: registration.runDir,
      block,
      ports: new PortMap(block.ownAddress, options.portOffset),
      async close(closing) {
        await block[Symbol.asyncDispose]();
        await registration.unregister(closing);
      },
    };
  } catch (error) {
    await registration.unregister({ keepDir: false });
    throw error;
  }
}

function pathTooLong(runDir: string): HarnessError {
  return new HarnessError({
    code: 'E_SOCKET_PATH',
    message: `the folder ${runDir} is too long a path for Unix sockets (more than ${MAX_RUN_DIR_BYTES} bytes)`,
    hint: 'let TMPDIR name a folder with a short path, for example `TMPDIR=/tmp`',
  });
}
