/** The schemas as JSON Schema (draft 7, which editors' YAML language servers know). Not for edges. */
import { type ConversionConfig, toJsonSchema } from '@valibot/to-json-schema';
import * as v from 'valibot';
import { schemaOf } from './findings/findings-of.ts';

import { meshSchema } from './schema/mesh.ts';
import { serviceSchema } from './schema/service.ts';
import type { FieldTexts } from './texts/field-texts.ts';
import { meshTexts } from './texts/mesh-texts.ts';
import { serviceTexts } from './texts/service-texts.ts';

const mesh = v.pipe(schemaOf(meshSchema), v.title('Selvedge mesh'), v.description('Settings of the whole mesh.'));
const service = v.pipe(
  schemaOf(serviceSchema),
  v.title('Selvedge service'),
  v.description('One service of the mesh: its versions, routes and access.'),
);

type JsonSchema = ReturnType<typeof toJsonSchema>;

/** File name in config/ -> schema. */
export function documentSchemas(): Readonly<Record<string, JsonSchema>> {
  return {
    'mesh.schema.json': described(converted(mesh), meshTexts),
    'service.schema.json': described(converted(service), serviceTexts),
  };
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
    // Closed objects are made of loose ones, and refuse every other field by themselves.
    if (valibotSchema.type === 'loose_object') return { ...jsonSchema, additionalProperties: false };
    if (valibotSchema.type === 'lazy') {
      const { getter } = valibotSchema as v.LazySchema<v.GenericSchema>;
      // A lazy schema chooses by the kind of its input; kinds that lead to the same schema are written once.
      const texts = [{}, [], ''].map((input) => JSON.stringify(withoutDialect(converted(getter(input)))));
      return { anyOf: [...new Set(texts)].map((text) => JSON.parse(text) as JsonSchema) };
    }
    return undefined;
  },
};

function withoutDialect({ $schema: _, ...schema }: JsonSchema): JsonSchema {
  return schema;
}

/** Puts the texts beside the fields, through lists, maps and alternatives. */
function described(schema: JsonSchema, texts: FieldTexts): JsonSchema {
  const below = (inner: unknown): JsonSchema => described(inner as JsonSchema, texts);
  const { properties, items, anyOf, additionalProperties } = schema;
  return {
    ...schema,
    ...(typeof items === 'object' ? { items: below(items) } : {}),
    ...(anyOf === undefined ? {} : { anyOf: anyOf.map(below) }),
    ...(typeof additionalProperties === 'object' ? { additionalProperties: below(additionalProperties) } : {}),
    ...(properties === undefined
      ? {}
      : {
          properties: Object.fromEntries(
            Object.entries(properties).map(([name, field]) => [name, describedField(field as JsonSchema, texts[name])]),
          ),
        }),
  };
}

function describedField(field: JsonSchema, text: FieldTexts[string] | undefined): JsonSchema {
  if (text === undefined || typeof text === 'string') return { ...field, description: text };
  return { ...described(field, text[1]), description: text[0] };
}
