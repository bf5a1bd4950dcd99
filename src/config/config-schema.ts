import { z } from 'zod';
import { configSchema } from './config.js';

/** Where the generated schema lies, from the package root; editors read it. */
export const CONFIG_SCHEMA_FILE = 'reports/schema/config.schema.json';

/** The JSON Schema (draft 2020-12) of `meshgauge.yaml`, as text. */
export function renderConfigSchema(): string {
  const { $schema, ...body } = z.toJSONSchema(configSchema, { io: 'input' });
  return `${JSON.stringify({ $schema, $id: 'urn:meshgauge:config:v1alpha1', title: 'meshgauge.yaml', ...body }, null, 2)}\n`;
}
