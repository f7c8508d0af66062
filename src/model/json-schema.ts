/** The schemas as JSON Schema (draft 7, which editors' YAML language servers know). Not for edges. */
import { type ConversionConfig, toJsonSchema } from '@valibot/to-json-schema';
import type * as v from 'valibot';
import { meshSchema } from './schema/mesh.ts';
import { serviceSchema } from './schema/service.ts';

type JsonSchema = ReturnType<typeof toJsonSchema>;

/** File name in config/ -> schema. */
export function documentSchemas(): Readonly<Record<string, JsonSchema>> {
  return { 'mesh.schema.json': converted(meshSchema), 'service.schema.json': converted(serviceSchema) };
}

function converted(schema: v.GenericSchema): JsonSchema {
  // The converter collects lazy schemas as definitions, which nothing refers to since they are written out where they stand.
  const { $defs: _, ...converted } = toJsonSchema(schema, conversion);
  return converted;
}

const conversion: ConversionConfig = {
  typeMode: 'output',
  // Rules that span fields, and checks in code, have no form in JSON Schema; validation itself still holds them.
  ignoreActions: ['raw_check', 'check'],
  overrideSchema: ({ valibotSchema, jsonSchema }) => {
    if (valibotSchema.type === 'custom') return { type: 'object' };
    // `closed` makes its objects of loose ones, and refuses every other field by itself.
    if (valibotSchema.type === 'loose_object') return { ...jsonSchema, additionalProperties: false };
    if (valibotSchema.type === 'lazy') {
      const { getter } = valibotSchema as v.LazySchema<v.GenericSchema>;
      return { anyOf: [converted(getter({})), converted(getter([]))].map(withoutDialect) };
    }
    return undefined;
  },
};

function withoutDialect({ $schema: _, ...schema }: JsonSchema): JsonSchema {
  return schema;
}
