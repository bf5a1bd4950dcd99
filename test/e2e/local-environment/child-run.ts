/** Starts an environment with two pods and says so; meant to be killed. Arguments: the run's id; `exit` to end at once, without a stop. */
import { createLocalEnvironment } from '../../../src/environments/local/local-environment.js';
import { plainMesh, stubbornSidecar } from './plain-mesh.js';

const env = createLocalEnvironment({ runId: process.argv[2] ?? '', seed: 1, keep: false, log: () => undefined });
await env.createNamespaces(['ns1']);
// Ignores a polite end and keeps a socket file: what is left over after a kill.
const script = `
import { createServer } from 'node:net';
process.on('SIGTERM', () => {});
createServer().listen('left.sock');
`;
const mesh = plainMesh((plan) => [stubbornSidecar(plan, script)]);
const specs = ['a', 'b'].map((name) => ({
  name,
  namespace: 'ns1',
  serviceAccount: name,
  labels: {},
  meshed: true,
  ports: [{ name: 'http', port: 8080, protocol: 'http' as const }],
}));
const pods = await env.startPods(specs, mesh);
process.stdout.write(`${JSON.stringify(pods.map(({ pod }) => pod.dir))}\n`);
if (process.argv[3] === 'exit') process.exit(7);
