/** The environment that the kind tests open. MESHGAUGE_TEST_AGENT_IMAGE and MESHGAUGE_TEST_SHELL_IMAGE name images that the nodes have already; otherwise the product's own are made and loaded into the node. */
import {
  type ClusterEnvironment,
  type ClusterEnvironmentOptions,
  createClusterEnvironment,
} from '../../src/environments/cluster/cluster-environment.js';
import { provideToNodes } from '../../src/environments/engine-images.js';
import { agentImageRef, shellImageRef } from '../../src/images/agent-image.js';
import { RUN_LABEL } from '../../src/kube/cluster.js';
import type { TestCluster } from './cluster.js';

const imagesAreThere = process.env['MESHGAUGE_TEST_AGENT_IMAGE'] !== undefined;
export const agentImage = process.env['MESHGAUGE_TEST_AGENT_IMAGE'] ?? agentImageRef();
const shellImage = process.env['MESHGAUGE_TEST_SHELL_IMAGE'] ?? shellImageRef();

export function openEnvironment(
  { kube, node }: TestCluster,
  runId: string,
  over: Partial<ClusterEnvironmentOptions> = {},
): ClusterEnvironment {
  const log = over.log ?? (() => undefined);
  return createClusterEnvironment({
    name: 'kind',
    runId,
    keep: false,
    log,
    facts: {},
    agentImage,
    shellImage,
    cluster: {
      kube,
      runId,
      owned: false,
      labels: { [RUN_LABEL]: runId },
      provideImages: async (refs) => {
        if (imagesAreThere || node === undefined) return;
        await provideToNodes({ nodes: [node], refs, log });
      },
      discover: async () => undefined,
    },
    ...over,
  });
}
