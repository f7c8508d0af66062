/** Which item of one list is which of another: by their own names, and what has none by what it says. */

export interface Pair<Item> {
  /** Undefined where the item is new. */
  readonly before?: Item;
  /** Undefined where the item is gone. */
  readonly after?: Item;
  /** The item's own name; undefined where it is known by its place only. */
  readonly name?: string;
  /** Place in the list before, from 0; -1 where the item is new. */
  readonly from: number;
  /** Place in the list after, from 0; -1 where the item is gone. */
  readonly to: number;
}

/** What tells items apart, by the fields that name things in documents; the first that an item has. */
const nameFields = ['name', 'issuer', 'worker', 'url', 'version', 'service', 'fingerprint', 'subject', 'type'];

/**
 * Pairs two lists: things of the same name are one thing, wherever they stand; a name that two things share names none of them.
 * Of the rest, equal items are one, and those that have something in common are taken for one that was changed. In the order
 * of the list after, what is gone last. `textOf` is equal for what says the same.
 */
export function align<Item extends object>(
  before: readonly Item[],
  after: readonly Item[],
  textOf: (value: unknown) => string,
): Pair<Item>[] {
  const [earlier, later] = [ownNames(before), ownNames(after)];
  const partner = new Array<number>(after.length).fill(-1);
  const taken = new Set<number>();
  const take = (to: number, from: number | undefined): void => {
    if (from === undefined || taken.has(from)) return;
    partner[to] = from;
    taken.add(from);
  };
  const byName = new Map(earlier.flatMap((name, from) => (name === undefined ? [] : [[name, from] as const])));
  later.forEach((name, to) => {
    if (name !== undefined) take(to, byName.get(name));
  });
  const free = (list: readonly unknown[], open: (index: number) => boolean): number[] =>
    list.flatMap((_item, index) => (open(index) ? [index] : []));
  const openFrom = () => free(before, (from) => earlier[from] === undefined && !taken.has(from));
  const openTo = () => free(after, (to) => later[to] === undefined && partner[to] === -1);

  const byText = new Map<string, number[]>();
  for (const from of openFrom()) {
    const text = textOf(before[from]);
    byText.set(text, [...(byText.get(text) ?? []), from]);
  }
  for (const to of openTo()) take(to, byText.get(textOf(after[to]))?.shift());
  for (const to of openTo()) {
    const item = after[to] as Item;
    take(
      to,
      openFrom().find((from) => resemble(before[from] as Item, item, textOf)),
    );
  }
  const pairs = after.map((item, to): Pair<Item> => {
    const from = partner[to] as number;
    return { before: before[from], after: item, name: later[to], from, to };
  });
  const gone = free(before, (from) => !taken.has(from));
  return [...pairs, ...gone.map((from): Pair<Item> => ({ before: before[from], name: earlier[from], from, to: -1 }))];
}

/** The name of each item; undefined where it has none, or shares it. */
function ownNames(items: readonly object[]): (string | undefined)[] {
  const names = items.map((item) => {
    const found = nameFields.map((field) => (item as Readonly<Record<string, unknown>>)[field]);
    return found.find((value): value is string => typeof value === 'string');
  });
  const counts = new Map<string | undefined, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return names.map((name) => (counts.get(name) === 1 ? name : undefined));
}

/** Whether a field is equal in both, or the only field of both is the same one. */
function resemble(one: object, other: object, textOf: (value: unknown) => string): boolean {
  const [fields, others] = [Object.entries(one), new Map(Object.entries(other))];
  if (fields.length === 1 && others.size === 1) return others.has((fields[0] as [string, unknown])[0]);
  return fields.some(([field, value]) => others.has(field) && textOf(others.get(field)) === textOf(value));
}

/** The places, of a list of distinct numbers, outside one longest rising part of it: what must have moved, if as little as possible did. */
export function movedPlaces(order: readonly number[]): Set<number> {
  const ends: number[] = [];
  const previous = order.map((value, place) => {
    let [low, high] = [0, ends.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((order[ends[middle] as number] as number) < value) low = middle + 1;
      else high = middle;
    }
    ends[low] = place;
    return low === 0 ? -1 : (ends[low - 1] as number);
  });
  const moved = new Set(order.keys());
  for (let place = ends.at(-1) ?? -1; place !== -1; place = previous[place] as number) moved.delete(place);
  return moved;
}
