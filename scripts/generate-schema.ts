/** Writes config/*.schema.json, which editors use for the documents in YAML. Run by `npm run schema`; a test compares. */
import { writeFileSync } from 'node:fs';
import { documentSchemas } from '../src/model/json-schema.ts';

for (const [file, schema] of Object.entries(documentSchemas())) {
  writeFileSync(new URL(`../config/${file}`, import.meta.url), `${JSON.stringify(schema, null, 2)}\n`);
}
