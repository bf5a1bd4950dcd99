import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { HarnessError } from '../errors/harness-error.js';
import { type PodSpec, type PortKey, type ServiceSpec, portKey } from '../mesh/driver.js';
import { PACKAGE_ROOT } from '../package-root.js';
import { type PodEntry, type ServiceEntry, type WorkloadFile, parsePort, workloadFileSchema } from './workload-file.js';

/** Pods and services that many cases share; namespaces are logical (`ns1`) until instantiated. */
export interface WorkloadSet {
  readonly name: string;
  readonly namespaces: readonly string[];
  readonly pods: readonly PodSpec[];
  readonly services: readonly ServiceSpec[];
  /** Every container and service port, once. */
  readonly ports: readonly PortKey[];
  /** The same set in real namespaces `PREFIX-ns1`, …, so that lanes do not meet. */
  instantiate(prefix: string): WorkloadSet;
  /** The pods and services whose names are wanted. */
  only(isWanted: (name: string) => boolean): WorkloadSet;
}

const WORKLOADS_DIR = join(PACKAGE_ROOT, 'fixtures', 'workloads');

/** Names of the sets that come with meshgauge. */
export async function listWorkloadSets(): Promise<readonly string[]> {
  const files = await readdir(WORKLOADS_DIR);
  return files
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => file.slice(0, -'.yaml'.length))
    .sort();
}

/** Reads one of the sets that come with meshgauge. */
export async function loadWorkloadSet(name: string): Promise<WorkloadSet> {
  const names = await listWorkloadSets();
  if (!names.includes(name)) {
    throw new HarnessError({
      code: 'E_WORKLOAD_UNKNOWN',
      message: `there is no workload set '${name}'`,
      hint: `there are ${names.join(', ')}`,
    });
  }
  const file = join(WORKLOADS_DIR, `${name}.yaml`);
  return parseWorkloadSet(await readFile(file, 'utf8'), file);
}

/** `file` is named in errors. */
export function parseWorkloadSet(yaml: string, file: string): WorkloadSet {
  const parsed = workloadFileSchema.safeParse(readYaml(yaml, file));
  if (!parsed.success) {
    throw invalid(
      file,
      parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`),
    );
  }
  const set = fromFile(parsed.data);
  const problems = findProblems(set);
  if (problems.length > 0) throw invalid(file, problems);
  return set;
}

function fromFile(file: WorkloadFile): WorkloadSet {
  const namespaces = Object.entries(file.namespaces);
  return workloadSet({
    name: file.name,
    namespaces: namespaces.map(([namespace]) => namespace),
    pods: namespaces.flatMap(([namespace, { pods }]) =>
      Object.entries(pods).map(([name, entry]) => toPod(namespace, name, entry)),
    ),
    services: namespaces.flatMap(([namespace, { services }]) =>
      Object.entries(services).map(([name, entry]) => toService(namespace, name, entry)),
    ),
  });
}

function toPod(namespace: string, name: string, entry: PodEntry): PodSpec {
  const ports = Object.entries(entry.ports).map(([portName, text]) => {
    const { protocol, port } = parsePort(text);
    return { name: portName, port, protocol };
  });
  const labels = { app: name, ...entry.labels };
  const { deployment, meshed, serviceAccount = name } = entry;
  return {
    ...{ name, namespace, serviceAccount, labels, meshed, ports },
    ...(deployment === undefined ? {} : { deployment }),
  };
}

function toService(namespace: string, name: string, entry: ServiceEntry): ServiceSpec {
  const ports = Object.entries(entry.ports).map(([portName, text]) => ({ name: portName, ...parsePort(text) }));
  return {
    name,
    namespace,
    selector: entry.selector ?? { app: name },
    ports,
    ...(entry.headless && { headless: true }),
  };
}

function workloadSet(parts: Pick<WorkloadSet, 'name' | 'namespaces' | 'pods' | 'services'>): WorkloadSet {
  const podPorts = parts.pods.flatMap(({ ports }) => ports.map(portKey));
  const servicePorts = parts.services.flatMap(({ ports }) => ports.map(portKey));
  return {
    ...parts,
    ports: [...new Set([...podPorts, ...servicePorts])],
    instantiate(prefix) {
      const real = (namespace: string): string => `${prefix}-${namespace}`;
      return workloadSet({
        name: parts.name,
        namespaces: parts.namespaces.map(real),
        pods: parts.pods.map((pod) => ({ ...pod, namespace: real(pod.namespace) })),
        services: parts.services.map((service) => ({ ...service, namespace: real(service.namespace) })),
      });
    },
    only(isWanted) {
      const wanted = <T extends { readonly name: string }>(all: readonly T[]): readonly T[] =>
        all.filter(({ name }) => isWanted(name));
      return workloadSet({ ...parts, pods: wanted(parts.pods), services: wanted(parts.services) });
    },
  };
}

/** What a schema cannot say: ports that collide, services that stand for nothing or for pods without the port. */
function findProblems(set: WorkloadSet): string[] {
  const problems: string[] = [];
  for (const owner of [...set.pods, ...set.services]) {
    const keys = owner.ports.map(portKey);
    const twice = keys.filter((key, index) => keys.indexOf(key) !== index);
    for (const key of twice) problems.push(`${owner.namespace}.${owner.name}: ${key} stands there twice`);
  }
  for (const service of set.services) {
    const where = `${service.namespace}.services.${service.name}`;
    const pods = set.pods.filter((pod) => isSelected(pod, service));
    if (pods.length === 0) problems.push(`${where}: the selector matches no pod`);
    for (const { targetPort, protocol } of service.ports) {
      const lacking = pods.filter(
        (pod) => !pod.ports.some((port) => port.port === targetPort && port.protocol === protocol),
      );
      for (const pod of lacking) problems.push(`${where}: pod ${pod.name} has no port ${protocol}/${targetPort}`);
    }
  }
  return problems;
}

function isSelected(pod: PodSpec, service: ServiceSpec): boolean {
  const wanted = Object.entries(service.selector);
  return pod.namespace === service.namespace && wanted.every(([key, value]) => pod.labels[key] === value);
}

function readYaml(yaml: string, file: string): unknown {
  try {
    return parse(yaml);
  } catch (error) {
    throw invalid(file, [error instanceof Error ? error.message : String(error)]);
  }
}

function invalid(file: string, problems: readonly string[]): HarnessError {
  return new HarnessError({
    code: 'E_WORKLOAD_INVALID',
    message: `${file} is no workload set:\n${problems.map((problem) => `  ${problem}`).join('\n')}`,
    hint: 'correct the file; the sets in fixtures/workloads show the form',
  });
}
