/**
 * The cluster of the kind tests. MESHGAUGE_TEST_KUBECONFIG names one that exists; otherwise a kind cluster comes and goes with the tests.
 * MESHGAUGE_TEST_NODE_IMAGE, MESHGAUGE_TEST_KIND_CONFIG: for that new cluster. One that is given has our images (`meshgauge images load`).
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { shellImageRef } from '../../src/images/agent-image.js';
import { connectKube } from '../../src/kube/connect.js';
import type { Kube } from '../../src/kube/kube.js';

export interface TestCluster extends AsyncDisposable {
  readonly kube: Kube;
  readonly kubeconfigPath: string;
  /** Fresh, and deleted at the end. */
  readonly namespace: string;
  /** Container of the only node; absent in a cluster that was given. */
  readonly node?: string;
}

/** `own`: for a test that harms the cluster; it gets one that nobody else uses. */
export async function openTestCluster(options: { readonly own?: boolean } = {}): Promise<TestCluster> {
  const given = options.own === true ? undefined : process.env.MESHGAUGE_TEST_KUBECONFIG;
  const made = given === undefined ? await createKindCluster() : undefined;
  try {
    const kubeconfigPath = given ?? made?.kubeconfigPath ?? '';
    const kube = await connectKube({ kubeconfigPath });
    const namespace = `mg-test-${randomBytes(4).toString('hex')}`;
    const home = { apiVersion: 'v1', kind: 'Namespace', namespace: '', name: namespace };
    await kube.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    // Pods are refused until the namespace has its service account.
    await kube.waitFor({ apiVersion: 'v1', kind: 'ServiceAccount', namespace, name: 'default' }, Boolean, {
      deadlineMs: 60_000,
      what: 'the default service account',
    });
    return {
      kube,
      kubeconfigPath,
      namespace,
      ...(made === undefined ? {} : { node: made.node }),
      async [Symbol.asyncDispose]() {
        if (made === undefined) await kube.delete(home, { waitMs: 90_000 });
        await made?.remove();
      },
    };
  } catch (error) {
    await made?.remove();
    throw error;
  }
}

/** Our images have no socat; every node of kind has, and shows it to the pod as `/node`. */
const WITH_SOCAT = `
loader=$(ls /node/lib*/ld-linux-*.so.* | head -n 1)
libraries=$(ls -d /node/usr/lib/*-linux-gnu | head -n 1)
printf '#!/bin/sh\\nexec %s --library-path %s /node/usr/bin/socat "$@"\\n' "$loader" "$libraries" > /tmp/socat
chmod +x /tmp/socat
PATH=/tmp:$PATH
`;

/** Starts a pod that runs a shell script, and waits until it is ready. */
export async function startShellPod(
  { kube, namespace }: TestCluster,
  name: string,
  script: string,
  readyPort?: number,
): Promise<{ readonly namespace: string; readonly pod: string }> {
  await kube.apply({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace },
    spec: {
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 0,
      tolerations: [{ operator: 'Exists' }],
      volumes: [{ name: 'node', hostPath: { path: '/' } }],
      containers: [
        {
          name: 'shell',
          image: shellImageRef(),
          imagePullPolicy: 'IfNotPresent',
          command: ['sh', '-c', WITH_SOCAT + script],
          volumeMounts: [{ name: 'node', mountPath: '/node', readOnly: true }],
          ...(readyPort === undefined ? {} : { readinessProbe: { tcpSocket: { port: readyPort }, periodSeconds: 1 } }),
        },
      ],
    },
  });
  await kube.waitFor(
    { apiVersion: 'v1', kind: 'Pod', namespace, name },
    (pod) => {
      const status = pod?.['status'] as { conditions?: { type: string; status: string }[] } | undefined;
      return status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') === true;
    },
    { deadlineMs: 90_000, what: `pod ${name} to be ready` },
  );
  return { namespace, pod: name };
}

interface MadeCluster {
  readonly kubeconfigPath: string;
  readonly node: string;
  remove(): Promise<void>;
}

async function createKindCluster(): Promise<MadeCluster> {
  const name = `mg-test-${randomBytes(4).toString('hex')}`;
  const folder = await mkdtemp(join(tmpdir(), 'meshgauge-kind-'));
  const kubeconfigPath = join(folder, 'kubeconfig');
  const { MESHGAUGE_TEST_NODE_IMAGE: image, MESHGAUGE_TEST_KIND_CONFIG: config } = process.env;
  const remove = async (): Promise<void> => {
    await execa('kind', ['delete', 'cluster', '--name', name, '--kubeconfig', kubeconfigPath]);
    await rm(folder, { recursive: true });
  };
  try {
    await execa('kind', [
      ...['create', 'cluster', '--name', name, '--kubeconfig', kubeconfigPath, '--wait', '120s'],
      ...(image === undefined ? [] : ['--image', image]),
      ...(config === undefined ? [] : ['--config', config]),
    ]);
    await execa('kind', ['load', 'docker-image', shellImageRef(), '--name', name]);
  } catch (error) {
    await remove();
    throw error;
  }
  return { kubeconfigPath, node: `${name}-control-plane`, remove };
}
