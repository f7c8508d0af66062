/**
 * The building blocks of the schemas. A document is closed: a field that the schema does not know is an error, so that nothing
 * that people wrote is ignored. Every message of a schema is the phrase that completes "expected ...".
 */
import * as v from 'valibot';
import { closestName } from '../../core/closest-name.ts';

type ClosedFields = Readonly<Record<string, v.GenericSchema>>;
type ClosedObject<TFields extends ClosedFields> = v.InferInput<v.ObjectSchema<TFields, undefined>>;
type ClosedSchema<TFields extends ClosedFields> = v.GenericSchema<ClosedObject<TFields>, ClosedObject<TFields>>;

/** Unknown fields that are named in one object; a hostile document may have any number. */
const maxUnknown = 20;

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * An object with these fields and no others. (valibot's strictObject stops at the first unknown field, and takes a list for an
 * object.) `rule` looks at the object as a whole and says what was expected of it.
 */
export function closed<const TFields extends ClosedFields>(
  fields: TFields,
  rule?: (value: Readonly<Record<string, unknown>>) => string | undefined,
): ClosedSchema<TFields> {
  const names = Object.keys(fields);
  const inFull = v.pipe(
    v.custom<Record<string, unknown>>(isObject, `an object with ${names.join(', ')}`),
    v.looseObject(fields),
    v.rawCheck(({ dataset, addIssue }) => {
      const input = dataset.value as Record<string, unknown>;
      for (const key of Object.keys(input)
        .filter((name) => !names.includes(name))
        .slice(0, maxUnknown)) {
        const meant = closestName(key, names);
        addIssue({
          message: meant === undefined ? `one of ${names.join(', ')}` : `${meant} (one of ${names.join(', ')})`,
          path: [{ type: 'object', origin: 'key', input, key, value: input[key] }],
        });
      }
      const expected = rule?.(input);
      if (expected !== undefined) addIssue({ message: expected });
    }),
  );
  const accepts = acceptance(fields, rule);
  const findIssues = inFull['~run'];
  // Nearly every object is sound, which costs a third to see of what it costs to look for everything that may be wrong.
  const schema = Object.assign(inFull, {
    '~run': (dataset: v.UnknownDataset, config: v.Config<v.BaseIssue<unknown>>) => {
      if (accepts(dataset.value)) return { typed: true, value: dataset.value };
      return config.abortEarly === true ? refusal() : findIssues(dataset, config);
    },
  });
  // The loose object's own type would let any field pass; what passes has the known ones only.
  return schema as unknown as ClosedSchema<TFields>;
}

/** In answer to a question that is only whether; who asks it does not read the issue, but lists write into it where it stood. */
const refusal = () => ({ typed: false, value: undefined, issues: [{}] });

/** Fields that an object may lack. */
const optionalTypes: ReadonlySet<string> = new Set(['optional', 'exact_optional', 'nullish']);

/** Whether an object has the fields in their right forms, and no others; costs what is there, not what might be. */
function acceptance(
  fields: ClosedFields,
  rule: ((value: Readonly<Record<string, unknown>>) => string | undefined) | undefined,
): (value: unknown) => boolean {
  const schemas = new Map(Object.entries(fields));
  const required = [...schemas].filter(([, { type }]) => !optionalTypes.has(type)).map(([name]) => name);
  return (value) => {
    if (!isObject(value)) return false;
    for (const key of Object.keys(value)) {
      const schema = schemas.get(key);
      if (schema === undefined || schema['~run']({ value: value[key] }, { abortEarly: true }).issues !== undefined)
        return false;
    }
    for (const name of required) if (!Object.hasOwn(value, name)) return false;
    return rule?.(value) === undefined;
  };
}

/** An object from names to things, one at least. */
export function named<TKey extends v.GenericSchema<string, string>, TItem extends v.GenericSchema>(
  key: TKey,
  item: TItem,
  most: number,
) {
  const schema = v.pipe(
    v.custom<Record<string, unknown>>(isObject, 'an object from names to what they stand for'),
    v.record(key, item),
    v.minEntries(1, 'at least one entry'),
    v.maxEntries(most, `at most ${most} entries`),
  );
  type Named = Record<string, v.InferInput<TItem>>;
  return schema as unknown as v.GenericSchema<Named, Named>;
}

/** A list; `most` bounds what hostile documents can make an edge compile. */
export function list<TItem extends v.GenericSchema>(item: TItem, most: number, least = 0) {
  return v.pipe(
    v.array(item, 'a list'),
    v.minLength(least, `a list of at least ${least}`),
    v.maxLength(most, `a list of at most ${most}`),
  );
}

/** One thing, or a list of such things. A lazy schema reports what is wrong inside whichever of the two it is. */
export function oneOrMany<TItem extends v.GenericSchema>(item: TItem, most: number) {
  const many = list(item, most, 1);
  return v.lazy((input): TItem | typeof many => (Array.isArray(input) ? many : item));
}

/** Text of a form that a regular expression tells. */
export function text(form: RegExp, expected: string) {
  return v.pipe(v.string(expected), v.regex(form, expected));
}

/** One of a few words. */
export function word<const TWords extends readonly string[]>(words: TWords) {
  return v.picklist(words, `one of ${words.join(', ')}`);
}

/** A whole number within bounds. */
export function whole(least: number, most: number) {
  const expected = `a whole number from ${least} to ${most}`;
  return v.pipe(v.number(expected), v.integer(expected), v.minValue(least, expected), v.maxValue(most, expected));
}
