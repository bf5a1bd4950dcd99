/** Of the driver contract: pods and services, and what will run for one pod. */
import type { AppProtocol, ListenAddress } from '../../fixtures/agent/protocol.js';

export interface PodPort {
  readonly name: string;
  readonly port: number;
  readonly protocol: AppProtocol;
}

/** Keys a port: TCP and UDP count their port numbers apart, so `tcp/8300` and `udp/8300` are two ports. */
export type PortKey = `${'tcp' | 'udp'}/${number}`;

/** The key of a port; `http` is carried by TCP. */
export function portKey(port: { readonly port: number; readonly protocol: AppProtocol }): PortKey {
  return `${port.protocol === 'udp' ? 'udp' : 'tcp'}/${port.port}`;
}

/** A workload instance as the fixture wants it. */
export interface PodSpec {
  readonly name: string;
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly labels: Readonly<Record<string, string>>;
  /** False for a pod that stays outside the mesh. */
  readonly meshed: boolean;
  readonly ports: readonly PodPort[];
  /** The deployment whose metrics it is part of, where pods are no Kubernetes objects; those of a cluster have owners of their own. */
  readonly deployment?: string;
}

/** A pod with a place to live. */
export interface Pod extends PodSpec {
  readonly ip: string;
  /** Private folder of the pod (configuration, and in `local` sockets and logs), as the programs in the pod see it. */
  readonly dir: string;
  /** The port really bound on `ip` for each container port: another one where the host already uses that number. Evidence shows container ports. */
  readonly physicalPorts: ReadonlyMap<PortKey, number>;
}

export interface ServicePort {
  readonly name?: string;
  readonly port: number;
  readonly targetPort: number;
  readonly protocol: AppProtocol;
}

export interface Service {
  readonly name: string;
  readonly namespace: string;
  readonly selector: Readonly<Record<string, string>>;
  readonly ports: readonly ServicePort[];
  /** Absent for a headless service. */
  readonly clusterIP?: string;
  /** The port really bound on `clusterIP` for each service port (keyed by `port`, not `targetPort`). */
  readonly physicalPorts: ReadonlyMap<PortKey, number>;
}

/** A service as one asks for it, before it has an address. */
export type ServiceSpec = Omit<Service, 'clusterIP' | 'physicalPorts'> & { readonly headless?: boolean };

/** One more program beside the app in a pod. */
export interface Sidecar {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Written before the start, relative to the pod's folder. */
  readonly files: readonly { readonly path: string; readonly content: string; readonly mode?: number }[];
  /** The image that holds `command`, where pods are made of images. */
  readonly image?: string;
  /** Numeric user the program runs as, where the environment can choose; interception spares this user's own connections. */
  readonly userId?: number;
  /** A measured condition: resolves true once the sidecar serves. Polled with a deadline by the environment. */
  ready(): Promise<boolean>;
}

/** Redirection of a pod's TCP connections to its proxy, inside the pod's network namespace (iptables). UDP is left alone. */
export interface Redirection {
  /** Port of the proxy that gets what comes in. */
  readonly inboundPort: number;
  /** Port of the proxy that gets what goes out. */
  readonly outboundPort: number;
  /** Connections of this user are the proxy's own and go where they want. */
  readonly proxyUserId: number;
  /** Ports that stay open as they are: the proxy's own. */
  readonly openPorts: readonly number[];
}

/** What will run for one pod: where the app listens, and what runs beside it. */
export interface PodPlan {
  readonly pod: Pod;
  /** By container port (`portKey`). The environment's default is the pod's own address; a driver moves the app behind a Unix socket. */
  readonly listen: ReadonlyMap<PortKey, ListenAddress>;
  readonly sidecars: readonly Sidecar[];
  /** Added to the pod's own, where pods are Kubernetes objects. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Set up before the app starts; only where the environment's `interception` is `redirect`. */
  readonly redirection?: Redirection;
}
