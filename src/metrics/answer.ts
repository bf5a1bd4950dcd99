/** The metrics API: what it answers to which path. Pure; the paths are those of an API server that aggregates it. */
import type { Json, TrafficMetrics } from '../smi/model.js';
import { renderTrafficMetrics } from '../smi/render/metrics.js';
import { backendsOf, edgesOf, metricsOf, referenceTo, type Picture } from './aggregate.js';
import { API_VERSION, GROUP, RESOURCE_TYPES, resourceType, VERSION, type ResourceType } from './resources.js';
import { parseSelector, renderSelector, selects, type Requirement } from './selector.js';
import { notFound, status, type Answer } from './status.js';
import type { Resource } from './topology.js';

/** Who counts: the mesh itself, or the harness for a mesh that does not serve the API. */
export type MetricsSource = 'native' | 'shim';

/** On every list and object. */
const SOURCE_ANNOTATION = 'meshgauge.dev/metrics-source';

export interface Question extends Picture {
  readonly source: MetricsSource;
}

interface Target {
  readonly type: ResourceType;
  readonly namespace: string;
  readonly name?: string;
  readonly edges: boolean;
}

/** @param url path and query */
export function answerMetrics(url: string, question: Question): Answer {
  const read = readUrl(url);
  if (read === undefined) return status(400, 'BadRequest', 'the path cannot be read');
  const { parts, labelSelector } = read;
  const [apis, group, version, ...rest] = parts;
  if (apis !== 'apis' || (group !== undefined && group !== GROUP)) return notFound();
  if (group === undefined) return ok({ apiVersion: 'v1', kind: 'APIGroupList', groups: [GROUP_INFO] });
  if (version === undefined) return ok({ apiVersion: 'v1', kind: 'APIGroup', ...GROUP_INFO });
  if (version !== VERSION) return notFound();
  if (rest.length === 0) return ok(resourceList());
  const target = readTarget(rest);
  if (target === undefined) return notFound();
  const selector = parseSelector(labelSelector);
  if (selector === null) return status(400, 'BadRequest', `unable to parse the label selector "${labelSelector}"`);
  return answerTarget(target, selector, question);
}

function readUrl(url: string): { readonly parts: readonly string[]; readonly labelSelector: string } | undefined {
  try {
    const [path = '', ...query] = url.split('?');
    const parts = path.split('/').filter((part) => part !== '');
    const labelSelector = new URLSearchParams(query.join('?')).get('labelSelector') ?? '';
    return { parts: parts.map(decodeURIComponent), labelSelector };
  } catch {
    return undefined;
  }
}

const GROUP_VERSION = { groupVersion: API_VERSION, version: VERSION };
const GROUP_INFO = { name: GROUP, versions: [GROUP_VERSION], preferredVersion: GROUP_VERSION };

function resourceList(): Json {
  return {
    apiVersion: 'v1',
    kind: 'APIResourceList',
    groupVersion: API_VERSION,
    resources: RESOURCE_TYPES.map(({ plural, namespaced }) => ({
      ...{ name: plural, singularName: '', namespaced, kind: 'TrafficMetrics', verbs: ['get', 'list'] },
    })),
  };
}

/** `KIND`, `KIND/NAME`, `KIND/NAME/edges`, each below `namespaces/NAMESPACE` for what has one. */
function readTarget(parts: readonly string[]): Target | undefined {
  const [first, second, third] = parts;
  const isScoped = first === 'namespaces' && third !== undefined && third !== 'edges';
  const [plural = '', name, sub, ...more] = isScoped ? parts.slice(2) : parts;
  const type = resourceType(plural);
  if (type === undefined || more.length > 0 || (sub !== undefined && sub !== 'edges')) return undefined;
  // Of what is namespaced only the list can be had across namespaces.
  if (type.namespaced !== isScoped && !(type.namespaced && name === undefined)) return undefined;
  return {
    type,
    namespace: isScoped ? (second ?? '') : '',
    edges: sub !== undefined,
    ...(name === undefined ? {} : { name }),
  };
}

function answerTarget(target: Target, selector: readonly Requirement[], question: Question): Answer {
  const { type, namespace, name, edges } = target;
  const isMeant = (one: { readonly namespace: string; readonly name: string }): boolean =>
    (namespace === '' || one.namespace === namespace) && (name === undefined || one.name === name);
  if (type.plural === 'trafficsplits') {
    const splits = question.topology.splits.filter(({ metadata }) => isMeant(metadata));
    if (name !== undefined && splits.length === 0) return notFound(type.plural, name);
    // A split is nobody's peer: who asks its apex shows in the edges of those who ask.
    const chosen = edges ? [] : splits.filter(({ metadata }) => selects(selector, metadata.labels ?? {}));
    return answerItems(
      target,
      selector,
      question,
      chosen.flatMap((split) => backendsOf(question, split)),
    );
  }
  const resources = question.topology.resources.filter((one) => one.type === type.plural && isMeant(one));
  const [only] = resources;
  if (name !== undefined && only === undefined) return notFound(type.plural, name);
  if (edges && only !== undefined) return answerItems(target, selector, question, edgesOf(question, only));
  const chosen = name === undefined ? resources.filter(({ labels }) => selects(selector, labels)) : resources;
  return answerItems(
    target,
    selector,
    question,
    chosen.map((one: Resource) => metricsOf(question, one)),
  );
}

/** One object where one was asked for, else a list. The backends of a split are several objects of one name, which is a list. */
function answerItems(
  target: Target,
  selector: readonly Requirement[],
  { source }: Question,
  items: readonly TrafficMetrics[],
): Answer {
  const { type, namespace, name, edges } = target;
  const [only] = items;
  if (name !== undefined && !edges && only !== undefined && items.length === 1) return ok(render(only, source));
  const about = referenceTo({ type: type.plural, namespace, name: name ?? '' });
  const { name: _name, ...general } = about;
  return ok({
    apiVersion: API_VERSION,
    kind: 'TrafficMetricsList',
    metadata: { annotations: { [SOURCE_ANNOTATION]: source } },
    resource: { ...(name === undefined ? general : about) },
    ...(selector.length === 0 ? {} : { selector: renderSelector(selector) }),
    items: items.map((item) => render(item, source)),
  });
}

function render(metrics: TrafficMetrics, source: MetricsSource): Json {
  const { name, namespace, labels = {} } = metrics.metadata;
  return {
    apiVersion: API_VERSION,
    kind: 'TrafficMetrics',
    metadata: {
      name,
      ...(namespace === '' ? {} : { namespace }),
      ...(Object.keys(labels).length === 0 ? {} : { labels }),
      annotations: { [SOURCE_ANNOTATION]: source },
    },
    ...renderTrafficMetrics(metrics).fields,
  };
}

function ok(body: Json): Answer {
  return { status: 200, body };
}
