import { z } from 'zod';

const PORT = /^(http|tcp|udp)\/(\d+)$/;
const SERVICE_PORT = /^(http|tcp|udp)\/(\d+)(?: -> (\d+))?$/;

const dnsLabel = z.string().regex(/^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/, 'must be lower-case letters, digits and dashes');
/** Kubernetes limits port names to 15 characters. */
const portName = z.string().regex(/^[a-z]([a-z0-9-]{0,13}[a-z0-9])?$/, 'must be a port name of at most 15 characters');
const labels = z.record(z.string(), z.string());

const podSchema = z.strictObject({
  /** The pod's own name by default. */
  serviceAccount: dnsLabel.optional(),
  /** `app: NAME` is added unless given. */
  labels: labels.default({}),
  /** The deployment it counts to where pods are no Kubernetes objects. */
  deployment: dnsLabel.optional(),
  meshed: z.boolean().default(true),
  ports: z.record(portName, z.string().regex(PORT, 'must look like `http/8080`')).default({}),
});

const serviceSchema = z.strictObject({
  /** `app: NAME` by default. */
  selector: labels.optional(),
  headless: z.boolean().default(false),
  ports: z.record(portName, z.string().regex(SERVICE_PORT, 'must look like `http/8080` or `http/80 -> 8080`')),
});

/** The form of fixtures/workloads/*.yaml: pods and services by name, ports by name as `PROTOCOL/NUMBER`. */
export const workloadFileSchema = z.strictObject({
  name: dnsLabel,
  namespaces: z.record(
    dnsLabel,
    z.strictObject({
      pods: z.record(dnsLabel, podSchema),
      services: z.record(dnsLabel, serviceSchema).default({}),
    }),
  ),
});

export type WorkloadFile = z.infer<typeof workloadFileSchema>;
export type PodEntry = z.infer<typeof podSchema>;
export type ServiceEntry = z.infer<typeof serviceSchema>;

/** `http/1024 -> 8080` taken apart; without an arrow a service keeps the number. The schema has checked the form. */
export function parsePort(text: string): { protocol: 'http' | 'tcp' | 'udp'; port: number; targetPort: number } {
  const [, protocol, port, targetPort] = SERVICE_PORT.exec(text) ?? [];
  if (protocol !== 'http' && protocol !== 'tcp' && protocol !== 'udp') throw new Error(`'${text}' is no port`);
  return { protocol, port: Number(port), targetPort: Number(targetPort ?? port) };
}
