/** Captures made by hand: frames of TCP segments in a file as tcpdump writes it. */

export interface HandMade {
  readonly from?: number;
  readonly to?: number;
  readonly sequence: number;
  readonly text?: string;
  readonly bytes?: readonly number[];
  readonly syn?: true;
}

export type Link = 'ethernet' | 'vlan' | 'cooked' | 'cooked2' | 'raw';
const LINK_TYPES: Readonly<Record<Link, number>> = { ethernet: 1, vlan: 1, cooked: 113, cooked2: 276, raw: 101 };
const IPV4 = 0x0800;
const IPV6 = 0x86dd;
const ETHERNET_DEVICE = 1;
export const LOOPBACK_DEVICE = 772;

export interface Options {
  readonly link?: Link;
  readonly ip?: 4 | 6;
  readonly bigEndian?: true;
  readonly device?: number;
}

export function capture(segments: readonly HandMade[], options: Options = {}): Buffer {
  const { link = 'ethernet', bigEndian = false } = options;
  const numbers = (...values: readonly number[]): Buffer => {
    const buffer = Buffer.alloc(values.length * 4);
    values.forEach((value, index) =>
      bigEndian ? buffer.writeUInt32BE(value, index * 4) : buffer.writeUInt32LE(value, index * 4),
    );
    return buffer;
  };
  const header = numbers(0xa1b2c3d4, bigEndian ? 0x00020004 : 0x00040002, 0, 0, 2 ** 18, LINK_TYPES[link]);
  const records = segments.map((segment) => {
    const frame = frameOf(segment, options);
    return Buffer.concat([numbers(0, 0, frame.length, frame.length), frame]);
  });
  return Buffer.concat([header, ...records]);
}

function frameOf(segment: HandMade, { link = 'ethernet', ip = 4, device = ETHERNET_DEVICE }: Options): Buffer {
  const packet = ip === 4 ? ipv4(tcp(segment)) : ipv6(tcp(segment));
  const type = uint16(ip === 4 ? IPV4 : IPV6);
  switch (link) {
    case 'ethernet':
      return Buffer.concat([Buffer.alloc(12), type, packet]);
    case 'vlan':
      return Buffer.concat([Buffer.alloc(12), uint16(0x8100), uint16(7), type, packet]);
    case 'cooked':
      return Buffer.concat([uint16(0), uint16(device), Buffer.alloc(10), type, packet]);
    case 'cooked2':
      return Buffer.concat([type, Buffer.alloc(6), uint16(device), Buffer.alloc(10), packet]);
    case 'raw':
      return packet;
  }
}

function ipv4(payload: Buffer): Buffer {
  const header = Buffer.alloc(20);
  header[0] = 0x45;
  header.writeUInt16BE(20 + payload.length, 2);
  header[9] = 6;
  header.set([10, 0, 0, 1], 12);
  header.set([10, 0, 0, 2], 16);
  return Buffer.concat([header, payload]);
}

function ipv6(payload: Buffer): Buffer {
  const header = Buffer.alloc(40);
  header[0] = 0x60;
  header.writeUInt16BE(payload.length, 4);
  header[6] = 6;
  header[23] = 1;
  header[39] = 2;
  return Buffer.concat([header, payload]);
}

function tcp({ from = 40_000, to = 8080, sequence, text = '', bytes, syn }: HandMade): Buffer {
  const header = Buffer.alloc(20);
  header.writeUInt16BE(from, 0);
  header.writeUInt16BE(to, 2);
  header.writeUInt32BE(sequence >>> 0, 4);
  header[12] = 0x50;
  header[13] = syn === true ? 0x02 : 0x10;
  return Buffer.concat([header, bytes === undefined ? Buffer.from(text) : Buffer.from(bytes)]);
}

function uint16(value: number): Buffer {
  const buffer = Buffer.alloc(2);
  buffer.writeUInt16BE(value, 0);
  return buffer;
}
