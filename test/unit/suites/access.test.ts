import assert from 'node:assert/strict';
import { accessCases } from '../../../suites/access/index.js';
import type { Cell } from '../../../src/cases/case.js';
import { proveCase } from './case-proofs.js';
import {
  caseOf,
  fates,
  judge,
  knocking,
  PROBES,
  RESYNCS,
  seen,
  SWAP,
  swapping,
  TWIN,
  withSteps,
  type Fates,
} from './access-evidence.js';
import { CORRECT, DEFECTS, evidenceFrom } from './specs-mesh.js';
import { fact, repeat, withLines, withoutClients, withoutLines, type Answer, type Behaviour } from './synthetic.js';

/** What each class A case records on a correct mesh. */
const RECORDED: Readonly<Record<string, string>> = {
  'ACC-14': 'allowed',
  'ACC-21': 'admitted and ignored',
  'ACC-22': 'the namespace of the target',
  'ACC-23': 'the namespace of the target',
  'ACC-26': 'the unknown name is skipped',
  'ACC-29': 'http: drained; tcp: cut at once; websocket: survives until closed',
  'ACC-36': 'denied; tried service, own address',
};
/** Of these nothing at all is normative: they never fail. */
const NEVER_FAIL = ['ACC-29', 'ACC-36'];

describe('suites/access', () => {
  it('lists its cases once each, by id, with what a report needs', () => {
    const ids = accessCases.map(({ id }) => id);
    assert.equal(ids.length, 38);
    assert.deepEqual(ids, [...new Set(ids)].sort());
    for (const { id, class: grade, variants, catches, spec } of accessCases) {
      assert.equal(grade === 'A', variants !== undefined, `${id} has a closed list of readings`);
      assert.equal(catches.length > 0, !NEVER_FAIL.includes(id), id);
      assert.ok(spec.phrase.length >= 8, id);
    }
  });

  for (const record of accessCases) {
    describe(`${record.id} ${record.title}`, () => proveCase(record, seen, RECORDED[record.id]));
  }

  it('catches every defect but that of expressions, which the specs suite is there for', () => {
    const caught = new Set(accessCases.flatMap(({ catches }) => catches));
    assert.deepEqual(
      Object.keys(DEFECTS).filter((defect) => !caught.has(defect)),
      ['prefix-path'],
    );
  });
});

describe('ACC-10 at every re-sync', () => {
  const rounds = (refused: (round: number) => boolean): Behaviour => ({
    cell: (phase, cell) =>
      phase.name.startsWith('re-sync') && refused(Number(phase.name.split(' ')[1]))
        ? ['srv', ...repeat(null, cell.count - 1)]
        : undefined,
  });

  it('calls an answer that comes and goes non-deterministic', () => {
    const { verdict, reason } = judge(
      'ACC-10',
      CORRECT,
      rounds((round) => round % 7 === 0),
    );
    assert.equal(verdict, 'fail');
    assert.equal(reason, 'non-deterministic: c2 was refused in 2 of 20 re-sync rounds');
  });

  it('calls an answer that is always wrong a violation', () => {
    const { verdict, reason } = judge(
      'ACC-10',
      CORRECT,
      rounds(() => true),
    );
    assert.deepEqual([verdict, reason], ['fail', 'c2 was refused in 20 of 20 re-sync rounds']);
  });

  it('proves nothing when a round is missing', () => {
    const { verdict, reason } = caseOf('ACC-10').judge(
      withoutClients(seen(caseOf('ACC-10'), CORRECT), `re-sync ${RESYNCS}`),
    );
    assert.deepEqual([verdict, reason], ['inconclusive', '1 of 20 re-sync rounds are not on record']);
  });
});

describe('ACC-18 without UDP', () => {
  const record = caseOf('ACC-18');
  const tcpHalf = (mesh = CORRECT) =>
    withoutLines(evidenceFrom(record, mesh), (line) => line.kind !== 'case' && line.phase === 'TCP and UDP');
  const leftOut = [fact('TCP and UDP', 'left out', 'protocol:udp')];

  it('passes on its TCP half and says what is missing', () => {
    const { verdict, reason } = record.judge(withLines(tcpHalf(), leftOut));
    assert.equal(verdict, 'pass');
    assert.match(reason, /left out: TCP and UDP, for want of protocol:udp/);
  });

  it('fails on its TCP half', () => {
    const { verdict } = record.judge(withLines(tcpHalf(DEFECTS['any-identity']), leftOut));
    assert.equal(verdict, 'fail');
  });

  it('proves nothing when the half is missing and nobody left it out', () => {
    assert.equal(record.judge(tcpHalf()).verdict, 'inconclusive');
  });
});

describe('ACC-29 what becomes of open connections', () => {
  const record = caseOf('ACC-29');
  const told = (all: Fates) => record.judge(withSteps('ACC-29', fates(all)));
  const cut = [false, false] as const;

  it('tells the fates of each protocol apart', () => {
    assert.equal(
      told({ http: [true, true], tcp: [true, false], websocket: cut }).variant,
      'http: survives until closed; tcp: drained; websocket: cut at once',
    );
    assert.equal(
      told({ http: cut, tcp: cut, websocket: cut }).variant,
      'http: cut at once; tcp: cut at once; websocket: cut at once',
    );
  });

  it('says which connection could not be opened, and reads nothing when none could', () => {
    const one = told({ http: [true, true], tcp: undefined, websocket: cut });
    assert.deepEqual(
      [one.verdict, one.variant],
      ['recorded', 'http: survives until closed; tcp: not opened; websocket: cut at once'],
    );
    const none = told({ http: undefined, tcp: undefined, websocket: undefined });
    assert.deepEqual([none.verdict, none.reason], ['inconclusive', 'not one connection could be opened']);
  });

  it('reads nothing when a session is not on record', () => {
    const { verdict, variant, reason } = told({ http: [true, true], tcp: cut });
    assert.deepEqual([verdict, variant], ['inconclusive', undefined]);
    assert.match(reason, /the websocket connection is not on record/);
    const all = fates({ http: [true, true], tcp: cut, websocket: cut });
    for (const cell of ['http at once', 'tcp later']) {
      const rest = all.filter((line) => !(line.kind === 'client' && line.cell === cell));
      assert.equal(record.judge(withSteps('ACC-29', rest)).verdict, 'inconclusive', cell);
    }
  });

  it('never fails: where access was not revoked there is nothing to watch', () => {
    const { verdict, reason } = judge('ACC-29', DEFECTS['revocation-ignored'] ?? CORRECT);
    assert.equal(verdict, 'inconclusive');
    assert.match(reason, /the control did not flip: revoked/);
  });
});

describe('ACC-30 during the swap', () => {
  const half = PROBES / 2;
  const swap = (streams: Readonly<Record<string, readonly Answer[]>>) =>
    caseOf('ACC-30').judge(
      withSteps(
        'ACC-30',
        Object.entries(streams).flatMap(([client, answers]) => swapping(client, answers)),
      ),
    );
  const until = (end: number): Answer[] => [...repeat('srv', end), ...repeat(null, PROBES - end)];
  const from = (start: number): Answer[] => [...repeat(null, start), ...repeat('srv', PROBES - start)];
  const nobody = repeat(null, PROBES);

  it('fails when the third client is let in even once', () => {
    const { verdict, reason } = swap({
      c1: until(half),
      c2: from(half),
      c3: [...repeat(null, half), 'srv', ...repeat(null, half - 1)],
    });
    assert.equal(verdict, 'fail');
    assert.match(reason, /c3, in neither list, was let in 1 times/);
  });

  it('fails when the third client only saw a failure, but its request arrived', () => {
    const evidence = withSteps('ACC-30', [
      ...swapping('c1', until(half)),
      ...swapping('c2', from(half)),
      ...swapping('c3', ['srv', ...repeat(null, PROBES - 1)]).map((line) =>
        line.kind === 'client' ? { ...line, ok: false } : line,
      ),
    ]);
    assert.equal(caseOf('ACC-30').judge(evidence).verdict, 'fail');
  });

  it('measures the gap and the overlap', () => {
    const gap = swap({ c1: until(20), c2: from(40), c3: nobody });
    assert.deepEqual([gap.verdict, gap.variant], ['pass', 'gap of 21 ms in which neither is allowed']);
    const overlap = swap({ c1: until(40), c2: from(20), c3: nobody });
    assert.deepEqual([overlap.verdict, overlap.variant], ['pass', 'overlap of 19 ms in which both are allowed']);
    const unseen = swap({ c1: nobody, c2: from(20), c3: nobody });
    assert.deepEqual([unseen.verdict, unseen.variant], ['pass', 'neither seen during the change']);
  });

  it('proves nothing with too few probes of any client', () => {
    for (const quiet of ['c1', 'c2', 'c3']) {
      const { verdict, reason } = swap({
        c1: until(half),
        c2: from(half),
        c3: nobody,
        [quiet]: repeat(null, 9),
      });
      assert.equal(verdict, 'inconclusive', quiet);
      assert.match(reason, /fewer than 10 probes/);
    }
    assert.equal(caseOf('ACC-30').judge(withoutClients(seen(caseOf('ACC-30'), CORRECT), SWAP)).verdict, 'inconclusive');
  });
});

describe('ACC-31 past the proxy', () => {
  const record = caseOf('ACC-31');
  const ALL = ['pod-ip', 'cluster-ip', 'headless', 'node-port'] as const;
  const entering = (client: string, way: Cell['way']): Behaviour => ({
    cell: (_phase, cell) => (cell.from === client && cell.way === way ? [...repeat(null, 19), 'srv'] : undefined),
  });

  it('fails on each way that one client finds, even once', () => {
    for (const client of ['stranger', 'c2', 'c1']) {
      for (const way of ALL) {
        const { verdict, reason } = record.judge(evidenceFrom(knocking(ALL), CORRECT, entering(client, way)));
        assert.equal(verdict, 'fail', `${client} by ${way}`);
        assert.equal(reason, `${client} got in by ${way} without being listed or without its proxy`);
      }
    }
  });

  it('says which ways it tried', () => {
    const some = record.judge(evidenceFrom(knocking(['pod-ip', 'node-port']), CORRECT));
    assert.deepEqual([some.verdict, some.variant], ['pass', 'no bypass; tried pod-ip, node-port']);
  });

  it('proves nothing when no way could be tried', () => {
    const { verdict, reason } = record.judge(evidenceFrom(knocking([]), CORRECT));
    assert.deepEqual([verdict, reason], ['inconclusive', 'no way past the proxy was tried']);
  });

  it('proves nothing when the client outside is blind, or its twin is missing', () => {
    const blind: Behaviour = {
      cell: (_phase, cell) => (cell.key === TWIN.key ? ['stranger', 'stranger', null] : undefined),
    };
    for (const evidence of [evidenceFrom(knocking(ALL), CORRECT, blind), evidenceFrom(knocking(ALL, []), CORRECT)]) {
      const { verdict, reason } = record.judge(evidence);
      assert.equal(verdict, 'inconclusive');
      assert.match(reason, /did not even reach its own server/);
    }
  });

  it('does not let a blind twin hide a bypass', () => {
    const evidence = evidenceFrom(knocking(ALL, []), CORRECT, entering('stranger', 'pod-ip'));
    assert.equal(record.judge(evidence).verdict, 'fail');
  });
});
