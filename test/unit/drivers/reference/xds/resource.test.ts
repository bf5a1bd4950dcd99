import assert from 'node:assert/strict';
import { packResource, TYPE, typedConfig, type ResourceJson } from '../../../../../drivers/reference/xds/resource.js';
import { RouterSchema } from '../../../../../drivers/reference/xds/gen/envoy/extensions/filters/http/router/v3/router_pb.js';

describe('packResource', () => {
  it('takes the name from where each type has it', () => {
    assert.equal(packResource(TYPE.endpoints, { clusterName: 'a' }).name, 'a');
    assert.equal(packResource(TYPE.listener, { name: 'b' }).name, 'b');
  });

  it('gives the same version to the same content, and another to other content', () => {
    const version = (domain: string) =>
      packResource(TYPE.route, { name: 'r', virtualHosts: [{ name: 'v', domains: [domain] }] }).version;
    assert.equal(version('a'), version('a'));
    assert.notEqual(version('a'), version('b'));
  });

  it('knows the load assignment of an EDS cluster', () => {
    const pack = (json: ResourceJson[typeof TYPE.cluster]) => packResource(TYPE.cluster, json).loadAssignment;
    assert.equal(pack({ name: 'c' }), undefined);
    assert.equal(pack({ name: 'c', edsClusterConfig: {} }), 'c');
    assert.equal(pack({ name: 'c', edsClusterConfig: { serviceName: 's' } }), 's');
  });

  it('reads typed configuration inside', () => {
    const config = typedConfig(RouterSchema, { suppressEnvoyHeaders: true });
    const access = { name: 'x', typedConfig: config };
    assert.ok(packResource(TYPE.listener, { name: 'l', accessLog: [access] }).body.value.length > 0);
    assert.throws(
      () => packResource(TYPE.listener, { name: 'l', accessLog: [{ ...access, typedConfig: { '@type': 'x/y.Z' } }] }),
      /y\.Z/,
    );
  });

  it('refuses a field that the message does not have, naming it', () => {
    const json: object = { name: 'l', adress: {} };
    assert.throws(() => packResource(TYPE.listener, json), /adress/);
  });

  it('refuses a resource without a name', () => {
    assert.throws(() => packResource(TYPE.listener, {}), /has no name/);
  });
});
