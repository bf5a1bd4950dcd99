/** The kinds of the Gateway API that Istio routes by. Clusters come without them. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { HarnessError } from '../../src/errors/harness-error.js';
import { chartFolder } from '../../src/images/charts.js';
import type { KubeObject } from '../../src/smi/model.js';
import { GATEWAY_API_CRDS, GATEWAY_API_VERSION } from './release.js';

/** The kinds that translated splits are made of, and those istiod asks for before it starts to route. */
const NEEDED = ['gatewayclasses', 'gateways', 'httproutes', 'tcproutes', 'referencegrants', 'grpcroutes', 'tlsroutes'];
const GROUP = 'gateway.networking.k8s.io';

export const NEEDED_DEFINITIONS: readonly string[] = NEEDED.map((plural) => `${plural}.${GROUP}`);

/** @throws HarnessError E_GATEWAY_API */
export async function readDefinitions(): Promise<readonly KubeObject[]> {
  const folder = chartFolder(GATEWAY_API_CRDS, GATEWAY_API_VERSION);
  const files = await readdir(folder).catch(() => []);
  const texts = await Promise.all(
    files.filter((file) => file.endsWith('.yaml')).map((file) => readFile(join(folder, file), 'utf8')),
  );
  const documents = texts.flatMap((text) =>
    parseAllDocuments(text).map((document) => document.toJS() as KubeObject | null),
  );
  const definitions = documents.filter(
    (object): object is KubeObject =>
      object?.kind === 'CustomResourceDefinition' && NEEDED_DEFINITIONS.includes(object.metadata.name),
  );
  const missing = NEEDED_DEFINITIONS.filter((name) => !definitions.some(({ metadata }) => metadata.name === name));
  if (missing.length === 0) return definitions;
  throw new HarnessError({
    code: 'E_GATEWAY_API',
    message: `the Gateway API ${GATEWAY_API_VERSION} is neither in the cluster nor in ${folder} (no ${missing.join(', ')})`,
    hint: 'meshgauge images build --mesh istio, or install the standard channel of the Gateway API into the cluster',
  });
}
