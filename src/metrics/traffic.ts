/** What a proxy has counted of HTTP requests since it began, by who asked whom: the ground of the metrics API, whatever proxy it is. */
import { mergeHistograms, type Histogram } from './histogram.js';

/** A pod or a service. */
export interface Named {
  readonly namespace: string;
  readonly name: string;
}

/** What a certificate says of a peer. */
export interface Account {
  readonly namespace: string;
  readonly serviceAccount: string;
}

/** Answers with a status below 500 are successes; a status from 500 on, and no answer at all, are failures. */
export interface Counted {
  readonly success: number;
  readonly failure: number;
  readonly latency: Histogram;
}

/** Seen by the proxy of the pod that asked. */
export interface ClientCount extends Counted {
  readonly side: 'client';
  readonly from: Named;
  readonly to: {
    /** Absent: no pod was asked, or the proxy cannot tell which one. */
    readonly pod?: Named;
    /** The service whose pods it chose from. */
    readonly service?: Named;
  };
  /** The service that was called, when the proxy tells it apart from the one that a split chose. */
  readonly called?: Named;
}

/** Seen by the proxy of the pod that was asked. */
export interface ServerCount extends Counted {
  readonly side: 'server';
  readonly to: Named;
  /** Absent: a peer without identity, or a proxy that does not tell peers apart. */
  readonly from?: Account;
}

export type TrafficCount = ClientCount | ServerCount;

/** One look at one proxy. */
export interface TrafficReading {
  /** The pod it stands beside. */
  readonly proxy: Named;
  readonly counts: readonly TrafficCount[];
}

export const NOTHING: Counted = { success: 0, failure: 0, latency: [] };

export const keyOf = ({ namespace, name }: Named): string => `${namespace}/${name}`;

export function addUp(counts: readonly Counted[]): Counted {
  return {
    success: counts.reduce((sum, { success }) => sum + success, 0),
    failure: counts.reduce((sum, { failure }) => sum + failure, 0),
    latency: mergeHistograms(counts.map(({ latency }) => latency)),
  };
}
