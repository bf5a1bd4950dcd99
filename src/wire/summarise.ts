/** What a capture shows: how much travelled, whether it was TLS, and whether a text that was sent can be read in it. */
import { readPcap } from './pcap.js';
import { readSegment, type Segment } from './segments.js';

export interface WireSummary {
  /** TCP packets to and from the port. */
  readonly packets: number;
  /** Bytes that they carried. */
  readonly payloadBytes: number;
  /** Connections with payload, each direction by itself. */
  readonly flows: number;
  /** Of these, such as begin with the header of a TLS record. */
  readonly tlsFlows: number;
  /** Of these, such as begin with a handshake (16 03): the others were open before. */
  readonly handshakes: number;
  /** How often the marker could be read. */
  readonly markers: number;
  /** How the first payload begins, in hexadecimal. */
  readonly firstBytes: string;
}

const FIRST_BYTES = 8;
const HALF = 2 ** 31;
/** change_cipher_spec, alert, handshake, application_data. */
const RECORD_TYPES = { first: 0x14, last: 0x17 } as const;
const HANDSHAKE = 0x16;
/** All versions bear this number as their first. */
const MAJOR_VERSION = 3;
const LONGEST_RECORD = 2 ** 14 + 2048;
const RECORD_HEADER = 5;

export function summariseWire(pcap: Buffer, marker: string): WireSummary {
  const segments = readPcap(pcap).flatMap((frame) => readSegment(frame) ?? []);
  const flows = [...groupFlows(segments).values()].map(joinSegments).filter((runs) => runs.length > 0);
  const begins = flows.flatMap(([first]) => first ?? []);
  return {
    packets: segments.length,
    payloadBytes: segments.reduce((sum, { payload }) => sum + payload.length, 0),
    flows: flows.length,
    tlsFlows: begins.filter(isTlsRecord).length,
    handshakes: begins.filter((run) => isTlsRecord(run) && run[0] === HANDSHAKE).length,
    markers: flows.flat().reduce((sum, run) => sum + count(run, Buffer.from(marker)), 0),
    firstBytes: firstPayload(segments)
      .toString('hex')
      .replace(/..(?=.)/g, '$& '),
  };
}

function firstPayload(segments: readonly Segment[]): Buffer {
  return segments.find(({ payload }) => payload.length > 0)?.payload.subarray(0, FIRST_BYTES) ?? Buffer.alloc(0);
}

function groupFlows(segments: readonly Segment[]): ReadonlyMap<string, readonly Segment[]> {
  const flows = new Map<string, Segment[]>();
  // A port that is used again begins another flow.
  const generations = new Map<string, number>();
  for (const segment of segments) {
    const pair = `${segment.from} ${segment.to}`;
    const opened = (generations.get(pair) ?? 0) + (segment.opensConnection ? 1 : 0);
    generations.set(pair, opened);
    const key = `${pair} ${opened}`;
    const flow = flows.get(key);
    if (flow === undefined) flows.set(key, [segment]);
    else flow.push(segment);
  }
  return flows;
}

/** The bytes of one direction in their order, each once; a gap in the capture begins another run. */
function joinSegments(segments: readonly Segment[]): readonly Buffer[] {
  const carrying = segments.filter(({ payload }) => payload.length > 0);
  const [first] = carrying;
  if (first === undefined) return [];
  const offset = ({ sequence }: Segment): number => {
    const distance = (sequence - first.sequence) >>> 0;
    return distance >= HALF ? distance - 2 * HALF : distance;
  };
  const ordered = carrying.map((segment) => ({ at: offset(segment), bytes: segment.payload }));
  ordered.sort((a, b) => a.at - b.at);
  const runs: Buffer[][] = [];
  let end = -Infinity;
  for (const { at, bytes } of ordered) {
    if (at > end) runs.push([]);
    const fresh = at > end ? bytes : bytes.subarray(end - at);
    runs.at(-1)?.push(fresh);
    end = Math.max(end, at + bytes.length);
  }
  return runs.map((parts) => Buffer.concat(parts));
}

function isTlsRecord(bytes: Buffer): boolean {
  if (bytes.length < RECORD_HEADER) return false;
  const type = bytes.readUInt8(0);
  const isType = type >= RECORD_TYPES.first && type <= RECORD_TYPES.last;
  return isType && bytes.readUInt8(1) === MAJOR_VERSION && bytes.readUInt16BE(3) <= LONGEST_RECORD;
}

function count(bytes: Buffer, text: Buffer): number {
  let found = 0;
  for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + text.length)) found += 1;
  return found;
}
