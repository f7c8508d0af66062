import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { documentSchemas } from '../../src/model/json-schema.ts';

interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
}

/** Every schema of an object with fields, with where it stands. */
function objects(schema: Schema, path = ''): readonly (readonly [path: string, schema: Schema])[] {
  const below = [
    ...Object.entries(schema.properties ?? {}).flatMap(([name, field]) => objects(field, `${path}.${name}`)),
    ...(typeof schema.additionalProperties === 'object' ? objects(schema.additionalProperties, `${path}.*`) : []),
    ...(schema.items === undefined ? [] : objects(schema.items, `${path}[]`)),
    ...(schema.anyOf ?? []).flatMap((option) => objects(option, path)),
  ];
  return schema.properties === undefined ? below : [[path, schema], ...below];
}

describe('JSON Schema', () => {
  test.each(Object.entries(documentSchemas()))('config/%s is current; `npm run schema` writes it', (file, schema) => {
    expect(JSON.parse(readFileSync(`config/${file}`, 'utf8'))).toEqual(JSON.parse(JSON.stringify(schema)));
  });

  test.each(Object.entries(documentSchemas()))('%s: objects are closed, and every field is described', (_, schema) => {
    const found = objects(schema as Schema);
    expect(found.length).toBeGreaterThan(4);
    for (const [path, object] of found) {
      expect([path, object.additionalProperties]).toEqual([path, false]);
      for (const [name, field] of Object.entries(object.properties ?? {}))
        expect([`${path}.${name}`, field.description]).toEqual([`${path}.${name}`, expect.stringMatching(/\S/)]);
    }
  });
});
