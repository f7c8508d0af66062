/**
 * The building blocks of the schemas: what documents may hold, as data. An edge asks a form only whether it takes a value; what is
 * wrong with one, and in which words, `findings-of.ts` says, which an edge does not carry. A document is closed: a field that its
 * form does not know is refused, so that nothing that people wrote is ignored.
 */
import { isObject } from '../../core/is-object.ts';

/** What is told apart by those who read forms: the finder of mistakes, and the JSON Schema. */
export type Shape =
  | { readonly kind: 'flag' | 'string' | 'any' }
  | { readonly kind: 'text'; readonly pattern: RegExp }
  | { readonly kind: 'length'; readonly least: number; readonly most: number }
  | { readonly kind: 'number'; readonly least: number; readonly most: number; readonly whole: boolean }
  | { readonly kind: 'word'; readonly words: readonly (string | number)[] }
  | { readonly kind: 'literal'; readonly value: string | true }
  | { readonly kind: 'either'; readonly items: readonly Form[] }
  | { readonly kind: 'needed'; readonly item: Form }
  | { readonly kind: 'checked'; readonly item: Form; readonly holds: (value: never) => boolean }
  | { readonly kind: 'list'; readonly item: Form; readonly most: number; readonly least: number }
  | { readonly kind: 'chosen'; readonly choose: (value: unknown) => Form }
  | { readonly kind: 'record'; readonly key: Form; readonly item: Form; readonly most: number | undefined }
  | { readonly kind: 'closed'; readonly fields: Fields; readonly demands: readonly Demand[] };

export type Form<T = unknown> = Shape & { readonly accepts: (value: unknown) => value is T };

/** A field that an object may not lack. */
export type NeededForm<T> = Form<T> & { readonly kind: 'needed' };

export type Fields = Readonly<Record<string, Form>>;
export type Given = Readonly<Record<string, unknown>>;
/** What an object as a whole must be. */
export interface Demand {
  readonly holds: (value: Given) => boolean;
  /** So many of these fields; no names are those of the whole object. Words for demands of any other kind stand in `form-words.ts`. */
  readonly count?: { readonly names: readonly string[]; readonly least: number; readonly most: number };
}

/** The type of the values that a form takes. */
export type ValueOf<TForm> = TForm extends { readonly accepts: (value: unknown) => value is infer T } ? T : never;

type NeededKeys<TFields> = {
  [K in keyof TFields]: TFields[K] extends { readonly kind: 'needed' } ? K : never;
}[keyof TFields];
type ObjectOf<TFields> = {
  [K in NeededKeys<TFields>]: ValueOf<TFields[K]>;
} & { [K in Exclude<keyof TFields, NeededKeys<TFields>>]?: ValueOf<TFields[K]> };
type Flat<T> = { [K in keyof T]: T[K] } & {};

/** An object with these fields and no others; it may lack what is not `needed`, as most fields are not. */
export function closed<const TFields extends Fields>(
  fields: TFields,
  ...demands: readonly Demand[]
): Form<Flat<ObjectOf<TFields>>> {
  // Found at the first document that has such an object: forms are made at the start of every edge, and most are never asked.
  let required: readonly string[] | undefined;
  return {
    kind: 'closed',
    fields,
    demands,
    // Costs what is there, not what might be.
    accepts(value): value is Flat<ObjectOf<TFields>> {
      if (!isObject(value)) return false;
      for (const key of Object.keys(value))
        if (!Object.hasOwn(fields, key) || !(value[key] === undefined || fields[key]?.accepts(value[key])))
          return false;
      required ??= Object.keys(fields).filter((name) => fields[name]?.kind === 'needed');
      for (const name of required) if (value[name] === undefined) return false;
      return demands.every(({ holds }) => holds(value));
    },
  };
}

/** Of a field that must be there; the values are those of `item`. */
export function needed<T>(item: Form<T>): NeededForm<T> {
  return { kind: 'needed', item, accepts: item.accepts };
}

/** An object from names to things; of the `most` that it may have, one at least. */
export function record<TItem>(key: Form<string>, item: Form<TItem>, most?: number): Form<Record<string, TItem>> {
  return {
    kind: 'record',
    key,
    item,
    most,
    accepts(value): value is Record<string, TItem> {
      if (!isObject(value)) return false;
      const names = Object.keys(value);
      if (most !== undefined && (names.length === 0 || names.length > most)) return false;
      return names.every((name) => key.accepts(name) && item.accepts(value[name]));
    },
  };
}

/** A list; `most` bounds what hostile documents can make an edge compile. */
export function list<TItem>(item: Form<TItem>, most: number, least = 0): Form<TItem[]> {
  return {
    kind: 'list',
    item,
    most,
    least,
    accepts: (value): value is TItem[] =>
      Array.isArray(value) && value.length >= least && value.length <= most && value.every((one) => item.accepts(one)),
  };
}

/** The form that a value is to have, by the kind of value that it is; what is wrong is then told of that one form. */
export function chosen<T>(choose: (value: unknown) => Form<T>): Form<T> {
  return { kind: 'chosen', choose, accepts: (value): value is T => choose(value).accepts(value) };
}

/** One thing, or a list of such things. */
export function oneOrMany<TItem>(item: Form<TItem>, most: number): Form<TItem | TItem[]> {
  const many = list(item, most, 1);
  return chosen<TItem | TItem[]>((value) => (Array.isArray(value) ? many : item) as Form<TItem | TItem[]>);
}

/** One of several forms. */
export function either<const TForms extends readonly Form[]>(...items: TForms): Form<ValueOf<TForms[number]>> {
  const accepts = (value: unknown): value is ValueOf<TForms[number]> => items.some((item) => item.accepts(value));
  return { kind: 'either', items, accepts };
}

/** A form of which not every value will do. */
export function checked<T>(item: Form<T>, holds: (value: T) => boolean): Form<T> {
  return { kind: 'checked', item, holds, accepts: (value): value is T => item.accepts(value) && holds(value) };
}

export const anything: Form = { kind: 'any', accepts: (_value): _value is unknown => true };
export const flag: Form<boolean> = { kind: 'flag', accepts: (value) => typeof value === 'boolean' };
export const string: Form<string> = { kind: 'string', accepts: (value) => typeof value === 'string' };

/** Text of a form that a regular expression tells. */
export function text(pattern: RegExp): Form<string> {
  return {
    kind: 'text',
    pattern,
    accepts: (value): value is string => typeof value === 'string' && pattern.test(value),
  };
}

/** Any text of so many characters. */
export function length(most: number, least = 0): Form<string> {
  return {
    kind: 'length',
    least,
    most,
    accepts: (value): value is string => typeof value === 'string' && value.length >= least && value.length <= most,
  };
}

/** One of a few words. */
export function word<const TWords extends readonly (string | number)[]>(words: TWords): Form<TWords[number]> {
  return { kind: 'word', words, accepts: (value): value is TWords[number] => words.includes(value as string) };
}

/** One value and no other. */
export function literal<const TValue extends string | true>(value: TValue): Form<TValue> {
  return { kind: 'literal', value, accepts: (given): given is TValue => given === value };
}

/** A number within bounds. */
export function number(least: number, most: number, whole = false): Form<number> {
  return {
    kind: 'number',
    least,
    most,
    whole,
    accepts: (value): value is number =>
      typeof value === 'number' && value >= least && value <= most && (!whole || Number.isInteger(value)),
  };
}

/** A whole number within bounds. */
export function whole(least: number, most: number): Form<number> {
  return number(least, most, true);
}

/** Of these fields an object must have so many; the others do not count. */
export function counted(names: readonly string[], least: number, most: number): Demand {
  return {
    count: { names, least, most },
    holds: (value) => {
      const given = names.filter((name) => value[name] !== undefined).length;
      return given >= least && given <= most;
    },
  };
}

/** An object must have exactly one of these fields. */
export function oneOf(...names: readonly string[]): Demand {
  return counted(names, 1, 1);
}

/** An object must have something in it. */
export const notEmpty: Demand = {
  count: { names: [], least: 1, most: Infinity },
  holds: (value) => Object.keys(value).length > 0,
};
