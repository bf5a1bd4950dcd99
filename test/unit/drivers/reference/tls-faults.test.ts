import assert from 'node:assert/strict';
import { compileMesh, type ProxyResources } from '../../../../drivers/reference/compile.js';
import { createFaults } from '../../../../drivers/reference/faults/index.js';
import { spiffeId } from '../../../../drivers/reference/policy/identity.js';
import { PROXY_PORTS } from '../../../../drivers/reference/resources/proxy.js';
import { moveApp } from '../../../../drivers/reference/sidecar.js';
import { packResource, TYPE } from '../../../../drivers/reference/xds/resource.js';
import { group, pod, service, target, tcpRoute, TRUST_DOMAIN, world } from './world.js';

const C1 = spiffeId(TRUST_DOMAIN, { namespace: 'ns1', serviceAccount: 'c1' });
const WORLD = world(
  [
    group('g', [{ name: 'a', pathRegex: '/a' }]),
    tcpRoute('t', [8300]),
    target(['HTTPRouteGroup/g']),
    target(['TCPRoute/t']),
  ],
  { pods: [pod('c1', { ports: [] }), pod('s')], services: [service('srv', [{}], { selector: { app: 's' } })] },
);

function compile(name: string, ...faults: readonly string[]): ProxyResources {
  const own = WORLD.pods.find((each) => each.name === name);
  assert.ok(own);
  const resourcesOf = compileMesh(WORLD, createFaults(faults), () => PROXY_PORTS.firstService);
  return resourcesOf({ id: `ns1/${name}`, pod: own, interception: 'address', listen: moveApp(own) });
}
const text = (value: unknown): string => JSON.stringify(value);
const count = (value: unknown, word: string): number => text(value).split(`"${word}"`).length - 1;

describe('reference mesh: faults of mutual TLS', () => {
  for (const fault of ['tls-plaintext', 'no-client-certificate', 'any-ca', 'expired-certificate', 'wrong-san']) {
    it(`${fault}: what it serves is still valid`, () => {
      for (const name of ['c1', 's']) {
        const resources = compile(name, fault);
        for (const [type, list] of Object.entries(resources))
          for (const resource of list) packResource(type as typeof TYPE.cluster, resource as never);
      }
    });
  }

  it('any-ca and expired-certificate change how clients are validated, on every port, and nothing else', () => {
    const healthy = compile('s');
    const ports = count(healthy[TYPE.listener], 'requireClientCertificate');
    assert.ok(ports >= 4, 'HTTP, TCP and UDP');
    for (const [fault, field] of [
      ['any-ca', 'trustChainVerification'],
      ['expired-certificate', 'allowExpiredCertificate'],
    ] as const) {
      const { [TYPE.listener]: listeners, ...rest } = compile('s', fault);
      const { [TYPE.listener]: _, ...others } = healthy;
      assert.deepEqual(rest, others);
      assert.equal(count(listeners, field), ports);
      assert.equal(count(listeners, 'requireClientCertificate'), ports);
      assert.equal(count(listeners, 'validationContextSdsSecretConfig'), ports);
      assert.equal(count(healthy[TYPE.listener], field), 0);
    }
  });

  it('no-client-certificate keeps TLS and asks nobody; tls-plaintext has none at all, on either side', () => {
    const asking = compile('s', 'no-client-certificate');
    assert.doesNotMatch(text(asking[TYPE.listener]), /"requireClientCertificate":true|"validationContextSds/);
    assert.ok(count(asking[TYPE.listener], 'transportSocket') > 0);
    assert.deepEqual(asking[TYPE.cluster], compile('s')[TYPE.cluster]);
    for (const name of ['c1', 's']) {
      const plain = compile(name, 'tls-plaintext');
      assert.equal(count([plain[TYPE.cluster], plain[TYPE.listener]], 'transportSocket'), 0);
      assert.equal(count(plain[TYPE.listener], 'transportProtocol'), 0, 'no chain waits for TLS');
      assert.ok(count(compile(name)[TYPE.cluster], 'transportSocket') > 0);
    }
  });

  for (const fault of ['tls-plaintext', 'no-client-certificate']) {
    it(`${fault}: proxies say who they are in a header, and servers ask for that header in place of a certificate`, () => {
      const outbound = compile('c1', fault)[TYPE.route].find(({ name }) => name === 'outbound');
      assert.deepEqual(outbound?.requestHeadersToAdd, [
        { header: { key: 'x-forwarded-client-cert', value: `URI=${C1}` }, appendAction: 'OVERWRITE_IF_EXISTS_OR_ADD' },
      ]);
      const { [TYPE.route]: routes, [TYPE.listener]: listeners } = compile('s', fault);
      const inbound = text(routes.find(({ name }) => name === 'in|8080'));
      assert.doesNotMatch(inbound, /authenticated/);
      const regex = (/"header":\{"name":"x-forwarded-client-cert".*?"regex":("(?:[^"\\]|\\.)*")/.exec(inbound) ??
        [])[1];
      const believed = new RegExp(`^(?:${String(JSON.parse(regex ?? '""'))})$`);
      assert.match(`URI=${C1}`, believed);
      assert.match(`By=x;URI=${C1};Hash=1`, believed);
      assert.doesNotMatch(`URI=${C1}0`, believed);
      assert.doesNotMatch(`XURI=${C1}`, believed);
      assert.match(text(listeners), /"forwardClientCertDetails":"ALWAYS_FORWARD_ONLY"/);
      assert.doesNotMatch(text(listeners), /setCurrentClientCertDetails|SANITIZE_SET/);
    });
  }

  it('wrong-san remembers who ran first under the name of a pod', () => {
    const { certified } = createFaults(['wrong-san']);
    const as = (serviceAccount: string) => ({ namespace: 'ns1', serviceAccount });
    assert.deepEqual(certified(as('c1'), 'ns1/client', '10.0.0.1'), as('c1'));
    assert.deepEqual(certified(as('c2'), 'ns1/client', '10.0.0.2'), as('c1'));
    assert.deepEqual(certified(as('c2'), 'ns1/other', '10.0.0.3'), as('c2'));
    assert.deepEqual(createFaults([]).certified(as('c2'), 'ns1/client', '10.0.0.1'), as('c2'));
  });
});
