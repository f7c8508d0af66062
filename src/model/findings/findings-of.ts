/** The mistakes in a value that a form does not take, each with its place and its words. Not for edges. */
import * as v from 'valibot';
import { closestName } from '../../core/closest-name.ts';
import { isObject } from '../../core/is-object.ts';
import type { Demand, Fields, Form, Given } from '../schema/form.ts';
import { demandWords, formWords } from './form-words.ts';

/** Unknown fields that are named in one object; a hostile document may have any number. */
const maxUnknown = 20;

const schemas = new WeakMap<Form, v.GenericSchema>();

/** The form as a schema of valibot, which finds every mistake. */
export function schemaOf(form: Form): v.GenericSchema {
  let schema = schemas.get(form);
  if (schema === undefined) {
    schema = schemaFrom(form);
    schemas.set(form, schema);
  }
  return schema;
}

function schemaFrom(form: Form): v.GenericSchema {
  const words = wordsOf(form);
  switch (form.kind) {
    case 'any':
      return v.unknown();
    case 'flag':
      return v.boolean(words);
    case 'string':
      return v.string(words);
    case 'text':
      return v.pipe(v.string(words), v.regex(form.pattern, words));
    case 'length': {
      const most = v.maxLength<string, number, string>(form.most, `text of at most ${form.most} characters`);
      if (form.least === 0) return v.pipe(v.string(words), most);
      return v.pipe(v.string(words), v.minLength(form.least, 'text that is not empty'), most);
    }
    case 'number':
      return numberSchema(form, words);
    case 'word':
      return v.picklist(form.words, words);
    case 'literal':
      return v.literal(form.value, words);
    case 'either':
      return v.union(form.items.map(schemaOf), words);
    case 'checked': {
      const holds = form.holds as (value: unknown) => boolean;
      return v.pipe(checkedItem(form.item, words), v.check(holds, words));
    }
    case 'needed':
      return schemaOf(form.item);
    case 'list':
      return v.pipe(
        v.array(schemaOf(form.item), 'a list'),
        v.minLength(form.least, `a list of at least ${form.least}`),
        v.maxLength(form.most, `a list of at most ${form.most}`),
      );
    case 'chosen':
      return v.lazy((input) => schemaOf(form.choose(input)));
    case 'record': {
      const any = v.pipe(
        v.custom<Record<string, unknown>>(isObject, words),
        v.record(schemaOf(form.key) as v.GenericSchema<string, string>, schemaOf(form.item)),
      );
      if (form.most === undefined) return any;
      return v.pipe(
        any,
        v.minEntries(1, 'at least one entry'),
        v.maxEntries(form.most, `at most ${form.most} entries`),
      );
    }
    case 'closed':
      return closedSchema(form, form.fields, form.demands, words);
  }
}

/** What is checked on top of a form has the words for both. */
function checkedItem(item: Form, words: string): v.GenericSchema {
  if (item.kind === 'text') return v.pipe(v.string(words), v.regex(item.pattern, words));
  return item.kind === 'either' ? v.union(item.items.map(schemaOf), words) : schemaOf(item);
}

function numberSchema({ least, most, whole }: Extract<Form, { kind: 'number' }>, words: string): v.GenericSchema {
  if (!Number.isFinite(most)) return v.number(words);
  const bounds = [
    v.minValue<number, number, string>(least, words),
    v.maxValue<number, number, string>(most, words),
  ] as const;
  return whole ? v.pipe(v.number(words), v.integer(words), ...bounds) : v.pipe(v.number(words), ...bounds);
}

/** What was expected, in a phrase. */
function wordsOf(form: Form): string {
  const own = formWords.get(form);
  if (own !== undefined) return own;
  switch (form.kind) {
    case 'flag':
      return 'true or false';
    case 'number':
      return `a ${form.whole ? 'whole ' : ''}number from ${form.least} to ${form.most}`;
    case 'word':
      return `one of ${form.words.join(', ')}`;
    case 'literal':
      return String(form.value);
    case 'record':
      return 'an object from names to what they stand for';
    case 'closed':
      return `an object with ${Object.keys(form.fields).join(', ')}`;
    default:
      return 'text';
  }
}

/** (valibot's strictObject stops at the first unknown field, and takes a list for an object.) */
function closedSchema(form: Form, fields: Fields, demands: readonly Demand[], words: string): v.GenericSchema {
  const names = Object.keys(fields);
  const entries = Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, fieldSchema(field)]));
  const inFull = v.pipe(
    v.custom<Record<string, unknown>>(isObject, words),
    v.looseObject(entries),
    v.rawCheck(({ dataset, addIssue }) => {
      const input = dataset.value as Record<string, unknown>;
      const unknown = Object.keys(input).filter((name) => !names.includes(name));
      for (const key of unknown.slice(0, maxUnknown)) {
        const meant = closestName(key, names);
        addIssue({
          message: meant === undefined ? `one of ${names.join(', ')}` : `${meant} (one of ${names.join(', ')})`,
          path: [{ type: 'object', origin: 'key', input, key, value: input[key] }],
        });
      }
      const unmet = demands.find(({ holds }) => !holds(input));
      if (unmet !== undefined) addIssue({ message: demanded(unmet, input, names) });
    }),
  );
  const findIssues = inFull['~run'];
  // Nearly every object is sound, which costs a third to see of what it costs to look for everything that may be wrong.
  return Object.assign(inFull, {
    '~run': (dataset: v.UnknownDataset, config: v.Config<v.BaseIssue<unknown>>) =>
      form.accepts(dataset.value) ? { typed: true as const, value: dataset.value } : findIssues(dataset, config),
  }) as unknown as v.GenericSchema;
}

function fieldSchema(field: Form): v.GenericSchema {
  return field.kind === 'needed' ? schemaOf(field) : v.optional(schemaOf(field));
}

function demanded(demand: Demand, value: Given, all: readonly string[]): string {
  const { count } = demand;
  if (count === undefined) {
    const words = demandWords.get(demand) ?? 'fields that go together';
    return typeof words === 'string' ? words : words(value);
  }
  const { names, least, most } = count;
  return `${least === 0 ? 'at most' : most === 1 ? 'exactly' : 'at least'} one of ${listed(names.length === 0 ? all : names)}`;
}

function listed(names: readonly string[]): string {
  return names.length === 1 ? String(names[0]) : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
