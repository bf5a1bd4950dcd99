/** A target that lacks sources or rules is no permission for everybody or everything. */
import { group, http, match, target } from '../../src/cases/objects.js';
import { allow, deny } from '../../src/cases/questions.js';
import { accessCase } from './access-case.js';

const a = match('a', '/a');
const at = (path: string) => ({ path });

export const noSources = accessCase({
  id: 'ACC-33',
  class: 'M',
  title: 'a target without sources opens nothing',
  phrase: 'A valid TrafficTarget must specify a destination, at least one rule, and at least one source',
  ref: 'traffic-access v1alpha3',
  setup: 'one target with sources [] for /secret; another that lets c2 reach /foo on the same server',
  expectation: 'nobody is let in by a target without sources',
  control: 'c2 reaches /foo at the same time',
  catches: ['allow-all', 'deny-all', 'empty-sources-open', 'ignore-path'],
  phases: [
    {
      name: 'no sources',
      objects: [
        group('secret', [match('secret', '/secret')]),
        group('foo', [match('foo', '/foo')]),
        target('t1', { from: [], rules: [http('secret')] }),
        target('t2', { from: ['c2'], rules: [http('foo')] }),
      ],
      cells: [
        deny('c2', 'srv:8080', at('/secret')),
        deny('c1', 'srv:8080', at('/secret')),
        allow('c2', 'srv:8080', at('/foo')),
      ],
    },
  ],
});

export const noRules = accessCase({
  id: 'ACC-34',
  class: 'M',
  title: 'a target without rules opens nothing',
  phrase: 'A valid TrafficTarget must specify a destination, at least one rule, and at least one source',
  ref: 'traffic-access v1alpha3',
  setup: 'a target with source c1 and rules []',
  expectation: 'nobody is let in by a target without rules',
  control: 'adding a rule lets c1 in',
  catches: ['allow-all', 'empty-rules-open'],
  phases: [
    {
      name: 'no rules',
      objects: [group('g', [a]), target('t', { from: ['c1'], rules: [] })],
      cells: [deny('c1', 'srv:8080', at('/a')), deny('c1', 'srv:8080')],
    },
    {
      name: 'rule added',
      control: true,
      objects: [group('g', [a]), target('t', { from: ['c1'], rules: [http('g')] })],
      cells: [allow('c1', 'srv:8080', at('/a'))],
    },
  ],
});
