/** Lets the oldest entry of a map go where there are `most`, so that there is room for one more. */
export function makeRoom<TKey>(map: Map<TKey, unknown>, most: number): void {
  if (map.size < most) return;
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}
