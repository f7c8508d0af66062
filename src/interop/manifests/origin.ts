/** Where parts of documents come from: found by the part itself, so that a part which nobody holds any more is forgotten. */
import type { Located } from './located.ts';

const origins = new WeakMap<object, Located>();

/** Remembers where a part of a document comes from, and gives the part back. */
export function madeFrom<T extends object>(origin: Located | undefined, part: T): T {
  if (origin !== undefined) origins.set(part, origin);
  return part;
}

/** What the part was made from; undefined where nobody said. */
export function originOf(part: object): Located | undefined {
  return origins.get(part);
}
