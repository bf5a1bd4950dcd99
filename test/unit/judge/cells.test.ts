import assert from 'node:assert/strict';
import type { Phase } from '../../../src/cases/case.js';
import { serverControlKey } from '../../../src/cases/controls.js';
import { allow, deny, observe } from '../../../src/cases/questions.js';
import type { EvidenceLine } from '../../../src/evidence/records.js';
import { describeCell, judgeCells } from '../../../src/judge/cells.js';
import { joinExchanges } from '../../../src/judge/exchanges.js';
import type { Finding } from '../../../src/judge/findings.js';
import { client, controls, evidence, phase, PHASE, server, times, told } from './records.js';

const judge = (at: Phase, lines: readonly EvidenceLine[]): Finding[] =>
  judgeCells(at, joinExchanges(evidence(...lines)));
const kinds = (at: Phase, lines: readonly EvidenceLine[]): string[] => judge(at, lines).map(({ kind }) => kind);
const message = (at: Phase, lines: readonly EvidenceLine[]): string =>
  judge(at, lines)
    .map((finding) => finding.message)
    .join('; ');

const yes = allow('c1', 'srv:8080', { path: '/a', count: 3 });
const no = deny('c1', 'srv:8080', { path: '/b', count: 3 });

describe('judge/cells', () => {
  describe('an allowed cell', () => {
    const at = phase([yes]);

    it('holds when every request came through', () =>
      assert.deepEqual(judge(at, told(yes.key, ...times('allow', 3))), []));

    it('is violated by a single refusal', () => {
      const lines = told(yes.key, 'allow', 'allow', 'deny');
      assert.deepEqual(kinds(at, lines), ['violation']);
      assert.match(message(at, lines), /^one: c1 → srv:8080 GET \/a: expected ALLOW, 1 of 3 were refused \(403×1\)$/);
    });

    it('is violated by an answer that no server gave, and says so', () => {
      const lines = told(yes.key, 'allow', 'unheard', 'lost');
      assert.deepEqual(kinds(at, lines), ['violation']);
      assert.match(message(at, lines), /on 2 of 3 client and server disagree/);
    });

    it('proves nothing while requests are missing, even if one of the others was refused', () => {
      assert.deepEqual(kinds(at, told(yes.key, 'allow', 'deny')), ['invalid']);
      assert.match(message(at, []), /only 0 of 3 requests are on record/);
    });
  });

  describe('a denied cell', () => {
    const at = phase([no]);
    const refused = told(no.key, ...times('deny', 3));

    it('holds when nothing arrived and both controls came through', () =>
      assert.deepEqual(judge(at, [...refused, ...controls(no)]), []));

    it('is violated by a single request that got through, whatever the controls say', () => {
      const lines = told(no.key, 'deny', 'allow', 'deny');
      assert.deepEqual(kinds(at, lines), ['violation']);
      assert.match(message(at, lines), /expected DENY, 1 of 3 reached srv/);
    });

    it('is violated by a request that arrived though its sender saw a failure', () => {
      assert.deepEqual(kinds(at, [...told(no.key, 'deny', 'deny', 'lost'), ...controls(no)]), ['violation']);
    });

    it('is violated by a request that another server got', () => {
      const lines = [...refused, server(`${no.key}#0`, { pod: 'elsewhere' }), ...controls(no)];
      assert.match(message(at, lines), /1 of 3 reached elsewhere/);
    });

    it('proves nothing when an answer came from nowhere', () => {
      assert.deepEqual(kinds(at, [...told(no.key, 'deny', 'deny', 'unheard'), ...controls(no)]), ['invalid']);
    });

    it('proves nothing when a control is missing or failed, once for each', () => {
      assert.deepEqual(kinds(at, refused), ['invalid', 'invalid']);
      assert.match(
        message(at, [...refused, ...controls(no, { client: ['allow', 'deny', 'allow'] })]),
        /denied, but its control .*c1 reaches its control target failed 1 of 3 times \(403×1\)/,
      );
      assert.match(
        message(at, [...refused, ...controls(no, { server: [] })]),
        /control: srv answers an authorised client is missing/,
      );
      assert.deepEqual(kinds(at, [...refused, ...controls(no, { server: ['unheard', 'unheard', 'unheard'] })]), [
        'invalid',
      ]);
    });

    it('takes the server for alive when one of those who may ask is answered every time', () => {
      const [key, own] = [serverControlKey(no), controls(no, { server: [] })];
      const asked = (pod: string, ...answers: boolean[]) =>
        answers.flatMap((ok, index) => [
          client(`${pod}#${index}`, key, ok, { pod }),
          ...(ok ? [server(`${pod}#${index}`)] : []),
        ]);
      const by = (...lines: ReturnType<typeof asked>[]) => kinds(at, [...refused, ...own, ...lines.flat()]);
      assert.deepEqual(by(asked('witness', false, false), asked('c1', true, true)), []);
      assert.deepEqual(by(asked('witness', false, true), asked('c1', true, false)), ['invalid']);
    });

    it('asks for no server control in a bare phase', () => {
      const lines = [
        ...refused,
        ...controls(no).filter((line) => !(line.kind === 'client' && line.cell === serverControlKey(no))),
      ];
      assert.deepEqual(judge(phase([no], { bare: true }), lines), []);
      assert.deepEqual(kinds(at, lines), ['invalid']);
    });
  });

  it('expects nothing of an observed cell', () => {
    const cell = observe('c1', 'srv:8080');
    assert.deepEqual(judge(phase([cell]), told(cell.key, 'allow', 'deny', 'unheard')), []);
    assert.deepEqual(judge(phase([cell]), []), []);
  });

  it('calls an unmet control phase a control that did not flip', () => {
    const at = phase([yes], { control: true });
    assert.deepEqual(kinds(at, told(yes.key, ...times('deny', 3))), ['invalid']);
    assert.match(message(at, told(yes.key, ...times('deny', 3))), /^the control did not flip: /);
  });

  it('judges every cell of a phase, and none of a phase without', () => {
    assert.deepEqual(
      kinds(phase([yes, no]), [...told(yes.key, ...times('deny', 3)), ...told(no.key, ...times('allow', 3))]),
      ['violation', 'violation'],
    );
    assert.deepEqual(judge({ name: PHASE, objects: [] }, []), []);
  });

  it('describes a cell as a person would', () => {
    assert.equal(
      describeCell(
        deny('c2', 'srv:8080', {
          method: 'POST',
          path: '/x',
          headers: [
            ['x-a', '1'],
            ['x-b', '2'],
          ],
        }),
      ),
      'c2 → srv:8080 POST /x x-a: 1, x-b: 2',
    );
    assert.equal(
      describeCell(deny('c2', 'srv:8300', { protocol: 'tcp', way: 'pod-ip' })),
      'c2 → srv:8300 TCP by pod-ip',
    );
  });
});
