import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { PACKAGE_ROOT } from '../package-root.js';
import type { HeadersShape, KubeObject, SmiGroup, SmiKind, SmiVersion } from './model.js';

/**
 * A structural OpenAPI v3 schema, as far as SMI's CRDs use it.
 * Type aliases, not interfaces, here and below: only those count as JSON, and a CRD travels to an API server as such.
 */
export type CrdSchema = {
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
  readonly description?: string;
  readonly required?: readonly string[];
  readonly properties?: { readonly [name: string]: CrdSchema };
  readonly additionalProperties?: CrdSchema;
  readonly items?: CrdSchema;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly minItems?: number;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-list-type'?: 'map' | 'set' | 'atomic';
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
};

type CrdVersion = {
  readonly name: SmiVersion;
  readonly served?: boolean;
  readonly storage?: boolean;
  readonly schema: { readonly openAPIV3Schema: CrdSchema };
};

/** A CustomResourceDefinition of one SMI kind. */
export interface SmiCrd extends KubeObject {
  readonly kind: 'CustomResourceDefinition';
  readonly spec: {
    readonly group: string;
    readonly scope: 'Namespaced';
    readonly names: { readonly kind: SmiKind; readonly plural: string; readonly singular: string };
    readonly versions: readonly CrdVersion[];
  };
}

interface KindSchemas {
  readonly group: SmiGroup;
  readonly kind: SmiKind;
  readonly versions: readonly CrdVersion[];
}

/** Groups that are CRDs. TrafficMetrics is served by an APIService, so installing a CRD for it would be wrong. */
const CRD_GROUPS = ['access', 'specs', 'split'] as const satisfies readonly SmiGroup[];

let crds: readonly SmiCrd[] | undefined;
let kindSchemas: readonly KindSchemas[] | undefined;

/** The CustomResourceDefinitions of all released versions, ready for an API server, with one shape of `headers`. */
export function crdManifests(headers: HeadersShape = 'map'): readonly SmiCrd[] {
  crds ??= CRD_GROUPS.flatMap(readCrds);
  return headers === 'map' ? crds : crds.map(listHeaders);
}

/** The schema of one kind in one version; undefined when the version has no such kind. */
export function crdSchema(group: SmiGroup, version: string, kind: string): CrdSchema | undefined {
  const entry = loadKindSchemas().find((candidate) => candidate.group === group && candidate.kind === kind);
  return entry?.versions.find(({ name }) => name === version)?.schema.openAPIV3Schema;
}

/** The versions that our fixtures serve of a group (its name without `.smi-spec.io`), oldest first; none of a group that is not SMI's. */
export function servedVersions(group: string): readonly string[] {
  const entries = loadKindSchemas().filter((entry) => entry.group === group);
  const served = entries.flatMap(({ versions }) => versions.filter((version) => version.served !== false));
  return [...new Set(served.map(({ name }) => name))].sort();
}

/** The same schema with `headers` in the given shape: the fixtures hold the map. */
export function withHeadersShape(schema: CrdSchema, shape: HeadersShape): CrdSchema {
  if (shape === 'map') return schema;
  const properties = Object.entries(schema.properties ?? {}).map(([name, property]) => [
    name,
    name === 'headers' ? asList(property) : withHeadersShape(property, shape),
  ]);
  return {
    ...schema,
    ...(schema.properties && { properties: Object.fromEntries(properties) as Record<string, CrdSchema> }),
    ...(schema.items && { items: withHeadersShape(schema.items, shape) }),
  };
}

/** "A HTTP filter is a key-value pair": one pair per item. */
function asList(map: CrdSchema): CrdSchema {
  const pair: CrdSchema = {
    ...map,
    minProperties: 1,
    maxProperties: 1,
    description: '"A HTTP filter is a key-value pair"',
  };
  return { type: 'array', ...(map.description !== undefined && { description: map.description }), items: pair };
}

function listHeaders(crd: SmiCrd): SmiCrd {
  const versions = crd.spec.versions.map((version) => ({
    ...version,
    schema: { openAPIV3Schema: withHeadersShape(version.schema.openAPIV3Schema, 'list') },
  }));
  return { ...crd, spec: { ...crd.spec, versions } };
}

function loadKindSchemas(): readonly KindSchemas[] {
  kindSchemas ??= [
    ...crdManifests().map(({ spec }) => ({
      group: spec.group.replace('.smi-spec.io', '') as SmiGroup,
      kind: spec.names.kind,
      versions: spec.versions,
    })),
    readMetricsSchemas(),
  ];
  return kindSchemas;
}

function readCrds(group: SmiGroup): SmiCrd[] {
  return parseAllDocuments(readFixture(`${group}.yaml`)).map((document) => document.toJS() as SmiCrd);
}

function readMetricsSchemas(): KindSchemas {
  const { versions } = parse(readFixture('metrics.schema.json')) as { versions: CrdVersion[] };
  return { group: 'metrics', kind: 'TrafficMetrics', versions };
}

function readFixture(name: string): string {
  return readFileSync(join(PACKAGE_ROOT, 'fixtures', 'crds', name), 'utf8');
}
