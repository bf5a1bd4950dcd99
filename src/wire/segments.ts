/** TCP segments out of captured frames: as much of Ethernet, IP and TCP as it takes to find the payload. */
import type { CapturedFrame } from './pcap.js';

export interface Segment {
  /** `10.0.0.1:8080`. */
  readonly from: string;
  readonly to: string;
  readonly sequence: number;
  readonly opensConnection: boolean;
  readonly payload: Buffer;
}

const LINK = { ethernet: 1, raw: 101, linuxCooked: 113, linuxCooked2: 276 } as const;
/** The kind of device in a "cooked" header that is a loopback interface: what travels there has not left the pod. */
const LOOPBACK_DEVICE = 772;
const IPV4 = 0x0800;
const IPV6 = 0x86dd;
const VLAN = 0x8100;
const TCP = 6;
const SYN = 0x02;

/** Undefined for everything that is not TCP, and for what went over a loopback device where the capture tells. */
export function readSegment(frame: CapturedFrame): Segment | undefined {
  const network = networkOf(frame);
  if (network === undefined) return undefined;
  try {
    return network.protocol === IPV6 ? fromIpv6(network.packet) : fromIpv4(network.packet);
  } catch (error) {
    // A packet that says it is longer than it is.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function networkOf({ linkType, bytes }: CapturedFrame): { protocol: number; packet: Buffer } | undefined {
  switch (linkType) {
    case LINK.ethernet: {
      if (bytes.length < 14) return undefined;
      const isTagged = bytes.readUInt16BE(12) === VLAN && bytes.length >= 18;
      const at = isTagged ? 16 : 12;
      return { protocol: bytes.readUInt16BE(at), packet: bytes.subarray(at + 2) };
    }
    case LINK.linuxCooked:
      if (bytes.length < 16 || bytes.readUInt16BE(2) === LOOPBACK_DEVICE) return undefined;
      return { protocol: bytes.readUInt16BE(14), packet: bytes.subarray(16) };
    case LINK.linuxCooked2:
      if (bytes.length < 20 || bytes.readUInt16BE(8) === LOOPBACK_DEVICE) return undefined;
      return { protocol: bytes.readUInt16BE(0), packet: bytes.subarray(20) };
    case LINK.raw:
      return bytes.length === 0 ? undefined : { protocol: bytes[0]! >> 4 === 6 ? IPV6 : IPV4, packet: bytes };
    default:
      return undefined;
  }
}

function fromIpv4(packet: Buffer): Segment | undefined {
  if (packet.readUInt8(0) >> 4 !== 4 || packet.readUInt8(9) !== TCP) return undefined;
  const header = (packet.readUInt8(0) & 0x0f) * 4;
  // Hardware segments what is sent: a length of 0 then stands for one that does not fit.
  const length = packet.readUInt16BE(2) || packet.length;
  const address = (at: number): string => [...packet.subarray(at, at + 4)].join('.');
  return fromTcp(packet.subarray(header, length), address(12), address(16));
}

/** Without extension headers: nobody puts any before TCP. */
function fromIpv6(packet: Buffer): Segment | undefined {
  if (packet.readUInt8(0) >> 4 !== 6 || packet.readUInt8(6) !== TCP) return undefined;
  const length = packet.readUInt16BE(4) || packet.length - 40;
  const address = (at: number): string =>
    `[${Array.from({ length: 8 }, (_, word) => packet.readUInt16BE(at + 2 * word).toString(16)).join(':')}]`;
  return fromTcp(packet.subarray(40, 40 + length), address(8), address(24));
}

function fromTcp(segment: Buffer, source: string, destination: string): Segment {
  const header = (segment.readUInt8(12) >> 4) * 4;
  return {
    from: `${source}:${segment.readUInt16BE(0)}`,
    to: `${destination}:${segment.readUInt16BE(2)}`,
    sequence: segment.readUInt32BE(4),
    opensConnection: (segment.readUInt8(13) & SYN) !== 0,
    payload: segment.subarray(header),
  };
}
