/** Of the driver contract: proxies that somebody only plays, and where. */
import type { Json } from '../smi/model.js';
import type { Pod, PodSpec } from './pod.js';

/** What an xDS client says of itself in its first request. */
export interface XdsNode {
  readonly id: string;
  readonly cluster: string;
  readonly metadata: { readonly [key: string]: Json };
}

/** A pod that does not exist, at an address that nobody has. */
export type SimulatedPod = PodSpec & Pick<Pod, 'ip'>;

/** Proxies that the control plane takes for real ones, though nothing runs: a simulator speaks for them. Disposing of them makes it forget them. */
export interface SimulatedProxies extends AsyncDisposable {
  /** In the order of the pods they were asked for. */
  readonly nodes: readonly XdsNode[];
  /** Where this process reaches the xDS server. */
  readonly server: XdsServer;
}

export interface XdsServer {
  readonly host: string;
  readonly port: number;
  /** Absent: plaintext. All proxies share one certificate. */
  readonly tls?: {
    readonly caPem: string;
    readonly certPem: string;
    readonly keyPem: string;
    readonly serverName: string;
  };
  /** 1, as real proxies do it, unless connections are dear. */
  readonly proxiesPerConnection: number;
}
