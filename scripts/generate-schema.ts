/** Writes reports/schema/report.schema.json from the report model: `npx tsx scripts/generate-schema.ts`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { REPORT_SCHEMA_FILE, renderReportSchema } from '../reports/json-schema.js';
import { PACKAGE_ROOT } from '../src/package-root.js';

const file = join(PACKAGE_ROOT, REPORT_SCHEMA_FILE);
mkdirSync(dirname(file), { recursive: true });
writeFileSync(file, renderReportSchema());
process.stdout.write(`${file}\n`);
