/** Plain values as a comparison of documents sees them: when they say the same, and how one is shown in a line. */
import { isObject } from '../../core/is-object.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** Whether a value is a list of objects; an empty list is one. */
export function isThings(value: unknown): value is readonly Fields[] {
  return Array.isArray(value) && value.every(isObject);
}

/** Equal for values that say the same, whatever the order of their fields. */
export function sameText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(sameText).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value) ?? 'undefined';
  const fields = Object.keys(value)
    .filter((key) => value[key] !== undefined)
    .sort();
  return `{${fields.map((key) => `${JSON.stringify(key)}:${sameText(value[key])}`).join(',')}}`;
}

/** Longer ones are cut: a patch has them whole. */
const maxShown = 120;

/** A value in one line of at most 120 characters. */
export function shown(value: unknown): string {
  const text = flow(value);
  return text.length > maxShown ? `${text.slice(0, maxShown - 3)}...` : text;
}

const plainText = /^[\w/*+.-][^\s,:#"'{}[\]]*$/;
/** What YAML takes for a number or a word of its own. */
const readOtherwise = /^(?:[-+.\d][\d.e+-]*|true|false|null)$/i;

/** As YAML in one line; text in quotes where it would be read as something else. */
function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
  if (isObject(value)) {
    const fields = Object.entries(value).filter(([, inner]) => inner !== undefined);
    return fields.length === 0 ? '{}' : `{ ${fields.map(([key, inner]) => `${key}: ${flow(inner)}`).join(', ')} }`;
  }
  if (typeof value === 'string' && plainText.test(value) && !readOtherwise.test(value)) return value;
  return JSON.stringify(value) ?? 'nothing';
}
