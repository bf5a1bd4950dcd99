/** What a capture says about protection: only together with its twin, which must have been able to read what was sent. */
import { asWireFact } from '../../src/cases/wire.js';
import { invalid, type Finding } from '../../src/judge/findings.js';
import type { Json } from '../../src/smi/model.js';

export interface WireFindings {
  readonly findings: readonly Finding[];
  readonly isLegible: boolean;
  readonly words: string;
}

const UNSEEN = { isLegible: false, words: 'the wire unseen' } as const;

export function judgeWire(meshed: Json | undefined, twin: Json | undefined): WireFindings {
  const [seen, plain] = [asWireFact(meshed), asWireFact(twin)];
  const blind = (why: string): WireFindings => ({ ...UNSEEN, findings: [invalid(why)] });
  if (seen === undefined || plain === undefined) return blind('the wire was not looked at');
  if ('impossible' in seen) return blind(`the wire could not be looked at: ${seen.impossible}`);
  if ('impossible' in plain) return blind(`the wire of the twin could not be looked at: ${plain.impossible}`);
  if (plain.markers === 0)
    return blind('the capture did not read the marker between pods outside the mesh either, so that it proves nothing');
  if (seen.markers > 0) return { findings: [], isLegible: true, words: 'legible on the wire' };
  if (seen.payloadBytes === 0) return blind('not one byte of the marked requests was captured');
  if (seen.dropped > 0) return blind(`${seen.dropped} packets of the marked requests were lost to the capture`);
  const words =
    seen.tlsFlows === seen.flows
      ? 'TLS records and nothing legible on the wire'
      : `nothing legible on the wire, but not all of it TLS (it begins ${seen.firstBytes})`;
  return { findings: [], isLegible: false, words };
}
