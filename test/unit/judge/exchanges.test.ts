import assert from 'node:assert/strict';
import fc from 'fast-check';
import { joinExchanges, signatures } from '../../../src/judge/exchanges.js';
import { client, evidence, PHASE, server, told } from './records.js';

describe('judge/exchanges', () => {
  it('calls an exchange by what both ends saw', () => {
    const joined = joinExchanges(evidence(...told('q', 'allow', 'deny', 'unheard', 'lost')));
    assert.deepEqual(
      joined.of(PHASE, 'q').map(({ outcome }) => outcome),
      ['allow', 'deny', 'inconsistent', 'inconsistent'],
    );
  });

  it('joins by id alone: order and phase of the server line do not matter', () => {
    const lines = [server('a', { phase: 'after' }), client('b', 'q', true), client('a', 'q', true), server('b')];
    assert.deepEqual(
      joinExchanges(evidence(...lines))
        .of(PHASE, 'q')
        .map(({ outcome }) => outcome),
      ['allow', 'allow'],
    );
    fc.assert(
      fc.property(fc.shuffledSubarray(lines, { minLength: lines.length }), (shuffled) => {
        const outcomes = joinExchanges(evidence(...shuffled))
          .of(PHASE, 'q')
          .map(({ outcome }) => outcome);
        assert.deepEqual(outcomes, ['allow', 'allow']);
      }),
    );
  });

  it('keeps every server that saw a request, and no request without an id', () => {
    const lines = [
      client('a', 'q', true),
      server('a'),
      server('a', { pod: 'other' }),
      client('', 'q', false),
      server(''),
    ];
    const seen = joinExchanges(evidence(...lines)).of(PHASE, 'q');
    assert.deepEqual(
      seen.map(({ servers }) => servers.map(({ pod }) => pod)),
      [['srv', 'other'], []],
    );
  });

  it('keeps phases and cells apart, and knows nothing of others', () => {
    const joined = joinExchanges(
      evidence(client('a', 'q', true), client('b', 'q', true, { phase: 'two' }), client('c', 'other', true)),
    );
    assert.deepEqual(
      [joined.of(PHASE, 'q').length, joined.of('two', 'q').length, joined.of('three', 'q').length],
      [1, 1, 0],
    );
  });

  it('finds the gate of a phase', () => {
    const gate = { kind: 'gate', phase: PHASE, t: 1, converged: true, deadlineMs: 1000, probes: 3 } as const;
    const joined = joinExchanges(evidence(gate));
    assert.deepEqual([joined.gate(PHASE), joined.gate('two')], [gate, undefined]);
  });

  it('counts how refusals looked', () => {
    const lines = [
      client('a', 'q', false),
      client('b', 'q', false, { error: { code: 'ECONNRESET', message: 'reset' } }),
      client('c', 'q', false),
      { ...client('d', 'q', false), status: undefined },
    ];
    const seen = joinExchanges(
      evidence(...lines.map(({ status, ...line }) => (status === undefined ? line : { ...line, status }))),
    ).of(PHASE, 'q');
    assert.equal(signatures(seen), '403×2, ECONNRESET×1, no answer×1');
  });
});
