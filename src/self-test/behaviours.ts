/** How each truth behaves on the wire. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { POD_HEADER } from '../../fixtures/agent/protocol.js';
import { createSeededRandom } from '../../fixtures/agent/seeded-random.js';
import { now } from '../run/clock.js';
import type { Truth, TruthReport } from './truths.js';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

export interface Behaviour {
  readonly answer: Answer;
  report(): TruthReport;
}

/** A report while it is still written. */
interface Seen {
  requests: number;
  closed: number;
  readonly arrivals: number[];
  readonly answeredBy: Record<string, number>;
  readonly glitches: [number, number][];
}

/** Timers are late by about as much: what is left is waited out in small steps. */
const TIMER_SLACK_MS = 1.5;

export function behave(truth: Truth): Behaviour {
  const seen: Seen = { requests: 0, closed: 0, arrivals: [], answeredBy: {}, glitches: [] };
  const answer = answersOf(truth, seen);
  return {
    answer: (request, response) => {
      seen.requests++;
      answer(request, response);
    },
    report: () => seen,
  };
}

function answersOf(truth: Truth, seen: Seen): Answer {
  const answerNow: Answer = (_request, response) => void response.end('ok');
  switch (truth.kind) {
    case 'instant':
      return answerNow;
    case 'stall':
      freezeEvery(truth.everyMs, truth.forMs);
      return answerNow;
    case 'delay':
      return (_request, response) => at(performance.now() + truth.ms, () => response.end('ok'));
    case 'busy':
      return (request, response) => {
        for (const until = performance.now() + truth.ms; performance.now() < until;);
        answerNow(request, response);
      };
    case 'closing':
      return (request, response) => {
        if (seen.requests % truth.every !== 0) return answerNow(request, response);
        seen.closed++;
        request.socket.destroy();
      };
    case 'arrivals':
      return (request, response) => {
        seen.arrivals.push(now());
        answerNow(request, response);
      };
    case 'split': {
      const random = createSeededRandom(truth.seed);
      return (_request, response) => {
        const pod = random() < truth.share ? 'a' : 'b';
        seen.answeredBy[pod] = (seen.answeredBy[pod] ?? 0) + 1;
        response.setHeader(POD_HEADER, pod).end('ok');
      };
    }
    case 'glitch': {
      glitchEvery(truth.everyMs, truth.forMs, seen.glitches);
      return (_request, response) => {
        const last = seen.glitches.at(-1);
        response.statusCode = last !== undefined && now() < last[1] ? 503 : 200;
        response.end('ok');
      };
    }
  }
}

/** Stops the whole process, as a garbage collector or a hypervisor does. */
function freezeEvery(everyMs: number, forMs: number): void {
  const cell = new Int32Array(new SharedArrayBuffer(4));
  const first = performance.now();
  const wait = (turn: number): void => {
    at(first + turn * everyMs, () => {
      Atomics.wait(cell, 0, 0, forMs);
      wait(turn + 1);
    });
  };
  wait(1);
}

/** A glitch begins when it is written down: a timer that is late delays it, and does not shorten it. */
function glitchEvery(everyMs: number, forMs: number, glitches: [number, number][]): void {
  setInterval(() => glitches.push([now(), now() + forMs]), everyMs);
}

function at(instant: number, act: () => void): void {
  const left = instant - performance.now();
  if (left <= 0) act();
  else if (left > TIMER_SLACK_MS) setTimeout(() => at(instant, act), left - TIMER_SLACK_MS);
  else setImmediate(() => at(instant, act));
}
