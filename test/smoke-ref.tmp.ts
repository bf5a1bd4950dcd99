import { createLocalEnvironment } from '/work/main/src/environments/local/local-environment.js';
import { createReferenceDriver } from '/work/main/drivers/reference/index.js';
const env = createLocalEnvironment({ runId: 'smoke', seed: 1, keep: !!process.env.KEEP, log: (l) => console.log('[env]', l) });
const mesh = await createReferenceDriver().install(env, { seed: 1, faults: [], options: { xds: process.env.XDS ?? 'delta' } });
try {
  await env.createNamespaces(['ns1']);
  await mesh.enrol(['ns1']);
  const pod = (name: string, sa: string, labels: any, ports: any[]) => ({ name, namespace: 'ns1', serviceAccount: sa, labels, meshed: true, ports });
  const P = [{ name: 'http', port: 8080, protocol: 'http' }, { name: 'tcp', port: 8300, protocol: 'tcp' }, { name: 'udp', port: 8301, protocol: 'udp' }] as const;
  await env.api.applyService({ name: 'srv', namespace: 'ns1', selector: { app: 's' }, ports: P.map((p) => ({ name: p.name, port: p.port, targetPort: p.port, protocol: p.protocol })) });
  const t = performance.now();
  const [c1, c2, s] = await env.startPods([pod('c1', 'c1', {}, []), pod('c2', 'c2', {}, []), pod('s', 's', { app: 's' }, [...P])], mesh);
  console.log('pods up', performance.now() - t);
  const meta = (name: string) => ({ name, namespace: 'ns1' });
  console.log(await env.api.apply({ apiVersion: 'specs.smi-spec.io/v1alpha4', kind: 'HTTPRouteGroup', metadata: meta('r'), spec: { matches: [{ name: 'a', pathRegex: '/a', methods: ['GET'] }, { name: 'g', pathRegex: '/meshgauge.*', methods: ['POST'] }] } }));
  await env.api.apply({ apiVersion: 'specs.smi-spec.io/v1alpha4', kind: 'TCPRoute', metadata: meta('t'), spec: { matches: { ports: [] } } });
  await env.api.apply({ apiVersion: 'specs.smi-spec.io/v1alpha4', kind: 'UDPRoute', metadata: meta('u'), spec: { matches: { ports: [8301] } } });
  const tt = (name: string, rules: any[]) => ({ apiVersion: 'access.smi-spec.io/v1alpha3', kind: 'TrafficTarget', metadata: meta(name), spec: { destination: { kind: 'ServiceAccount', name: 's', namespace: 'ns1' }, rules, sources: [{ kind: 'ServiceAccount', name: 'c1', namespace: 'ns1' }] } });
  await env.api.apply(tt('tt', [{ kind: 'HTTPRouteGroup', name: 'r' }]));
  await env.api.apply(tt('tt2', [{ kind: 'TCPRoute', name: 't' }, { kind: 'UDPRoute', name: 'u' }].slice(process.env.NOTCP ? 1 : 0)));
  await new Promise((r) => setTimeout(r, 300));
  for (const c of [c1!, c2!]) {
    const go = async (cell: string, spec: any, protocol: any, port = 8080) => {
      const a = mesh.address({ namespace: 'ns1', name: 'srv', port, protocol: protocol === 'tcp' || protocol === 'udp' ? protocol : 'http' }, c.pod);
      const rec = await c.agent.batch({ idPrefix: `${c.pod.name}-${cell}-`, items: [{ cell, count: 2, spec: { protocol, host: a.host, port: a.port, authority: a.authority, timeoutMs: 2000, ...spec } }], concurrency: 1, connections: 'new' });
      console.log(c.pod.name, cell, rec.map((r) => `${r.ok} ${r.status ?? ''} ${r.error?.code ?? ''} ${r.server ?? ''} ${r.ms.toFixed(1)}`).join(' | '));
    };
    await go('a', { method: 'GET', path: '/a?x=1' }, 'http');
    await go('b', { method: 'GET', path: '/b' }, 'http');
    await go('h2', { method: 'GET', path: '/a' }, 'h2c');
    await go('grpc', {}, 'grpc');
    await go('ws', { path: '/a' }, 'websocket');
    await go('tcp', {}, 'tcp', 8300);
    await go('udp', {}, 'udp', 8301);
  }
  for (const r of await s!.agent.records()) console.log(JSON.stringify(r));
  console.log(await mesh.proxies());
  console.log(mesh.problems?.());
  if (process.env.KEEP) await mesh.debugBundle('/tmp/w/bundle');
} finally {
  await env[Symbol.asyncDispose]();
  await mesh[Symbol.asyncDispose]();
}
