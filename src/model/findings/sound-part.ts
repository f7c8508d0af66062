/**
 * The part of a malformed document that the schema accepts, so that the rules that span fields can be checked on it and people
 * see all mistakes at once. Only runs when something is wrong already.
 */
import * as v from 'valibot';
import type { PathKey } from './issue.ts';

export interface SoundPart<T> {
  readonly value: T;
  /** The path in the whole document of a path in the part, where list indexes may differ. */
  readonly originalPath: (path: readonly PathKey[]) => readonly PathKey[];
}

/** Each round takes away what the schema refuses; what is then missing something goes in the next. */
const maxRounds = 12;

/** What takes the place of a refused part, so that what refers to it by name is not lost with it; `undefined` takes it away. */
export type StandIn = (path: readonly PathKey[]) => unknown;

/** What is refused, as a tree along the paths; parts that it does not name stay as they are. */
interface Refusal {
  refused: boolean;
  readonly below: Map<PathKey, Refusal>;
}

/** `undefined` where nothing sound is left. */
export function soundPart<T>(schema: v.GenericSchema, whole: unknown, standIn: StandIn): SoundPart<T> | undefined {
  const refusals: Refusal = { refused: false, below: new Map() };
  for (let round = 0; round < maxRounds; round += 1) {
    const kept = new Map<object, readonly number[]>();
    const value = without(whole, [], refusals, kept, standIn);
    const result = v.safeParse(schema, value);
    const originalPath = (path: readonly PathKey[]): readonly PathKey[] => originalOf(value, path, kept);
    if (result.success) return { value: result.output as T, originalPath };
    for (const issue of result.issues) {
      const path = (issue.path ?? []).map((item) => item.key as PathKey);
      const missing = issue.path?.at(-1)?.origin === 'key' && issue.input === undefined;
      const culprit = missing ? path.slice(0, -1) : path;
      if (culprit.length === 0) return undefined;
      refuse(refusals, originalPath(culprit));
    }
  }
  return undefined;
}

function refuse(refusals: Refusal, path: readonly PathKey[]): void {
  let here = refusals;
  for (const key of path) {
    let below = here.below.get(key);
    if (below === undefined) {
      below = { refused: false, below: new Map() };
      here.below.set(key, below);
    }
    here = below;
  }
  here.refused = true;
}

function without(
  value: unknown,
  path: readonly PathKey[],
  { below }: Refusal,
  kept: Map<object, readonly number[]>,
  standIn: StandIn,
): unknown {
  if (below.size === 0 || typeof value !== 'object' || value === null) return value;
  const part = (key: PathKey, item: unknown): unknown => {
    const refusal = below.get(key);
    return refusal === undefined ? item : without(item, [...path, key], refusal, kept, standIn);
  };
  if (Array.isArray(value)) {
    const indexes = [...value.keys()].filter((index) => below.get(index)?.refused !== true);
    const items = indexes.map((index) => part(index, value[index]));
    kept.set(items, indexes);
    return items;
  }
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) => {
      if (below.get(key)?.refused !== true) return [[key, part(key, item)]];
      const instead = standIn([...path, key]);
      return instead === undefined ? [] : [[key, instead]];
    }),
  );
}

function originalOf(
  value: unknown,
  path: readonly PathKey[],
  kept: ReadonlyMap<object, readonly number[]>,
): readonly PathKey[] {
  let here = value;
  return path.map((key) => {
    const original = Array.isArray(here) ? (kept.get(here)?.[key as number] ?? key) : key;
    here = (here as Record<PathKey, unknown> | undefined)?.[key];
    return original;
  });
}
