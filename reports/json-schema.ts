import { z } from 'zod';
import { reportSchema } from './model.js';

/** Where the generated schema lies, from the package root. */
export const REPORT_SCHEMA_FILE = 'reports/schema/report.schema.json';

/** The JSON Schema (draft 2020-12) of `report.json`, as text. Open to more keys, like the reader. */
export function renderReportSchema(): string {
  const generated = z.toJSONSchema(reportSchema, {
    io: 'input',
    // Immutability is our own business: to a reader of the file `readOnly` would mean "do not send".
    override: ({ jsonSchema }) => {
      delete jsonSchema.readOnly;
    },
  });
  const { $schema, ...body } = generated;
  const schema = { $schema, $id: 'urn:meshgauge:report:v1alpha1', title: 'meshgauge report', ...body };
  return `${JSON.stringify(schema, null, 2)}\n`;
}
