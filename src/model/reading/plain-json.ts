/**
 * JSON by the engine's own parser, which is some ten times as fast as one that knows places, and says nothing of duplicate keys. An edge reads
 * a sound document so; whatever is not sound is read again by the parser with places, which says what is wrong.
 */
import { forbiddenKeys, maxDepth, maxNodes } from './text-limits.ts';

/** The value of a text; undefined where it is no JSON, or has what `parseJsonTree` and `treeProblems` would refuse. */
export function plainJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const size = { nodes: 0, keys: 0 };
  if (!measured(value, 0, size)) return undefined;
  // Of a key that stands twice in an object the value has only one.
  return keysIn(text) === size.keys ? value : undefined;
}

/** Counts values and keys; false where there are too many, or one that no document may have. */
function measured(value: unknown, depth: number, size: { nodes: number; keys: number }): boolean {
  size.nodes += 1;
  if (size.nodes > maxNodes || depth > maxDepth) return false;
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) {
    for (const item of value) if (!measured(item, depth + 1, size)) return false;
    return true;
  }
  for (const key of Object.keys(value)) {
    size.keys += 1;
    if (forbiddenKeys.has(key) || !measured((value as Record<string, unknown>)[key], depth + 1, size)) return false;
  }
  return true;
}

const quote = 0x22;
const backslash = 0x5c;
const colon = 0x3a;

/** How many strings of a valid JSON text are keys: those before a colon. */
function keysIn(text: string): number {
  let keys = 0;
  for (let start = text.indexOf('"'); start >= 0; ) {
    let end = start + 1;
    for (let code = text.charCodeAt(end); code !== quote; code = text.charCodeAt(end))
      end += code === backslash ? 2 : 1;
    let next = end + 1;
    while (isSpace(text.charCodeAt(next))) next += 1;
    if (text.charCodeAt(next) === colon) keys += 1;
    start = text.indexOf('"', next);
  }
  return keys;
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}
