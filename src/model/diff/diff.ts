/** What changed between two documents, in words: `route default: weight of v1 90 -> 50 (share 90% -> 50%)`. */

import { isObject } from '../../core/is-object.ts';
import type { StoredDocument } from '../sound-document.ts';
import { align, movedPlaces, type Pair } from './align.ts';
import {
  addedBackend,
  backendName,
  percent,
  removedBackend,
  sharesOf,
  tellWeight,
  withoutWeight,
} from './diff-backends.ts';
import { type Fields, isThings, sameText, shown } from './diff-values.ts';

/** What one thing of a list is called; of any other list the field's own name does. */
const nouns: Readonly<Record<string, string>> = {
  routes: 'route',
  rules: 'access rule',
  listeners: 'listener',
  matches: 'match',
  filters: 'filter',
  backends: 'backend',
  endpoints: 'endpoint',
  headers: 'header',
  queryParams: 'query parameter',
  cookies: 'cookie',
  claims: 'claim',
};

/** One line for each change, in document order; none where the documents say the same, in whatever order of fields. */
export function diffDocuments(before: StoredDocument, after: StoredDocument): string[] {
  const words: string[] = [];
  compareFields([], '', plain(before), plain(after), words);
  return words;
}

/** A document that was not there before, in words: what it holds, one line for each of its fields. */
export function introduceDocument(document: StoredDocument): string[] {
  return Object.entries(plain(document)).flatMap(([field, value]) => {
    if (field === 'service' || value === undefined) return [];
    if (field === 'versions' && isObject(value)) return [`versions ${Object.keys(value).join(', ')}`];
    if (field === 'routes' && isThings(value))
      return value.map((route, index) => `route ${nameOr(route, index)}${to(route)}`);
    return [`${field} ${shown(value)}`];
  });
}

function to(route: Fields): string {
  if (!isThings(route.backends) || route.backends.length === 0) return '';
  const shares = sharesOf(route.backends);
  return ` to ${route.backends.map((backend, index) => `${backendName(backend, index)} ${percent(shares[index])}`).join(', ')}`;
}

function plain(document: StoredDocument): Fields {
  return (document.kind === 'mesh' ? document.mesh : document.service) as Fields;
}

/** `where` names the enclosing things; `prefix` is the path of fields below them, with a dot at its end. */
function compareFields(where: readonly string[], prefix: string, before: Fields, after: Fields, words: string[]): void {
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)]))
    compare(where, prefix + key, before[key], after[key], words);
}

function compare(where: readonly string[], field: string, before: unknown, after: unknown, words: string[]): void {
  if (sameText(before) === sameText(after)) return;
  const tell = (text: string): void => {
    words.push(where.length === 0 ? text : `${where.join(', ')}: ${text}`);
  };
  if (isThings(before ?? []) && isThings(after ?? []) && !(isEmpty(before) && isEmpty(after)))
    compareThings(where, field, (before ?? []) as readonly Fields[], (after ?? []) as readonly Fields[], words);
  else if (before === undefined) tell(`${field} added: ${shown(after)}`);
  else if (after === undefined) tell(`${field} removed (was ${shown(before)})`);
  else if (field === 'versions' && isObject(before) && isObject(after)) compareVersions(before, after, words);
  else if (isObject(before) && isObject(after)) compareFields(where, `${field}.`, before, after, words);
  else if (Array.isArray(before) && Array.isArray(after)) compareValues(field, before, after, tell);
  else tell(`${field} ${shown(before)} -> ${shown(after)}`);
}

function isEmpty(value: unknown): boolean {
  return !Array.isArray(value) || value.length === 0;
}

function compareVersions(before: Fields, after: Fields, words: string[]): void {
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [one, other] = [before[name], after[name]];
    if (one === undefined) words.push(`version ${name} added: ${shown(other)}`);
    else if (other === undefined) words.push(`version ${name} removed: ${shown(one)}`);
    else if (isObject(one) && isObject(other)) compareFields([`version ${name}`], '', one, other, words);
    else if (sameText(one) !== sameText(other)) words.push(`version ${name} ${shown(one)} -> ${shown(other)}`);
  }
}

/** Lists of things. The order of routes decides which one a call gets, so each route that has moved is named. */
function compareThings(
  where: readonly string[],
  field: string,
  before: readonly Fields[],
  after: readonly Fields[],
  words: string[],
): void {
  const list = field.slice(field.lastIndexOf('.') + 1);
  const noun = nouns[list] ?? field;
  const pairs = align(before, after, sameText);
  const kept = pairs.filter(({ from, to }) => from !== -1 && to !== -1);
  const moved = new Set([...movedPlaces(kept.map(({ from }) => from))].map((index) => kept[index]));
  const inRoute = list === 'backends';
  const tell = (text: string): void => {
    words.push(where.length === 0 ? text : `${where.join(', ')}: ${text}`);
  };
  for (const pair of pairs) {
    const name = `${noun} ${callIt(pair)}`;
    const place = list === 'routes' ? ` ${placeOf(after, pair.to)}` : '';
    if (pair.before === undefined)
      tell(inRoute ? addedBackend(pair, after) : `${name} added${place}: ${unnamed(pair.after, pair)}`);
    else if (pair.after === undefined)
      tell(inRoute ? removedBackend(pair, before) : `${name} removed: ${unnamed(pair.before, pair)}`);
    else {
      if (list === 'routes' && moved.has(pair))
        tell(`${name} moved ${placeOf(after, pair.to)}; the first route that matches decides`);
      const [one, other] = inRoute
        ? [tellWeight(pair, before, after, tell), withoutWeight(pair.after)]
        : [pair.before, pair.after];
      compareFields([...where, name], '', one, other, words);
    }
  }
  if (list !== 'routes' && moved.size > 0) tell(`the order of ${field} changed`);
}

/** By its own name, else by its place: after the change where it is still there. */
function callIt({ name, from, to }: Pair<Fields>): string {
  return name ?? `${(to === -1 ? from : to) + 1}`;
}

/** What a thing says, without the name by which it was just called. */
function unnamed(thing: Fields | undefined, { name }: Pair<Fields>): string {
  const { name: own, ...rest } = thing ?? {};
  return shown(own !== undefined && own === name ? rest : thing);
}

function placeOf(routes: readonly Fields[], index: number): string {
  const next = routes[index + 1];
  if (next !== undefined) return `before ${nameOr(next, index + 1)}`;
  const last = routes[index - 1];
  return last === undefined ? 'as the only route' : `at the end, after ${nameOr(last, index - 1)}`;
}

function nameOr({ name }: Fields, index: number): string {
  return typeof name === 'string' ? name : `${index + 1}`;
}

function compareValues(
  field: string,
  before: readonly unknown[],
  after: readonly unknown[],
  tell: (text: string) => void,
): void {
  const [one, other] = [new Set(before.map(sameText)), new Set(after.map(sameText))];
  const gone = before.filter((item) => !other.has(sameText(item)));
  const come = after.filter((item) => !one.has(sameText(item)));
  if (gone.length === 0 && come.length === 0)
    tell(
      before.length === after.length ? `the order of ${field} changed` : `${field} ${shown(before)} -> ${shown(after)}`,
    );
  else if (gone.length === 1 && come.length === 1) tell(`${field} ${shown(gone[0])} -> ${shown(come[0])}`);
  else {
    const parts = [...gone.map((item) => `without ${shown(item)}`), ...come.map((item) => `with ${shown(item)}`)];
    tell(`${field} now ${parts.join(', ')}`);
  }
}
