/**
 * What a table has under a name that somebody else chose, or `undefined`. Every object has `constructor` and `toString` from its
 * prototype, so that a plain look-up finds functions under names of Workers, labels, hosts and versions that may well be called so.
 */
export function ownEntry<Entry>(table: Readonly<Record<string, Entry>>, name: string): Entry | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
