/** Groups that are broken, empty or gone: what they were to allow stays denied, and nothing else suffers. */
import { group, http, match, target } from '../../src/cases/objects.js';
import { allow, deny } from '../../src/cases/questions.js';
import { at, grant, granted, SERVER, specsCase } from './specs-case.js';

const good = (...paths: readonly string[]) =>
  group(
    'good',
    paths.map((path) => match(`m${path.slice(1)}`, path)),
  );
const bad = (pathRegex: string) => group('bad', [match('bad', pathRegex)]);
const toGood = target('to-good', { from: ['c1'], rules: [http('good')] });
const toBad = target('to-bad', { from: ['c1'], rules: [http('bad')] });

/** What the broken expression was meant to allow, and what it would allow if it were dropped from its match. */
const closed = ['/bad', '/other'].map((path) => deny('c1', SERVER, at(path)));

export const invalidRegex = specsCase({
  id: 'SPC-10',
  class: 'M',
  alone: true,
  title: 'an invalid expression harms nothing but its own route',
  phrase: 'A regex is used to match against the URI',
  setup: 'beside a working group of the server, a group with the expression (',
  expectation:
    'the other routes of the server keep working and can still be changed, and the invalid expression opens nothing',
  control: 'once the expression is corrected its route is allowed',
  catches: [
    'allow-all',
    'deny-all',
    'stale-config',
    'missing-group-open',
    'ignore-path',
    'invalid-regex-freezes',
    'invalid-group-open',
  ],
  variants: ['the API refuses the object', 'the object is stored and contained'],
  phases: [
    {
      name: 'before',
      objects: [good('/good'), toGood],
      cells: [allow('c1', SERVER, at('/good')), deny('c1', SERVER, at('/later'))],
    },
    {
      name: 'invalid expression',
      objects: [good('/good'), toGood, bad('('), toBad],
      cells: [allow('c1', SERVER, at('/good')), ...closed],
    },
    {
      name: 'later update',
      objects: [good('/good', '/later'), toGood, bad('('), toBad],
      cells: [allow('c1', SERVER, at('/good')), allow('c1', SERVER, at('/later')), ...closed],
    },
    {
      name: 'corrected',
      control: true,
      objects: [good('/good', '/later'), toGood, bad('/bad'), toBad],
      cells: [allow('c1', SERVER, at('/bad')), allow('c1', SERVER, at('/later'))],
    },
  ],
  judge: (_exchanges, { lines }) => {
    const sent = lines.filter(
      (line) => line.kind === 'change' && line.phase === 'invalid expression' && line.action === 'apply',
    );
    if (sent.length === 0) return {};
    return {
      variant: sent.some((line) => line.kind === 'change' && !line.accepted)
        ? 'the API refuses the object'
        : 'the object is stored and contained',
    };
  },
});

const nothing = ['/', '/a'].map((path) => deny('c1', SERVER, at(path)));

export const emptyGroup = specsCase({
  id: 'SPC-26',
  class: 'M',
  title: 'an empty group matches nothing',
  phrase: 'It enumerates the routes that can be served',
  setup: 'a group whose only match is taken away, then another group that is created empty',
  expectation: 'a group without matches allows nothing, whether it has become so or was created so',
  control: 'with a match its route is allowed, before one group is emptied and after the other is filled',
  catches: ['allow-all', 'deny-all', 'stale-config', 'empty-group-open', 'ignore-path', 'update-ignored'],
  phases: [
    {
      name: 'one match',
      objects: granted(match('a', '/a')),
      cells: [allow('c1', SERVER, at('/a')), deny('c1', SERVER)],
    },
    { name: 'emptied', objects: granted(), cells: nothing },
    { name: 'created empty', objects: [group('good', []), toGood], cells: nothing },
    { name: 'match added', control: true, objects: [good('/a'), toGood], cells: [allow('c1', SERVER, at('/a'))] },
  ],
});

export const deletedGroup = specsCase({
  id: 'SPC-29',
  class: 'M',
  title: 'a target whose group is deleted fails closed',
  phrase: 'via referenced TrafficSpecs',
  ref: 'traffic-access v1alpha1–v1alpha3',
  setup: 'a target and its group with /a; the group is deleted and the target kept',
  expectation: 'without its group the target allows nothing',
  control: 'recreating the group lets the request through again',
  catches: ['allow-all', 'deny-all', 'stale-config', 'missing-group-open', 'group-deletion-ignored', 'late-deletion'],
  phases: [
    { name: 'with group', objects: granted(match('a', '/a')), cells: [allow('c1', SERVER, at('/a'))] },
    { name: 'group deleted', objects: [grant], cells: [deny('c1', SERVER, at('/a')), deny('c1', SERVER)] },
    {
      name: 'group recreated',
      control: true,
      objects: granted(match('a', '/a')),
      cells: [allow('c1', SERVER, at('/a'))],
    },
  ],
});
