/** Whether values are mere data, which can be sent as often as one likes: no function, stub, stream, request or anything else that is used up. */
export function isPlainData(root: unknown): boolean {
  const seen = new Set<object>();
  const open: unknown[] = [root];
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value === 'function' || typeof value === 'symbol') return false;
    if (typeof value !== 'object' || value === null || seen.has(value)) continue;
    seen.add(value);
    const parts = partsOf(value);
    if (parts === undefined) return false;
    for (const part of parts) open.push(part);
  }
  return true;
}

/** What a piece of data holds; undefined for an object of any other kind. */
function partsOf(value: object): Iterable<unknown> | undefined {
  if (Array.isArray(value)) return value;
  if (value instanceof Map) return [...value.keys(), ...value.values()];
  if (value instanceof Set) return value;
  if (ArrayBuffer.isView(value) || leaves.some((kind) => value instanceof kind)) return [];
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null ? Object.values(value) : undefined;
}

const leaves = [Date, RegExp, ArrayBuffer, Error, Number, String, Boolean, BigInt];
