import type { Service, ServicePort, ServiceSpec } from '../../mesh/driver.js';
import type { Json, KubeObject } from '../../smi/model.js';

/** A port of this name carries HTTP/2 from end to end: a mesh that takes it for HTTP/1.1 could not pass gRPC on. */
const GRPC = 'grpc';

export function serviceManifest(spec: ServiceSpec, labels: Readonly<Record<string, string>>): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: spec.name, namespace: spec.namespace, labels },
    spec: {
      selector: spec.selector,
      ports: spec.ports.map(portManifest),
      ...(spec.headless && { clusterIP: 'None' }),
    },
  };
}

/** The service as the API has made it: with its cluster address. */
export function readService(spec: ServiceSpec, object: KubeObject): Service {
  const { headless, ...rest } = spec;
  const address = (object['spec'] as { clusterIP?: string } | undefined)?.clusterIP;
  const clusterIP = headless || address === undefined || address === 'None' ? {} : { clusterIP: address };
  return { ...rest, ...clusterIP, physicalPorts: new Map() };
}

function portManifest({ name, port, targetPort, protocol }: ServicePort): Json {
  const transport = protocol === 'udp' ? 'UDP' : 'TCP';
  return {
    name: name ?? `${protocol}-${port}`,
    port,
    targetPort,
    protocol: transport,
    ...(protocol !== 'udp' && { appProtocol: name === GRPC ? GRPC : protocol }),
  };
}
