/** Writes the schemas under reports/schema from the models in the code: `npx tsx scripts/generate-schema.ts`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { REPORT_SCHEMA_FILE, renderReportSchema } from '../reports/json-schema.js';
import { CONFIG_SCHEMA_FILE, renderConfigSchema } from '../src/config/config-schema.js';
import { PACKAGE_ROOT } from '../src/package-root.js';

for (const [name, text] of [
  [REPORT_SCHEMA_FILE, renderReportSchema()],
  [CONFIG_SCHEMA_FILE, renderConfigSchema()],
] as const) {
  const file = join(PACKAGE_ROOT, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  process.stdout.write(`${file}\n`);
}
