/** Capture files (pcap): a header, then records of one packet each. */

export interface CapturedFrame {
  /** How its first bytes are to be read: a LINKTYPE_ number. */
  readonly linkType: number;
  readonly bytes: Buffer;
}

const HEADER_BYTES = 24;
const RECORD_BYTES = 16;
/** As a little-endian machine finds them: with microseconds and with nanoseconds. */
const MAGIC = { little: [0xa1b2c3d4, 0xa1b23c4d], big: [0xd4c3b2a1, 0x4d3cb2a1] } as const;

/** The packets of a capture file, in the order they were seen. A record that is cut off at the end is left out. */
export function readPcap(file: Buffer): readonly CapturedFrame[] {
  if (file.length < HEADER_BYTES) return [];
  const magic = file.readUInt32LE(0);
  const isLittle = MAGIC.little.some((known) => known === magic);
  if (!isLittle && !MAGIC.big.some((known) => known === magic))
    throw new Error(`not a capture file: it begins with ${file.subarray(0, 4).toString('hex')}`);
  const uint32 = (at: number): number => (isLittle ? file.readUInt32LE(at) : file.readUInt32BE(at));
  const linkType = uint32(20);
  const frames: CapturedFrame[] = [];
  for (let at = HEADER_BYTES; at + RECORD_BYTES <= file.length;) {
    const start = at + RECORD_BYTES;
    const end = start + uint32(at + 8);
    if (end > file.length) break;
    frames.push({ linkType, bytes: file.subarray(start, end) });
    at = end;
  }
  return frames;
}
