/** Looking at the wire of a pod: what every environment that can do so offers. */

/** The wire cannot be looked at here, and why: no privilege, no tool. What would have been seen is unknown. */
export class CannotCapture extends Error {}

export interface Captured {
  /** TCP packets in the format of a capture file, as Wireshark opens it. */
  readonly pcap: Buffer;
  /** Packets that the kernel saw and could not hand over. */
  readonly dropped: number;
}

/** A capture that goes on. */
export interface WireCapture {
  /** Ends it, once all that has travelled until now is in. */
  stop(): Promise<Captured>;
}

/** One port of a pod, as its packets bear it. */
export interface WirePlace {
  readonly ip: string;
  readonly port: number;
}
