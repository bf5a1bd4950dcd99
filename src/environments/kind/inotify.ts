/** Every kubelet, container runtime and Envoy holds inotify instances, and where they run out an Envoy is ended by SIGSEGV. */
import { runDocker } from '../docker.js';

/** Per user of the host: two dozen pods with proxies take more than the 128 that Linux begins with. */
export const NEEDED_INSTANCES = 1_024;

const SETTING = '/proc/sys/fs/inotify/max_user_instances';
/** Prints the limit that it raised, and nothing where it was high enough. */
const RAISE = `limit=$(cat ${SETTING}) && [ "$limit" -ge ${NEEDED_INSTANCES} ] || { echo ${NEEDED_INSTANCES} > ${SETTING} && echo "$limit"; }`;

/**
 * Through the node, which is privileged where we may not be. The limit is the kernel's and not the node's, so it stays raised.
 * @see https://kind.sigs.k8s.io/docs/user/known-issues/#pod-errors-due-to-too-many-open-files
 */
export async function raiseInotifyLimit(node: string, log: (message: string) => void): Promise<void> {
  try {
    const before = (await runDocker(['exec', node, 'sh', '-c', RAISE])).trim();
    if (before !== '') log(`fs.inotify.max_user_instances of this host was ${before}, and is ${NEEDED_INSTANCES} now`);
  } catch (error) {
    log(
      `fs.inotify.max_user_instances stays as it is, proxies may be ended by SIGSEGV: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}
