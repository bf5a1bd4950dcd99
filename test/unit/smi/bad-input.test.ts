import assert from 'node:assert/strict';
import { parseSmi } from '../../../src/smi/parse.js';
import type { SmiProblem } from '../../../src/smi/problem.js';

function problemsOf(text: string): SmiProblem[] {
  return parseSmi(text, 'bad.yaml').problems;
}

/** The only problem, as `line:column path severity`, so that a place is checked to the character. */
function onlyProblem(text: string): SmiProblem & { at: string } {
  const problems = problemsOf(text);
  assert.equal(problems.length, 1, JSON.stringify(problems, null, 2));
  const problem = problems[0] as SmiProblem;
  return { ...problem, at: `${problem.line}:${problem.column} ${problem.path} ${problem.severity}` };
}

const split = (backends: string, version = 'v1alpha4'): string => `apiVersion: split.smi-spec.io/${version}
kind: TrafficSplit
metadata:
  name: rollout
spec:
  service: root
  backends:
${backends}`;

const group = (match: string): string => `apiVersion: specs.smi-spec.io/v1alpha4
kind: HTTPRouteGroup
metadata: { name: routes }
spec:
  matches:
    - name: a
${match}`;

const target = (version: string, spec: string): string => `apiVersion: access.smi-spec.io/${version}
kind: TrafficTarget
metadata: { name: target }
${spec}`;

describe('types that are not released', () => {
  it('says which versions exist', () => {
    const problem = onlyProblem(target('v1beta1', 'spec: {}'));
    assert.equal(problem.at, '1:13 apiVersion error');
    assert.match(problem.message, /not a version of access/);
    assert.match(problem.hint, /v1alpha1, v1alpha2, v1alpha3/);
  });

  it('knows a draft from a typo', () => {
    assert.match(onlyProblem(target('v1alpha4', 'spec: {}')).message, /draft that was never released/);
  });

  it('says which kinds a version has', () => {
    const problem = onlyProblem('apiVersion: specs.smi-spec.io/v1alpha3\nkind: UDPRoute\nmetadata: { name: u }\n');
    assert.equal(problem.at, '2:7 kind error');
    assert.match(problem.hint, /v1alpha4/);
  });

  it('warns of what is not SMI, and checks the rest of the file', () => {
    const service = 'apiVersion: v1\nkind: Service\nmetadata: { name: root }\n---\n';
    const parsed = parseSmi(service + split('    - { service: a, weight: 1 }\n'), 'x.yaml');
    assert.deepEqual(
      parsed.problems.map(({ severity }) => severity),
      ['warning'],
    );
    assert.equal(parsed.objects.length, 1);
    assert.equal(parsed.objects[0]?.line, 5);
  });

  it('refuses what is no manifest', () => {
    assert.match(onlyProblem('just text\n').message, /is not a manifest/);
    assert.equal(onlyProblem('kind: TrafficSplit\n').at, '1:1 apiVersion error');
    assert.match(onlyProblem('apiVersion: traffic.smi-spec.io/v1alpha1\nkind: X\n').message, /not a group of SMI/);
  });
});

describe('wrong values', () => {
  it('places a quoted weight to the character', () => {
    const problem = onlyProblem(split('    - service: a\n      weight: "50"\n'));
    assert.equal(problem.at, '9:15 spec.backends[0].weight error');
    assert.equal(problem.rule, '"Weights must be whole numbers"');
    assert.match(problem.hint, /remove the quotes: 50/);
  });

  it('refuses a fraction, a negative and a missing weight', () => {
    const text = split('    - { service: a, weight: 0.5 }\n    - { service: b, weight: -1 }\n    - { service: c }\n');
    assert.deepEqual(
      problemsOf(text).map(({ line, column, path }) => `${line}:${column} ${path}`),
      ['8:29 spec.backends[0].weight', '9:29 spec.backends[1].weight', '10:7 spec.backends[2].weight'],
    );
  });

  it('takes a missing weight before v1alpha4, and a Quantity in v1alpha1', () => {
    const parsed = parseSmi(split('    - { service: a, weight: 500m }\n    - { service: b }\n', 'v1alpha1'), 'x');
    assert.deepEqual(parsed.problems, []);
    const [first] = parsed.objects;
    assert.ok(first?.object.kind === 'TrafficSplit');
    assert.deepEqual(
      first.object.backends.map(({ weight }) => weight),
      [0.5, 0],
    );
  });

  it('refuses a text that is no Quantity', () => {
    const problem = onlyProblem(split('    - { service: a, weight: half }\n', 'v1alpha1'));
    assert.equal(problem.at, '8:29 spec.backends[0].weight error');
  });

  it('demands rules and sources from access v1alpha3 on, not before', () => {
    const spec = 'spec: { destination: { kind: ServiceAccount, name: s }, rules: [] }';
    assert.deepEqual(
      problemsOf(target('v1alpha3', spec)).map(({ path }) => path),
      ['spec.sources', 'spec.rules'],
    );
    assert.deepEqual(problemsOf(target('v1alpha2', spec)), []);
  });

  it('flags an unknown field at its key, and says where it exists', () => {
    const rest = '  rules: [{ kind: TCPRoute, name: t }]\n  sources: [{ kind: ServiceAccount, name: c }]\n';
    const text = target(
      'v1alpha3',
      `spec:\n  destination:\n    kind: ServiceAccount\n    name: s\n    port: 80\n${rest}`,
    );
    const problem = onlyProblem(text);
    assert.equal(problem.at, '8:5 spec.destination.port error');
    assert.match(problem.hint, /TCPRoute/);
    const early = onlyProblem(
      split('    - { service: a, weight: 1 }\n  matches: [{ kind: HTTPRouteGroup, name: g }]\n', 'v1alpha2'),
    );
    assert.equal(early.at, '9:3 spec.matches error');
    assert.match(early.hint, /v1alpha3, v1alpha4/);
  });

  it('tells top-level matches to move under spec', () => {
    const text =
      'apiVersion: specs.smi-spec.io/v1alpha4\nkind: HTTPRouteGroup\nmetadata: { name: g }\nmatches: [{ name: a }]\n';
    const moved = problemsOf(text).find(({ path }) => path === 'matches');
    assert.match(moved?.hint ?? '', /move it under spec/);
  });

  it('demands a valid name', () => {
    const text = split('    - { service: a, weight: 1 }\n').replace('rollout', '1234');
    assert.equal(onlyProblem(text).at, '4:9 metadata.name error');
  });

  it('demands one pair per header list item', () => {
    const problem = onlyProblem(group('      headers:\n        - { cookie: a, host: b }\n'));
    assert.equal(problem.at, '8:11 spec.matches[0].headers[0] error');
  });

  it('places a problem inside a List of objects', () => {
    const item =
      'apiVersion: split.smi-spec.io/v1alpha4\n    kind: TrafficSplit\n    metadata: { name: x }\n    spec: { service: 1, backends: [] }\n';
    const problems = problemsOf(`apiVersion: v1\nkind: List\nitems:\n  - ${item}`);
    const [problem] = problems.filter(({ severity }) => severity === 'error');
    assert.equal(`${problem?.line}:${problem?.column} ${problem?.path}`, '7:22 items[0].spec.service');
  });
});

describe('what no schema can say', () => {
  it('refuses an invalid regex, in a path and in both header shapes', () => {
    const path = onlyProblem(group('      pathRegex: (\n'));
    assert.equal(path.at, '7:18 spec.matches[0].pathRegex error');
    const listed = onlyProblem(group("      headers:\n        - cookie: '(?=x)'\n"));
    assert.equal(listed.at, '8:19 spec.matches[0].headers[0].cookie error');
    const mapped = onlyProblem(group("      headers:\n        cookie: '(?=x)'\n"));
    assert.equal(mapped.at, '8:17 spec.matches[0].headers.cookie error');
    assert.match(mapped.message, /no RE2 regular expression/);
    assert.match(mapped.hint, /lookaround/);
  });

  it('refuses a split that names its root as a backend, also when it is there twice', () => {
    const text = split('    - { service: root, weight: 1 }\n    - { service: root, weight: 1 }\n');
    assert.deepEqual(
      problemsOf(text).map(({ path, severity }) => `${path} ${severity}`),
      ['spec.backends[0].service error', 'spec.backends[1].service error'],
    );
  });

  it('refuses two matches of one name', () => {
    const problem = onlyProblem(group('    - name: b\n    - name: a\n'));
    assert.equal(problem.at, '8:13 spec.matches[2].name error');
  });

  it('warns of duplicates, idle splits, foreign sources and lower-case methods', () => {
    const warnings = [
      split('    - { service: a, weight: 1 }\n    - { service: a, weight: 2 }\n'),
      split('    - { service: a, weight: 0 }\n'),
      group('      methods: [get]\n'),
      target('v1alpha1', 'destination: { kind: ServiceAccount, name: s }\nsources: [{ kind: Group, name: c }]\n'),
    ].map((text) => onlyProblem(text).at);
    assert.deepEqual(warnings, [
      '9:18 spec.backends[1].service warning',
      '8:5 spec.backends warning',
      '7:17 spec.matches[0].methods[0] warning',
      '5:19 sources[0].kind warning',
    ]);
  });

  it('refuses the second of two objects with one name', () => {
    const one = split('    - { service: a, weight: 1 }\n');
    const problem = onlyProblem(`${one}---\n${one}`);
    assert.equal(problem.at, '10:1 metadata.name error');
  });

  it('warns of words that are booleans to kubectl', () => {
    const problem = onlyProblem(split('    - service: y\n      weight: 1\n'));
    assert.equal(problem.at, '8:16 spec.backends[0].service warning');
    const listed = onlyProblem(
      target(
        'v1alpha1',
        `destination: { kind: ServiceAccount, name: s }
sources: [{ kind: ServiceAccount, name: c }]
specs: [{ kind: HTTPRouteGroup, name: g, matches: [ok, no] }]
`,
      ),
    );
    assert.equal(listed.at, '6:56 specs[0].matches[1] warning');
    assert.deepEqual(problemsOf(split('    - service: "y"\n      weight: 1\n')), []);
  });
});

describe('files that are not YAML', () => {
  it('reports the place of a syntax error', () => {
    const problem = problemsOf('apiVersion: split.smi-spec.io/v1alpha4\nkind: [TrafficSplit\nmetadata: {}\n')[0];
    assert.equal(problem?.severity, 'error');
    assert.equal(problem?.rule, 'the file is YAML 1.2 or JSON');
    assert.ok((problem?.line ?? 0) >= 2);
  });

  it('reports a repeated key', () => {
    const problem = onlyProblem('apiVersion: v1\nkind: A\nkind: B\n');
    assert.equal(problem.at, '3:1  error');
  });

  it('survives an alias bomb', () => {
    const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
    for (let level = 1; level < 9; level++) {
      const before = `*a${level - 1}`;
      lines.push(`a${level}: &a${level} [${Array.from({ length: 10 }, () => before).join(', ')}]`);
    }
    assert.match(onlyProblem(lines.join('\n')).message, /alias/i);
  });

  it('reads JSON, and is silent on an empty file', () => {
    const json = JSON.stringify(
      {
        apiVersion: 'specs.smi-spec.io/v1alpha4',
        kind: 'TCPRoute',
        metadata: { name: 't' },
        spec: { matches: { ports: ['80'] } },
      },
      null,
      '\t',
    );
    assert.equal(onlyProblem(json).at.split(' ')[1], 'spec.matches.ports[0]');
    assert.equal(parseSmi(json.replace('"80"', '80'), 'x.json').objects.length, 1);
    assert.deepEqual(parseSmi('', 'x'), { objects: [], problems: [] });
  });

  it('reports everything at once', () => {
    const text = `${split('    - { service: a, weight: x }\n    - { service: root, weight: 1 }\n')}---\n${group('      pathRegex: (\n')}`;
    assert.deepEqual(
      problemsOf(text).map(({ line }) => line),
      [8, 9, 17],
    );
  });
});
