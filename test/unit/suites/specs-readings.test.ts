import assert from 'node:assert/strict';
import { specsCases } from '../../../suites/specs/index.js';
import { resolvePath, staysInside } from '../../../suites/specs/normalisation.js';
import type { CaseRecord } from '../../../src/cases/case.js';
import type { EvidenceLine } from '../../../src/evidence/records.js';
import type { Verdict } from '../../../src/judge/verdict.js';
import { find, judge } from './specs-by-id.js';
import { CORRECT, DEFECTS, evidenceFrom, literal, regexPrefix, type PaperMesh } from './specs-mesh.js';
import { change, repeat, withLines } from './synthetic.js';

describe('suites/specs readings', () => {
  const variant = (id: string, mesh: Partial<PaperMesh>): string | undefined => {
    const verdict = judge(id, { ...CORRECT, ...mesh });
    assert.equal(verdict.verdict, 'recorded', verdict.reason);
    return verdict.variant;
  };
  const segmentPrefix = (expression: string, text: string): boolean =>
    new RegExp(`^(?:${expression})(?:$|/)`).test(text);
  const search = (expression: string, text: string): boolean => new RegExp(expression).test(text);
  const keepQuery = (path: string): string => path;

  it('SPC-03 tells the end anchors apart', () => {
    assert.equal(variant('SPC-03', CORRECT), 'full match');
    assert.equal(variant('SPC-03', { compare: regexPrefix }), 'regex prefix');
    assert.equal(variant('SPC-03', { compare: segmentPrefix }), 'path-segment prefix');
    assert.equal(variant('SPC-03', { compare: literal }), 'literal string');
    assert.equal(variant('SPC-03', DEFECTS['prefix-path'] ?? {}), 'regex prefix');
    assert.equal(
      variant('SPC-03', { compare: (expression, text) => regexPrefix(expression, text) && text !== '/metrics' }),
      'other: /metrics deny, /metrics/x allow, /metricsfoo allow, /vx1 allow',
    );
  });

  it('SPC-07 tells the readings of explicit anchors apart', () => {
    const never = (expression: string, text: string): boolean =>
      !/[$^]/.test(expression) && regexPrefix(expression, text);
    assert.equal(variant('SPC-07', CORRECT), 'matches /api only');
    assert.equal(variant('SPC-07', { compare: regexPrefix }), 'matches /api only');
    assert.equal(variant('SPC-07', { compare: never }), 'never matches');
    assert.equal(variant('SPC-07', { compare: literal }), 'read literally');
  });

  it('SPC-07 knows a refused object, SPC-03 has no such reading', () => {
    const refused = (id: string): Verdict => {
      const record = find(id);
      const [read] = record.phases ?? [];
      assert.ok(read);
      const object = { kind: 'HTTPRouteGroup', namespace: 'ns1', name: 'g' };
      const evidence = evidenceFrom(record, CORRECT, {
        cell: (phase, cell) => (phase === read ? repeat(null, cell.count) : undefined),
      });
      return record.judge(
        withLines({ ...evidence, lines: withPerfectControls(record, evidence.lines) }, [
          change(read.name, object, 'no anchors, please'),
        ]),
      );
    };
    assert.equal(refused('SPC-07').variant, 'rejected');
    assert.equal(refused('SPC-03').variant, 'other: the API refuses the object');
  });

  it('SPC-08 tells a query that is ignored from one that is matched', () => {
    assert.equal(variant('SPC-08', CORRECT), 'query ignored');
    assert.equal(variant('SPC-08', { rewrite: keepQuery }), 'query is part of the matched string');
    assert.equal(
      variant('SPC-08', { rewrite: keepQuery, compare: regexPrefix }),
      'query is part of the matched string',
    );
    assert.equal(variant('SPC-08', { compare: regexPrefix }), 'query ignored');
  });

  it('SPC-18 tells the anchors of header values apart', () => {
    const value = (compare: PaperMesh['compare']): Partial<PaperMesh> => ({
      compare: (expression, text) => (text.startsWith('/') ? regexPrefix(expression, text) : compare(expression, text)),
    });
    assert.equal(variant('SPC-18', CORRECT), 'full match');
    assert.equal(variant('SPC-18', value(search)), 'partial search');
    assert.equal(variant('SPC-18', value(regexPrefix)), 'prefix');
    assert.equal(variant('SPC-18', value(literal)), 'exact string');
  });

  it('SPC-20 tells an absent header from an empty one', () => {
    assert.equal(variant('SPC-20', CORRECT), 'no match');
    assert.equal(variant('SPC-20', { absentHeader: 'empty string' }), 'matches as empty string');
    assert.match(
      variant('SPC-20', {
        absentHeader: 'empty string',
        compare: (expression, text) => regexPrefix(expression, text) && !(expression === '.*' && text === ''),
      }) ?? '',
      /^other: \/star deny/,
    );
  });

  it('names an answer that varies, and fits no reading to it', () => {
    const record = find('SPC-20');
    const evidence = evidenceFrom(record, CORRECT, {
      cell: (_phase, cell) =>
        cell.path === '/star' && cell.expect === 'observe' ? ['srv', null, 'srv', null, 'srv'] : undefined,
    });
    const perfect = {
      ...evidence,
      lines: mixed(
        record,
        evidence.lines,
        (line) => line.kind !== 'case' && line.phase === 'header absent' && isAbout(line, '/star'),
      ),
    };
    assert.equal(record.judge(perfect).variant, 'other: /star varies, /optional deny');
  });

  it('reads nothing from a phase whose objects had not arrived, or whose two ends disagree', () => {
    for (const record of specsCases.filter(({ class: grade }) => grade === 'A')) {
      const [read] = record.phases ?? [];
      assert.ok(read);
      const late = evidenceFrom(record, CORRECT, {
        gate: (phase) => (phase === read ? { converged: false } : undefined),
      });
      assert.equal(record.judge(late).verdict, 'inconclusive', record.id);
      assert.equal(record.judge(late).variant, undefined, record.id);
      const observed = (read.cells ?? []).find(({ expect }) => expect === 'observe');
      assert.ok(observed);
      const evidence = evidenceFrom(
        record,
        { ...CORRECT, answer: 'deny' },
        { control: () => undefined, gate: () => undefined },
      );
      const torn = {
        ...evidence,
        lines: evidence.lines.map((line) =>
          line.kind === 'client' && line.phase === read.name && line.cell === observed.key
            ? { ...line, ok: true }
            : line,
        ),
      };
      assert.equal(record.judge(torn).variant, undefined, record.id);
    }
  });
});

/** Takes the control phases from a correct mesh. */
function withPerfectControls(record: CaseRecord, lines: readonly EvidenceLine[]): EvidenceLine[] {
  const controls = new Set((record.phases ?? []).filter(({ control }) => control === true).map(({ name }) => name));
  return mixed(record, lines, (line) => line.kind === 'case' || !controls.has(line.phase));
}

/** Lines of the evidence at hand where `keep` says so, of a correct mesh elsewhere. */
function mixed(
  record: CaseRecord,
  lines: readonly EvidenceLine[],
  keep: (line: EvidenceLine) => boolean,
): EvidenceLine[] {
  return [...lines.filter(keep), ...evidenceFrom(record, CORRECT).lines.filter((line) => !keep(line))];
}

const isAbout = (line: EvidenceLine, path: string): boolean =>
  (line.kind === 'client' && line.cell.endsWith(path)) || (line.kind === 'server' && line.id.includes(`${path}/`));

describe('SPC-09 paths', () => {
  const asSent = (path: string): string => path.split('?')[0] ?? path;

  it('fails a mesh that matches and forwards paths as they were sent', () => {
    const { verdict, reason } = judge('SPC-09', { ...CORRECT, rewrite: asSent });
    assert.equal(verdict, 'fail');
    assert.match(reason, /\/pub\/\.\.\/admin was let in and arrived as \/pub\/\.\.\/admin, which leads to \/admin/);
  });

  it('fails a mesh that normalises only after the match', () => {
    const record = find('SPC-09');
    const evidence = evidenceFrom(record, { ...CORRECT, rewrite: asSent });
    const lines = evidence.lines.map((line) =>
      line.kind === 'server' && line.path !== undefined ? { ...line, path: resolvePath(line.path) } : line,
    );
    const { verdict, reason } = record.judge({ ...evidence, lines });
    assert.equal(verdict, 'fail');
    assert.match(reason, /arrived as \/admin/);
  });

  it('fails a mesh that leaves escaped slashes to the server', () => {
    const half = (path: string): string =>
      new URL(
        asSent(path)
          .replace(/\\|%5c/gi, '/')
          .replace(/\/+/g, '/'),
        'http://any',
      ).pathname;
    const { verdict, reason } = judge('SPC-09', { ...CORRECT, rewrite: half });
    assert.equal(verdict, 'fail');
    assert.match(reason, /%2fadmin/);
  });

  it('resolves as the most lenient server would', () => {
    for (const path of [
      '/pub/../admin',
      '/pub/%2E%2e/admin',
      '/pub%2f..%2fadmin',
      '/pub/..%5Cadmin',
      '/pub/..\\admin',
      '/pub//../admin',
      '//admin',
      '/admin?/pub',
    ]) {
      assert.equal(resolvePath(path), '/admin', path);
      assert.equal(staysInside(path), false, path);
    }
    for (const path of ['/pub', '/pub/x', '/pub/./x', '/pub/a/../x', '/public', '/pub/x?next=/../admin'])
      assert.equal(staysInside(path), true, path);
  });
});

describe('side observations', () => {
  it('SPC-10 says whether the invalid object was refused or stored', () => {
    const record = find('SPC-10');
    const object = { kind: 'HTTPRouteGroup', namespace: 'ns1', name: 'bad' };
    const evidence = evidenceFrom(record, CORRECT);
    assert.equal(
      record.judge(withLines(evidence, [change('invalid expression', object, 'invalid')])).variant,
      'the API refuses the object',
    );
    assert.equal(
      record.judge(withLines(evidence, [change('invalid expression', object)])).variant,
      'the object is stored and contained',
    );
    assert.equal(record.judge(evidence).variant, undefined);
  });

  it('SPC-10 fails when the invalid object freezes the server, or opens its route', () => {
    const frozen = judge('SPC-10', {
      ...CORRECT,
      inForce: (history) => history[Math.min(history.length - 1, history[1] === undefined ? 0 : 1)] ?? [],
    });
    assert.equal(frozen.verdict, 'fail');
    assert.match(frozen.reason, /later update: c1 → srv:8080 GET \/later: expected ALLOW/);
    const open = judge('SPC-10', {
      ...CORRECT,
      compare: (expression, text) => expression === '(' || CORRECT.compare(expression, text),
    });
    assert.equal(open.verdict, 'fail');
    assert.match(open.reason, /expected DENY/);
  });

  it('SPC-12 records a custom method without judging it', () => {
    const standardOnly = evidenceFrom(find('SPC-12'), CORRECT);
    assert.equal(find('SPC-12').judge(standardOnly).variant, 'custom method allowed');
    const lines = standardOnly.lines
      .filter((line) => !(line.kind === 'server' && line.id.includes('PURGE')))
      .map((line) => (line.kind === 'client' && line.cell.includes('PURGE') ? { ...line, ok: false } : line));
    const verdict = find('SPC-12').judge({ ...standardOnly, lines });
    assert.deepEqual([verdict.verdict, verdict.variant], ['pass', 'custom method denied']);
  });
});
