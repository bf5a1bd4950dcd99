/** Kubernetes itself, compiled from the module proxy. */
import { goVersion } from '../../src/images/pins.js';
import type { GoPrograms } from '../../src/images/recipe.js';

const PROGRAMS = [
  'kubelet',
  'kubeadm',
  'kubectl',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kube-proxy',
];
const VERSION_PACKAGES = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'];

/** All programs at once: they share most of their packages. */
export function kubernetesPrograms(version: string): GoPrograms {
  const [major = '', minor = ''] = version.split('.');
  const variables = {
    gitVersion: `v${version}`,
    gitMajor: major,
    gitMinor: minor,
    gitTreeState: 'clean',
    gitCommit: '0',
  };
  const ldflags = VERSION_PACKAGES.flatMap((path) =>
    Object.entries(variables).map(([name, value]) => `-X ${path}.${name}=${value}`),
  ).join(' ');
  return {
    module: 'k8s.io/kubernetes',
    version: `v${version}`,
    packages: PROGRAMS.map((name) => `k8s.io/kubernetes/cmd/${name}`),
    ldflags,
  };
}

export function singleProgram(module: string, path = module, ldflags?: string): GoPrograms {
  return { module, version: goVersion(module), packages: [path], ...(ldflags === undefined ? {} : { ldflags }) };
}
