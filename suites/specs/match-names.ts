/** The names of matches, by which rules refer to them. */
import { group, http, match, target } from '../../src/cases/objects.js';
import { allow, deny, observe } from '../../src/cases/questions.js';
import { readingCase } from './readings.js';
import { at, SERVER } from './specs-case.js';

const byName = target('t', { from: ['c1'], rules: [http('g', 'm')] });

export const duplicateNames = readingCase({
  id: 'SPC-25',
  profiles: ['extended', 'full'],
  title: 'two matches of one name',
  phrase: 'The name is the primary key',
  setup: 'a group with two matches called m, for /a and for /b; the rule names m',
  expectation: 'the name is read by one of the known readings, and a third path stays denied',
  control: 'with unique names the named match is allowed and the other is not',
  catches: ['allow-all', 'missing-group-open'],
  readings: {
    'first wins': ['allow', 'deny'],
    'last wins': ['deny', 'allow'],
    'both (OR)': ['allow', 'allow'],
  },
  rejectable: true,
  variable: true,
  read: {
    name: 'm and m',
    objects: [group('g', [match('m', '/a'), match('m', '/b')]), byName],
    cells: [
      ...['/a', '/b'].map((path) => observe('c1', SERVER, { ...at(path), count: 20 })),
      deny('c1', SERVER, at('/c')),
    ],
  },
  controls: [
    {
      name: 'm and n',
      control: true,
      objects: [group('g', [match('m', '/a'), match('n', '/b')]), byName],
      cells: [allow('c1', SERVER, at('/a')), deny('c1', SERVER, at('/b'))],
    },
  ],
});
