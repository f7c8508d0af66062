/** What changed between two documents, in words: `route default, version v1: weight 90 -> 50`. */
import type { StoredDocument } from './validate.ts';

/** Lists whose things have names of their own, and what a thing is called. */
const namedLists: Readonly<Record<string, string>> = { routes: 'route', backends: 'version', rules: 'rule' };

/** One line for each change, in document order; none where the documents say the same, in whatever order of fields. */
export function diffDocuments(before: StoredDocument, after: StoredDocument): string[] {
  const words: string[] = [];
  compare([], '', plain(before), plain(after), words);
  return words;
}

function plain(document: StoredDocument): unknown {
  return document.kind === 'mesh' ? document.mesh : document.service;
}

/** `where` names the enclosing routes, rules and versions; `field` the path of fields below them. */
function compare(where: readonly string[], field: string, before: unknown, after: unknown, words: string[]): void {
  if (sameText(before) === sameText(after)) return;
  const tell = (text: string): void => {
    words.push(where.length === 0 ? text : `${where.join(', ')}: ${text}`);
  };
  if (before === undefined) tell(`${field} added: ${shown(after)}`);
  else if (after === undefined) tell(`${field} removed`);
  else if (isObject(before) && isObject(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      if (field === 'versions')
        compareThings(where, 'version', new Map([[key, before[key]]]), new Map([[key, after[key]]]), words);
      else compare(where, field === '' ? key : `${field}.${key}`, before[key], after[key], words);
    }
  } else if (Array.isArray(before) && Array.isArray(after)) {
    const thing = namedLists[field.slice(field.lastIndexOf('.') + 1)];
    const one = thing === undefined ? undefined : byName(before);
    const other = thing === undefined ? undefined : byName(after);
    if (thing !== undefined && one !== undefined && other !== undefined) {
      compareThings(where, thing, one, other, words);
      const kept = [...one.keys()].filter((name) => other.has(name));
      if (kept.join() !== [...other.keys()].filter((name) => one.has(name)).join())
        tell(`the order of ${field} changed`);
    } else compareLists(field, before, after, tell);
  } else tell(`${field} ${shown(before)} -> ${shown(after)}`);
}

/** Things by name, a missing one as `undefined`. */
function compareThings(
  where: readonly string[],
  thing: string,
  before: ReadonlyMap<string, unknown>,
  after: ReadonlyMap<string, unknown>,
  words: string[],
): void {
  for (const name of new Set([...before.keys(), ...after.keys()])) {
    const one = before.get(name);
    const other = after.get(name);
    const place = [...where, `${thing} ${name}`];
    if (one === undefined && other !== undefined) words.push(`${place.join(', ')} added: ${shown(other)}`);
    else if (one !== undefined && other === undefined) words.push(`${place.join(', ')} removed`);
    else compare(place, '', one, other, words);
  }
}

function compareLists(
  field: string,
  before: readonly unknown[],
  after: readonly unknown[],
  tell: (text: string) => void,
): void {
  const one = before.map(sameText);
  const other = after.map(sameText);
  const gone = before.filter((_, index) => !other.includes(one[index] as string));
  const come = after.filter((_, index) => !one.includes(other[index] as string));
  if (gone.length === 0 && come.length === 0) tell(`the order of ${field} changed`);
  else if (gone.length === 1 && come.length === 1) tell(`${field} ${shown(gone[0])} -> ${shown(come[0])}`);
  else {
    const parts = [...gone.map((item) => `without ${shown(item)}`), ...come.map((item) => `with ${shown(item)}`)];
    tell(`${field} now ${parts.join(', ')}`);
  }
}

/** The things of a list by their own names; `undefined` where two share one. A rule without a name is called by its place. */
function byName(items: readonly unknown[]): Map<string, unknown> | undefined {
  const found = new Map<string, unknown>();
  items.forEach((item, index) => {
    const { name, version } = item as { readonly name?: string; readonly version?: string };
    found.set(name ?? version ?? `${index + 1}`, item);
  });
  return found.size === items.length ? found : undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Equal for values that say the same, whatever the order of their fields. */
function sameText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(sameText).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value) ?? 'undefined';
  const fields = Object.keys(value)
    .filter((key) => value[key] !== undefined)
    .sort();
  return `{${fields.map((key) => `${JSON.stringify(key)}:${sameText(value[key])}`).join(',')}}`;
}

function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}
