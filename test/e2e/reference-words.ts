/** Short words for SMI objects in the namespace of the fixture. */
import type { HTTPRouteGroup, TrafficTarget } from '../../src/smi/model.js';
import { NS } from './reference-fixture.js';

export const meta = (name: string) => ({ name, namespace: NS });

export function group(name: string, ...matches: HTTPRouteGroup['matches']): HTTPRouteGroup {
  return { kind: 'HTTPRouteGroup', metadata: meta(name), matches };
}

/** `source` may call `server` by `rules`. */
export function allow(server: string, source: string, ...rules: TrafficTarget['rules']): TrafficTarget {
  return {
    kind: 'TrafficTarget',
    metadata: meta(`${server}-${source}`),
    destination: { kind: 'ServiceAccount', name: server },
    sources: [{ kind: 'ServiceAccount', name: source }],
    rules,
  };
}

export const EVERYTHING = group('everything', { name: 'all', pathRegex: '.*', methods: ['*'] });
export const ALL_RULE = { kind: 'HTTPRouteGroup', name: 'everything' };
