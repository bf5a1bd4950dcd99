/** What the driver may ask of the control plane in its pod. */
import { z } from 'zod';
import type { Usage } from '../../../fixtures/agent/protocol.js';
import type { Pod } from '../../../src/mesh/driver.js';
import { servedJson } from '../debug-bundle.js';
import { redirectedListen } from '../sidecar.js';
import { accountOf, simulatedProxies } from '../simulated.js';
import type { RunningControlPlane } from '../start-control-plane.js';
import { ownUsage } from '../usage.js';
import {
  type Credentials,
  type Health,
  ModeSchema,
  PodSpecSchema,
  SimulatedPodSchema,
  type ServedProxy,
  type State,
  toMode,
} from './control-protocol.js';
import type { Routes } from './json-server.js';

const AddSchema = z.object({ id: z.string().min(1), pod: PodSpecSchema });
const SimulatedSchema = z.object({ pods: z.array(SimulatedPodSchema).min(1) });
const AnsweredSchema = z.object({ id: z.string().min(1), timeoutMs: z.number().int().min(0).max(10_000) });
const SetModeSchema = z.object({ namespace: z.string().min(1), mode: ModeSchema });

export function controlRoutes({ ads, authority, controlPlane, controlPlaneSpiffeId }: RunningControlPlane): Routes {
  return {
    'GET /v1/health': (): Health => ({ caPem: authority.caPem, controlPlaneSpiffeId }),
    'POST /v1/proxies': async (body): Promise<Credentials> => {
      const { id, pod: spec } = AddSchema.parse(body);
      // Its address is not known yet; the API server will tell it to whoever calls the pod.
      const pod: Pod = { ...spec, ip: '', dir: '', physicalPorts: new Map() };
      const { certPem, keyPem } = await controlPlane.addProxy(id, pod, redirectedListen(pod));
      return { certPem, keyPem };
    },
    'POST /v1/simulated': async (body): Promise<Credentials> => {
      const { pods } = SimulatedSchema.parse(body);
      const { certPem, keyPem } = await controlPlane.addProxies(simulatedProxies(pods), accountOf(pods));
      return { certPem, keyPem };
    },
    'POST /v1/simulated-gone': (body) => {
      for (const { id } of simulatedProxies(SimulatedSchema.parse(body).pods)) controlPlane.removeProxy(id);
    },
    'GET /v1/usage': (): Usage => ownUsage(),
    'POST /v1/answered': async (body) => {
      const { id, timeoutMs } = AnsweredSchema.parse(body);
      return { answered: await controlPlane.hasAnswered(id, timeoutMs) };
    },
    'POST /v1/mode': (body) => {
      const { namespace, mode } = SetModeSchema.parse(body);
      controlPlane.setMode(namespace, toMode(mode));
    },
    'POST /v1/rotation': () => controlPlane.rotate(),
    'GET /v1/state': (): State => ({
      proxies: controlPlane.proxies().map(({ id, pod }) => ({
        id,
        pod: pod.name,
        namespace: pod.namespace,
        acknowledged: ads.acknowledged(id),
        rejected: ads.rejections(id).map(({ typeUrl, message, at }) => ({ type: typeUrl, message, at })),
      })),
      problems: [...controlPlane.problems()],
    }),
    'GET /v1/served': (): readonly ServedProxy[] =>
      controlPlane.proxies().map(({ pod, snapshot }) => ({
        pod: pod.name,
        namespace: pod.namespace,
        served: servedJson(snapshot),
      })),
  };
}
