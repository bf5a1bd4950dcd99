import { packResource, TYPE } from '../../xds/resource.js';
import type { Fault } from '../fault.js';

/** Some requests of any stream fall into it. */
const GAP_MS = 60;

export const gapOnChange: Fault = {
  name: 'gap-on-change',
  description: `routes that change are taken away first and put in ${GAP_MS} ms later`,
  alsoBreaks: [{ cases: ['*'], why: 'requests in a gap fail' }],
  create: () => ({
    delivers: ({ before, after, serve, signal }) => {
      const held = new Set(before.get(TYPE.route));
      const routes = (after.get(TYPE.route) ?? []).map((route) =>
        held.has(route) ? route : packResource(TYPE.route, { name: route.name, virtualHosts: [] }),
      );
      if (routes.every((route) => held.has(route))) return serve(after);
      serve(new Map([...after, [TYPE.route, routes]]));
      const timer = setTimeout(() => serve(after), GAP_MS);
      signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
    },
  }),
};
