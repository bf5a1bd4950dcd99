/** Certificates are replaced under traffic: handshakes from outside the mesh see which one each server proxy shows. */
import type { ProbeRecord } from '../../fixtures/agent/protocol.js';
import { portKey } from '../mesh/driver.js';
import { now } from '../run/clock.js';
import type { Lane } from '../run/lane.js';
import type { StreamSpec } from './probe-set.js';
import type { Flip, Scenario } from './scenario.js';
import { splitStreams, splitTo, unsplit } from './split-changes.js';
import type { Look } from './timeline.js';

const PORT = 8080;
const HANDSHAKE_TIMEOUT_MS = 2_000;

function handshakeStreams(lane: Lane, proxies: number): readonly StreamSpec[] {
  return Array.from({ length: proxies }, (_, index) => {
    const proxy = `s${index + 1}`;
    const { pod } = lane.pod(proxy);
    const service = lane.service(`${proxy}:${PORT}`, 'http');
    return {
      proxy,
      agent: lane.pod('stranger').agent,
      request: {
        protocol: 'tls',
        host: pod.ip,
        port: pod.physicalPorts.get(portKey({ port: PORT, protocol: 'http' })) ?? PORT,
        timeoutMs: HANDSHAKE_TIMEOUT_MS,
        tls: lane.mesh.handshake?.(service) ?? { servername: proxy },
      },
      connections: 'new',
    };
  });
}

/** Serial numbers that each proxy showed before one rotation: any other is new. */
export class Serials {
  readonly #known = new Map<number, Set<string>>();

  look(stream: number, { serial }: ProbeRecord): Look {
    if (serial === undefined) return 'error';
    return this.#of(stream).has(serial) ? 'old' : 'new';
  }

  learn(stream: number, records: readonly ProbeRecord[]): void {
    for (const { serial } of records) if (serial !== undefined) this.#of(stream).add(serial);
  }

  #of(stream: number): Set<string> {
    const known = this.#known.get(stream) ?? new Set<string>();
    this.#known.set(stream, known);
    return known;
  }
}

/** `undefined` where the mesh cannot be asked to rotate. */
export function rotationScenario(lane: Lane, proxies: number): Scenario | undefined {
  const { mesh } = lane;
  if (mesh.rotateCertificates === undefined) return undefined;
  const change = 'certificate-rotation';
  return {
    changes: [change],
    streams: handshakeStreams(lane, proxies),
    traffic: splitStreams(lane, proxies),
    begin: async () => void (await splitTo(lane, 'a')),
    next: (): Flip => {
      const serials = new Serials();
      return {
        change,
        look: (stream, record) => serials.look(stream, record),
        learn: (stream, records) => serials.learn(stream, records),
        apply: async (ready) => {
          await ready();
          // The call ends when every proxy has its new certificate, which is what we are about to see for ourselves.
          const requestedAt = now();
          await mesh.rotateCertificates?.();
          return { requestedAt, acceptedAt: requestedAt };
        },
        taken: () => undefined,
        revert: async () => undefined,
      };
    },
    end: () => unsplit(lane),
  };
}
