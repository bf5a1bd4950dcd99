/**
 * The version-neutral SMI model: what a user means, free of any one API version's shape.
 * Parsing turns manifests of any released version into it; rendering turns it back and reports what a version cannot carry.
 * @see https://github.com/servicemeshinterface/smi-spec (revision cc4babd)
 */

/** Name, namespace and the usual string maps of a Kubernetes object. */
export interface ObjectMeta {
  readonly name: string;
  readonly namespace: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A service identity: SMI defines it as a Kubernetes ServiceAccount; other kinds parse but grant nothing. */
export interface IdentityRef {
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
}

/** One rule of a TrafficTarget: a traffic spec by kind and name, in the target's own namespace. */
export interface RuleRef {
  readonly kind: string;
  readonly name: string;
  /** Names of matches inside the spec; omitted means all of them (an OR). */
  readonly matches?: readonly string[];
}

export interface TrafficTarget {
  readonly kind: 'TrafficTarget';
  readonly metadata: ObjectMeta;
  /** `port` exists in access v1alpha1 and v1alpha2 only. */
  readonly destination: IdentityRef & { readonly port?: number };
  readonly rules: readonly RuleRef[];
  readonly sources: readonly IdentityRef[];
}

/** One header filter: header name (case-insensitive, RFC 9110) and regular expression. Filters of one match are ANDed. */
export interface HeaderFilter {
  readonly name: string;
  readonly regex: string;
}

export interface HttpMatch {
  readonly name: string;
  readonly pathRegex?: string;
  readonly methods?: readonly string[];
  readonly headers?: readonly HeaderFilter[];
}

export interface HTTPRouteGroup {
  readonly kind: 'HTTPRouteGroup';
  readonly metadata: ObjectMeta;
  readonly matches: readonly HttpMatch[];
}

/** `ports: []` means all ports (specs v1alpha4: "the TCP route will match all the ports"). */
export interface TCPRoute {
  readonly kind: 'TCPRoute';
  readonly metadata: ObjectMeta;
  readonly ports: readonly number[];
}

export interface UDPRoute {
  readonly kind: 'UDPRoute';
  readonly metadata: ObjectMeta;
  readonly ports: readonly number[];
}

export interface SplitBackend {
  readonly service: string;
  /** In units of 1: a v1alpha1 Quantity of `500m` is 0.5 here. Only ratios matter. */
  readonly weight: number;
}

export interface SplitMatch {
  readonly kind: string;
  readonly name: string;
  readonly apiGroup?: string;
}

export interface TrafficSplit {
  readonly kind: 'TrafficSplit';
  readonly metadata: ObjectMeta;
  readonly service: string;
  readonly backends: readonly SplitBackend[];
  /** Header-matched splits, split v1alpha3 and later. */
  readonly matches?: readonly SplitMatch[];
}

/** Reference to a Kubernetes object inside TrafficMetrics. */
export interface ObjectReference {
  readonly kind?: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly apiVersion?: string;
}

export interface Metric {
  readonly name: string;
  readonly unit?: string;
  /** A Kubernetes Quantity in its number form: `10m` is 0.01. */
  readonly value: number;
}

export interface TrafficMetrics {
  readonly kind: 'TrafficMetrics';
  readonly metadata: ObjectMeta;
  readonly resource: ObjectReference;
  readonly edge?: {
    readonly direction: 'to' | 'from';
    readonly side?: 'client' | 'server';
    readonly resource?: ObjectReference;
  };
  readonly backend?: { readonly apex: string; readonly name: string; readonly weight: number };
  /** RFC 3339. */
  readonly timestamp: string;
  readonly window: string;
  readonly metrics: readonly Metric[];
}

export type SmiObject = TrafficTarget | HTTPRouteGroup | TCPRoute | UDPRoute | TrafficSplit | TrafficMetrics;
export type SmiKind = SmiObject['kind'];

export type SmiGroup = 'access' | 'specs' | 'split' | 'metrics';
export type AccessVersion = 'v1alpha1' | 'v1alpha2' | 'v1alpha3';
export type SpecsVersion = 'v1alpha1' | 'v1alpha2' | 'v1alpha3' | 'v1alpha4';
export type SplitVersion = 'v1alpha1' | 'v1alpha2' | 'v1alpha3' | 'v1alpha4';
export type MetricsVersion = 'v1alpha1';
export type SmiVersion = SpecsVersion;

/**
 * How header filters travel: the published Go type uses a LIST of single-key objects, the text since 2021-09-30 a MAP.
 * Both carry the same version string, so the shape is read from the served schema.
 */
export type HeadersShape = 'list' | 'map';

/** One version per group and the shape of `headers`: all that is needed to write the model down for one API server. */
export interface SmiProfile {
  readonly access: AccessVersion;
  readonly specs: SpecsVersion;
  readonly split: SplitVersion;
  readonly metrics: MetricsVersion;
  readonly headers: HeadersShape;
}

/** The newest released version of every group (smi-spec v0.6.0). */
export const LATEST_PROFILE: SmiProfile = {
  access: 'v1alpha3',
  specs: 'v1alpha4',
  split: 'v1alpha4',
  metrics: 'v1alpha1',
  headers: 'map',
};

/** The API group a kind belongs to, without the `.smi-spec.io` suffix. */
export const GROUP_OF: Readonly<Record<SmiKind, SmiGroup>> = {
  TrafficTarget: 'access',
  HTTPRouteGroup: 'specs',
  TCPRoute: 'specs',
  UDPRoute: 'specs',
  TrafficSplit: 'split',
  TrafficMetrics: 'metrics',
};

/** A Kubernetes object as it travels: JSON with the four well-known keys. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly [key: string]: Json | undefined };
  readonly [key: string]: Json | undefined;
}

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json | undefined };

/** Names one object in the cluster. */
export interface ObjectRef {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}
