/** Hashes that spread texts evenly: for choices that must come out the same in every isolate. They are no secret and prove nothing. */

/**
 * 53 bits of a text, as many as a number holds exactly. Two 32-bit lanes are mixed by odd multipliers and avalanched at the end,
 * so that texts which differ in one character have unrelated hashes.
 */
export function hashText(text: string): number {
  let one = 0x9e3779b9;
  let two = 0x41c6ce57;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    one = Math.imul(one ^ unit, 0x9e3779b1);
    two = Math.imul(two ^ unit, 0x5f356495);
    one ^= one >>> 15;
    two ^= two >>> 13;
  }
  const low = avalanche(one ^ Math.imul(two, 0x85ebca6b));
  const high = avalanche(two ^ Math.imul(low, 0xc2b2ae35));
  return (high & 0x1fffff) * 0x1_0000_0000 + (low >>> 0);
}

/** A hash as a point in [0, 1). */
export function pointOf(hash: number): number {
  return hash / 0x20_0000_0000_0000;
}

/** A point in (0, 1) that a hash and a seed have together: independent for each seed. */
export function pointBetween(hash: number, seed: number): number {
  const low = hash >>> 0;
  const high = Math.floor(hash / 0x1_0000_0000);
  const mixed = avalanche(avalanche(low ^ seed) ^ Math.imul(high ^ seed, 0x9e3779b1));
  return ((mixed >>> 0) + 0.5) / 0x1_0000_0000;
}

/** The finalizer of MurmurHash3 for 32 bits: each bit of the input changes each bit of the result with probability one half. */
function avalanche(value: number): number {
  let mixed = value;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
