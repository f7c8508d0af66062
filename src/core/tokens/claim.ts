/** Naming a claim of a token: `sub`, `realm.role` for a nested one, `[https://example.com/roles]` where the name has dots of its own. */
import { isObject } from '../is-object.ts';

type Claims = Readonly<Record<string, unknown>>;

const dotted = /^[^.[\]]+(?:\.[^.[\]]+)*/;
const bracketed = /\[([^[\]]+)\]/y;

/** The names from the outermost inward; undefined where the text names no claim. */
export function claimPath(name: string): readonly string[] | undefined {
  const path: string[] = [];
  const plain = dotted.exec(name)?.[0] ?? '';
  if (plain !== '') path.push(...plain.split('.'));
  for (let at = plain.length; at < name.length; at = bracketed.lastIndex) {
    bracketed.lastIndex = at;
    const inner = bracketed.exec(name)?.[1];
    if (inner === undefined) return undefined;
    path.push(inner);
  }
  return path.length === 0 ? undefined : path;
}

/** What stands there; undefined where nothing does, and `null` counts as nothing. Only the token's own members are looked at. */
export function claimAt(claims: Claims | null, path: readonly string[]): unknown {
  let value: unknown = claims;
  for (const name of path) {
    if (!isObject(value) || !Object.hasOwn(value, name)) return undefined;
    value = value[name];
  }
  return value ?? undefined;
}

/** The texts that a claim is compared as: its own, or those of a list's items. Numbers and booleans count as text, objects as none. */
export function claimTexts(value: unknown): readonly string[] {
  return (Array.isArray(value) ? value : [value]).flatMap((item: unknown) => {
    if (typeof item === 'string') return [item];
    return typeof item === 'number' || typeof item === 'boolean' ? [String(item)] : [];
  });
}
