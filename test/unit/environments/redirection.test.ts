import assert from 'node:assert/strict';
import { iptablesRules } from '../../../src/environments/redirection.js';

const RULES = `*nat
:MESHGAUGE_IN - [0:0]
:MESHGAUGE_OUT - [0:0]
-A PREROUTING -p tcp -j MESHGAUGE_IN
-A OUTPUT -p tcp -j MESHGAUGE_OUT
-A MESHGAUGE_IN -p tcp --dport 15001 -j RETURN
-A MESHGAUGE_IN -p tcp --dport 15006 -j RETURN
-A MESHGAUGE_IN -p tcp --dport 15090 -j RETURN
-A MESHGAUGE_IN -p tcp -j REDIRECT --to-ports 15006
-A MESHGAUGE_OUT -o lo ! -d 127.0.0.1/32 -p tcp -m owner --uid-owner 1337 -j MESHGAUGE_IN
-A MESHGAUGE_OUT -m owner --uid-owner 1337 -j RETURN
-A MESHGAUGE_OUT -o lo -j RETURN
-A MESHGAUGE_OUT -d 127.0.0.1/32 -j RETURN
-A MESHGAUGE_OUT -p tcp -j REDIRECT --to-ports 15001
COMMIT
`;

describe('rules of redirection', () => {
  const redirection = { inboundPort: 15_006, outboundPort: 15_001, proxyUserId: 1337, openPorts: [15_090, 15_006] };

  it('send TCP both ways through the proxy, but not what is the proxy’s own', () => {
    assert.equal(iptablesRules(redirection), RULES);
  });

  it('leave UDP and the chains of others alone', () => {
    const rules = iptablesRules(redirection);
    assert.doesNotMatch(rules, /udp/);
    assert.doesNotMatch(rules, /^:(PREROUTING|INPUT|OUTPUT|POSTROUTING)/m);
  });
});
