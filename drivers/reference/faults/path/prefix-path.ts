import type { Fault } from '../fault.js';

const METACHARACTER = /[\\^$.|?*+()[\]{}]/;

export const prefixPath: Fault = {
  name: 'prefix-path',
  description: 'a path expression is cut at its first metacharacter and matched as a prefix',
  alsoBreaks: [{ cases: ['SPC-03', 'SPC-08'], why: 'how a path is compared is another reading' }],
  create: () => ({
    objects: (objects) =>
      objects.map((object) =>
        object.kind !== 'HTTPRouteGroup'
          ? object
          : {
              ...object,
              matches: object.matches.map((match) =>
                match.pathRegex === undefined ? match : { ...match, pathRegex: `${literalPrefix(match.pathRegex)}.*` },
              ),
            },
      ),
  }),
};

/** Holds no metacharacter, so it needs no escaping. */
function literalPrefix(expression: string): string {
  const end = expression.search(METACHARACTER);
  return end === -1 ? expression : expression.slice(0, end);
}
