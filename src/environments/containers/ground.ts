import type { Pod } from '../../mesh/driver.js';
import { registerRun } from '../local/run-state.js';
import { type Docker, connectEngine } from './engine.js';
import { GatewayServices } from './gateway-services.js';
import { createNetwork, type RunNetwork } from './network.js';
import type { PodImages } from './pod-containers.js';

/** What a run takes from this host and its container engine. */
export interface Ground {
  readonly docker: Docker;
  readonly runDir: string;
  readonly network: RunNetwork;
  readonly services: GatewayServices;
  readonly images: PodImages;
  close(options: { readonly keepDir: boolean }): Promise<void>;
}

export interface GroundOptions {
  readonly runId: string;
  readonly images: PodImages;
  readonly log: (line: string) => void;
  readonly pods: () => readonly Pod[];
  /** Numbers in [0, 1). */
  readonly random: () => number;
}

/** Registers the run first, so that whatever comes after can be found and removed should we be killed. */
export async function openGround({ runId, images, log, pods, random }: GroundOptions): Promise<Ground> {
  const registration = await registerRun(runId);
  try {
    const docker = await connectEngine();
    const network = await createNetwork(docker, runId);
    const services = new GatewayServices({ gateway: network.gateway, pods, random });
    log(`run ${runId}: network ${network.name}, gateway ${network.gateway}, folder ${registration.runDir}`);
    return {
      docker,
      runDir: registration.runDir,
      network,
      services,
      images,
      async close(closing) {
        await services.closeAll();
        await network.remove();
        await registration.unregister(closing);
      },
    };
  } catch (error) {
    await registration.unregister({ keepDir: false });
    throw error;
  }
}
