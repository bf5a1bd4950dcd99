/** The configuration of a kind cluster: the user's or a plain one, and what this host needs on top. */
import { isMap, isSeq, parseDocument, stringify, type Document } from 'yaml';
import { badInput } from '../../errors/harness-error.js';

/** What of the host shows in the configuration. The pod network is the node image's affair: each brings its own along. */
export interface KindHost {
  readonly cgroupVersion: '1' | '2';
  /** False where CAP_SYS_RESOURCE is withheld: then nothing may lower an oom_score_adj or raise a limit. */
  readonly maySetResources: boolean;
}

const PLAIN = `kind: Cluster
apiVersion: kind.x-k8s.io/v1alpha4
nodes:
  - role: control-plane
`;

/** @param text the user's configuration; @param file its name, for messages. @throws HarnessError E_KIND_CONFIG */
export function buildKindConfig(host: KindHost, text: string = PLAIN, file = 'the kind configuration'): string {
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error !== undefined) throw invalid(`${file}: ${error.message.split('\n')[0] ?? ''}`);
  if (!isMap(document.contents) || document.get('kind') !== 'Cluster')
    throw invalid(`${file} holds no object of kind Cluster`);
  const patch = kubeletPatch(host);
  if (patch !== undefined) appendPatch(document, patch, file);
  return document.toString();
}

function kubeletPatch({ cgroupVersion, maySetResources }: KindHost): string | undefined {
  const settings = {
    // Kubelets from 1.35 on refuse to start on cgroup v1 unless told.
    ...(cgroupVersion === '1' && { failCgroupV1: false }),
    // The gate's effect that counts: what the kubelet may not set (oom_score_adj, sysctls) is logged, not fatal.
    ...(!maySetResources && { featureGates: { KubeletInUserNamespace: true } }),
  };
  if (Object.keys(settings).length === 0) return undefined;
  return stringify({ kind: 'KubeletConfiguration', apiVersion: 'kubelet.config.k8s.io/v1beta1', ...settings });
}

/** Patches apply in their order: ours comes after the user's. */
function appendPatch(document: Document, patch: string, file: string): void {
  if (!document.has('kubeadmConfigPatches')) document.set('kubeadmConfigPatches', document.createNode([]));
  const patches = document.get('kubeadmConfigPatches');
  if (!isSeq(patches)) throw invalid(`${file}: kubeadmConfigPatches is not a list`);
  patches.add(document.createNode(patch));
}

function invalid(message: string): Error {
  return badInput(
    'E_KIND_CONFIG',
    message,
    'give a kind configuration: "kind: Cluster", "apiVersion: kind.x-k8s.io/v1alpha4"',
  );
}
