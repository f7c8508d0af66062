/** Asks again and again until `found` yields a value, for as long as `boundMs` milliseconds; `undefined` where it never does. */
export async function until<T>(
  boundMs: number,
  found: () => Promise<T | undefined>,
  everyMs = 100,
): Promise<T | undefined> {
  const giveUpAt = Date.now() + boundMs;
  for (;;) {
    const value = await found();
    if (value !== undefined || Date.now() > giveUpAt) return value;
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
