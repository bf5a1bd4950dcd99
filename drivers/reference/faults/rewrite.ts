/** Changes in what a proxy is served, wherever in it they apply. */
import type { ProxyResources } from '../compile.js';
import { TYPE } from '../xds/resource.js';

/** An object of JSON. */
export type Fields = Readonly<Record<string, unknown>>;

/** A copy of a tree of JSON in which `change` has replaced objects, those inside before those around them. */
export function rewrite<T>(tree: T, change: (fields: Fields) => Fields): T {
  const visit = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(visit);
    if (typeof value !== 'object' || value === null) return value;
    return change(Object.fromEntries(Object.entries(value).map(([name, field]) => [name, visit(field)])));
  };
  return visit(tree) as T;
}

/** Every message of this type, whatever it is packed in. */
export function rewriteMessages<T>(tree: T, type: string, change: (message: Fields) => Fields): T {
  return rewrite(tree, (fields) => (String(fields['@type']).endsWith(`.${type}`) ? change(fields) : fields));
}

/** What servers ask of those who connect; `change` gets the part of the TLS settings that validates them. */
export function rewriteValidation(resources: ProxyResources, change: (validation: Fields) => Fields): ProxyResources {
  return {
    ...resources,
    [TYPE.listener]: rewriteMessages(resources[TYPE.listener], 'DownstreamTlsContext', (tls) => {
      const { validationContextSdsSecretConfig: trusted, ...common } = tls['commonTlsContext'] as Fields;
      return {
        ...tls,
        commonTlsContext: {
          ...common,
          combinedValidationContext: {
            defaultValidationContext: change({}),
            validationContextSdsSecretConfig: trusted,
          },
        },
      };
    }),
  };
}
