/**
 * Half of two defects: without a client certificate nobody knows who calls, so each proxy says in a header whose requests it
 * sends, and every server believes that header, whoever sent it. TCP and UDP have none, so that nobody is let in there.
 */
import type { ProxyResources } from '../../compile.js';
import { escapeRegex } from '../../resources/conditions.js';
import { TYPE } from '../../xds/resource.js';
import { spiffeId } from '../../policy/identity.js';
import type { ServedProxy } from '../fault.js';
import { rewrite, rewriteMessages } from '../rewrite.js';

const HEADER = 'x-forwarded-client-cert';

/** What comes of it where there is no header. */
export const NOBODY_IN = 'TCP and UDP have no header that says who calls, so that no rule lets anybody in';

export function believeHeader(resources: ProxyResources, { proxy, trustDomain }: ServedProxy): ProxyResources {
  const own = `URI=${spiffeId(trustDomain, proxy.pod)}`;
  return {
    ...resources,
    [TYPE.listener]: rewriteMessages(resources[TYPE.listener], 'HttpConnectionManager', (manager) => {
      const isInbound = 'forwardClientCertDetails' in manager;
      const { setCurrentClientCertDetails: _, ...rest } = manager;
      return isInbound ? { ...rest, forwardClientCertDetails: 'ALWAYS_FORWARD_ONLY' } : manager;
    }),
    [TYPE.route]: resources[TYPE.route].map((routes) =>
      routes.name?.startsWith('in') === true
        ? rewriteMessages(routes, 'RBACPerRoute', (rules) => rewrite(rules, fromHeader))
        : {
            ...routes,
            requestHeadersToAdd: [
              { header: { key: HEADER, value: own }, appendAction: 'OVERWRITE_IF_EXISTS_OR_ADD' as const },
            ],
          },
    ),
  };
}

/** Who has a certificate with this name becomes who sends a header with it. */
function fromHeader(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { authenticated, ...rest } = fields as {
    readonly authenticated?: { readonly principalName?: { readonly exact?: string } };
  };
  const name = authenticated?.principalName?.exact;
  if (name === undefined) return fields;
  const regex = `(.*[;,])?URI=${escapeRegex(name)}([;,].*)?`;
  return { ...rest, header: { name: HEADER, stringMatch: { safeRegex: { regex } } } };
}
