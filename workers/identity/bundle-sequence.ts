/**
 * The sequence of our bundle, which grows whenever its keys change (SPIFFE Trust Domain and Bundle, section 4.1.1), so that nobody
 * takes an old copy for a new one.
 */
export function bundleSequence(sql: SqlStorage, keys: string): number {
  const [last] = sql.exec<{ keys: string; sequence: number }>('SELECT keys, sequence FROM published').toArray();
  if (last?.keys === keys) return last.sequence;
  const sequence = (last?.sequence ?? 0) + 1;
  sql.exec('INSERT OR REPLACE INTO published (id, keys, sequence) VALUES (1, ?, ?)', keys, sequence);
  return sequence;
}
