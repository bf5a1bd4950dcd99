/**
 * A case is a record: one behaviour, one stable id, its class, its spec reference, what it does and how it is judged.
 * `run` only gathers evidence; `judge` is pure and works on stored evidence alone.
 */
import type { ClientProtocol } from '../../fixtures/agent/protocol.js';
import type { Evidence } from '../evidence/records.js';
import type { Verdict } from '../judge/verdict.js';
import type { NamespaceMode, ServiceSpec } from '../mesh/driver.js';
import type { SmiObject, SmiProfile } from '../smi/model.js';
import type { CaseContext } from './context.js';

/** M: normative. X: only in an example of the spec. A: ambiguous; which reading a mesh takes never fails. */
export const CLASSES = ['M', 'X', 'A'] as const;
export type CaseClass = (typeof CLASSES)[number];
export const AREAS = ['access', 'specs', 'split', 'metrics', 'identity', 'crd'] as const;
export type Area = (typeof AREAS)[number];
export const PROFILES = ['smoke', 'core', 'extended', 'full'] as const;
export type ProfileName = (typeof PROFILES)[number];

/**
 * What a mesh must offer before a case makes sense: `kind:UDPRoute`, `protocol:udp`, `access:v1alpha2` (any one of a
 * comma-separated list), `mtls:strict`, `feature:NAME`, `identity:service-account`.
 */
export type Need = `${'kind' | 'protocol' | 'access' | 'specs' | 'split' | 'mtls' | 'feature' | 'identity'}:${string}`;

/**
 * One port of a pod is asked over gRPC and over HTTP/1.1. SMI has no word for what a port carries, and a mesh that is told so by its
 * services may speak HTTP/1.1 to the server whatever it was spoken to, which ends a gRPC call without its status.
 */
export const GRPC_BESIDE_HTTP: Need = 'feature:grpc-beside-http';

/** One question to the mesh: who asks whom for what, and what the spec says the answer is. */
export interface Cell {
  /** Unique within the phase. */
  readonly key: string;
  /** Pod, `c1` or `ns2/c1`. */
  readonly from: string;
  /** Service and port, `srv:8080`. */
  readonly to: string;
  readonly protocol: ClientProtocol;
  /** HTTP to a port that its service declares as plain TCP. */
  readonly over?: 'tcp';
  readonly method?: string;
  readonly path?: string;
  readonly headers?: readonly (readonly [string, string])[];
  /** `observe`: recorded for the judge, nothing expected. */
  readonly expect: 'allow' | 'deny' | 'observe';
  readonly count: number;
  /** Past the mesh: straight to the pod or cluster address, in plaintext. */
  readonly way?: 'pod-ip' | 'cluster-ip' | 'headless' | 'node-port';
}

/** In place of a name in `Sample.authority`. */
export const CLUSTER_IP = 'CLUSTER-IP';

/** How many of the answers each backend should give. */
export interface Sample {
  readonly key: string;
  readonly from: string;
  readonly to: string;
  /** HTTP/1.1 unless told. Of tcp each draw is a connection; h2c and grpc are streams of a single one, several under way at once. */
  readonly protocol?: 'http' | 'h2c' | 'grpc' | 'tcp';
  readonly n: number;
  readonly connections: number;
  /** Host as the client writes it, with the logical namespace: `root.ns1:8080`; `CLUSTER_IP` stands for the address of the service. */
  readonly authority?: string;
  readonly path?: string;
  readonly headers?: readonly (readonly [string, string])[];
  /** Backend → pods that belong to it. */
  readonly groups: Readonly<Record<string, readonly string[]>>;
  readonly expect: Expectation;
}

export type Expectation =
  | {
      readonly kind: 'shares';
      readonly shares: Readonly<Record<string, number>>;
      readonly delta: number;
      readonly power: number;
    }
  /** The negative control of `shares`: this very test must reject. */
  | {
      readonly kind: 'not-shares';
      readonly shares: Readonly<Record<string, number>>;
      readonly delta: number;
      readonly power: number;
    }
  | { readonly kind: 'only'; readonly backends: readonly string[] }
  | { readonly kind: 'all'; readonly backends: readonly string[] }
  /** A small share: at least one hit, no more than the exact test at `share` accepts. */
  | { readonly kind: 'present'; readonly backend: string; readonly share: number };

/** One state of the cluster and the questions asked in it. `objects` is the whole desired set of the case: what is missing is deleted. */
export interface Phase {
  readonly name: string;
  /** A change that must flip the result: the negative control. A control that does not flip leaves the case inconclusive. */
  readonly control?: true;
  readonly objects: readonly SmiObject[];
  /** Rules that name no matches stay so; otherwise their matches are written out (`spellOutMatches`). */
  readonly asWritten?: true;
  /** Nothing but the case's own objects: no marker on the servers asked, so no server control either; the control phase stands in for it. */
  readonly bare?: true;
  /** A half of a case that a mesh may lack: without these the phase is left out and said to be. */
  readonly needs?: readonly Need[];
  readonly profile?: Partial<SmiProfile>;
  readonly services?: readonly (Omit<ServiceSpec, 'namespace'> & { readonly namespace?: string })[];
  readonly mode?: { readonly namespace: string; readonly mode: NamespaceMode };
  readonly cells?: readonly Cell[];
  readonly samples?: readonly Sample[];
}

/** What a reader of `explain` and of a report needs to know of the sampling, fixed before a run. */
export interface SamplingPlan {
  readonly n: number;
  readonly alpha: number;
  readonly power: number;
  readonly unit: 'request' | 'connection';
  readonly note: string;
  /** The smallest deviations that are found with probability `power`, in words; of what a case measures in steps of its own nothing is said. */
  readonly finds: readonly string[];
}

export interface CaseRecord {
  readonly id: string;
  readonly class: CaseClass;
  readonly area: Area;
  readonly title: string;
  readonly spec: { readonly ref: string; readonly phrase: string };
  readonly needs: readonly Need[];
  /** Name of the workload set. */
  readonly fixture: string;
  readonly profiles: readonly ProfileName[];
  /** Named defects of the reference mesh that this case must notice. */
  readonly catches: readonly string[];
  /** It sends what a mesh need not bear: one that stops for everybody would decide the cases beside it, so there are none. */
  readonly alone?: true;
  /** It starts pods of its own, which takes long: it begins early, so that nobody waits for it in the end. */
  readonly startsPods?: true;
  readonly plan: SamplingPlan;
  /** In words: set-up, traffic, expectation, control. */
  readonly setup: string;
  readonly expectation: string;
  readonly control: string;
  /** Closed list of readings (class A). */
  readonly variants?: readonly string[];
  /** Static phases, when the case has them: `explain` prints them and unit tests synthesise evidence from them. */
  readonly phases?: readonly Phase[];
  run(ctx: CaseContext): Promise<void>;
  judge(evidence: Evidence): Verdict;
}
