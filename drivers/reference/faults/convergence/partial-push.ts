import type { Fault } from '../fault.js';

export const partialPush: Fault = {
  name: 'partial-push',
  description:
    'of several resources of one type that change at once only the first reaches a proxy, until the next change',
  alsoBreaks: [{ cases: ['*'], why: 'what changes beside the marker may not have come' }],
  create: () => ({
    delivers: ({ before, after, serve }) => {
      const partly = [...after].map(([typeUrl, resources]) => {
        const held = new Map((before.get(typeUrl) ?? []).map((resource) => [resource.name, resource]));
        const [first] = resources.filter((resource) => held.has(resource.name) && held.get(resource.name) !== resource);
        return [
          typeUrl,
          resources.map((resource) => (resource === first ? resource : (held.get(resource.name) ?? resource))),
        ] as const;
      });
      serve(new Map(partly));
    },
  }),
};
