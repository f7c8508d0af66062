/** Names of services in documents: who is named, who can be reached, and documents with other names. */
import type { Json, World } from './world.ts';

/** Every text that stands under a key somewhere in a value: the Workers, or the services, that it names. */
export function namedBy(value: unknown, key: string): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, part]) =>
    name === key && typeof part === 'string' ? [part] : namedBy(part, key),
  );
}

/** The services that a document calls: by its routes, and to ask them who may call. */
export function calledBy({ routes, access }: Json): string[] {
  return [routes, access].flatMap((part) => namedBy(part, 'service'));
}

/** The services that have a document or a public door, from these on along whom they call, each once. */
export function reachable(world: World, from: readonly string[]): string[] {
  const found = new Set<string>();
  const left = [...from];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    if (found.has(next) || !(world.documents.has(next) || world.gateways.includes(next))) continue;
    found.add(next);
    left.push(...calledBy(world.documents.get(next) ?? {}));
  }
  return [...found].sort();
}

/** A document in which services have other names; everything else is as it was imported. */
export function renamed(document: Json, nameOf: ReadonlyMap<string, string>): Json {
  return rename(document) as Json;
  function rename(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(rename);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, part]) => [
        key,
        key === 'service' && typeof part === 'string' ? (nameOf.get(part) ?? part) : rename(part),
      ]),
    );
  }
}
