/**
 * Choosing one endpoint among several of a version. Endpoints are positions in lists that run in parallel: weights, seeds, state; `among`
 * holds the positions that may be chosen, at least one.
 */
import { pointBetween } from './hash.ts';

/** What an endpoint is still owed by the rotation; changed in place at each choice. */
export interface Turn {
  credit: number;
}

/**
 * Smooth weighted round robin: each candidate is owed its weight, the one that is owed most is chosen and pays for all. Of 5 calls with weights
 * 4 and 1, four and one go there, never all four in a row.
 */
export function nextInTurn(turns: readonly Turn[], weights: readonly number[], among: readonly number[]): number {
  let total = 0;
  let chosen = among[0] as number;
  let most = -Infinity;
  for (const index of among) {
    const turn = turns[index] as Turn;
    const weight = weights[index] as number;
    total += weight;
    turn.credit += weight;
    if (turn.credit > most) {
      most = turn.credit;
      chosen = index;
    }
  }
  (turns[chosen] as Turn).credit -= total;
  return chosen;
}

/** By chance, in proportion to the weights. */
export function byChance(weights: readonly number[], among: readonly number[], random: number): number {
  let total = 0;
  for (const index of among) total += weights[index] as number;
  let point = random * total;
  for (const index of among) {
    point -= weights[index] as number;
    if (point < 0) return index;
  }
  return among[among.length - 1] as number;
}

/**
 * Power of two choices: of two candidates drawn by chance the one with fewer calls under way for its weight; the first where they are equal.
 * (Looking at all would send every isolate's next call to one and the same endpoint.)
 */
export function leastRequest(
  weights: readonly number[],
  among: readonly number[],
  active: (index: number) => number,
  random: () => number,
): number {
  if (among.length === 1) return among[0] as number;
  const first = byChance(weights, among, random());
  const others = among.filter((index) => index !== first);
  const second = byChance(weights, others, random());
  return active(second) / (weights[second] as number) < active(first) / (weights[first] as number) ? second : first;
}

/**
 * Weighted rendezvous hashing: each candidate draws a score from the key and its own seed, the highest wins. Taking a candidate away moves only its own
 * keys, and a weight that grows draws keys to itself only.
 */
export function byHash(
  hash: number,
  seeds: readonly number[],
  weights: readonly number[],
  among: readonly number[],
): number {
  let chosen = among[0] as number;
  let highest = -Infinity;
  for (const index of among) {
    const score = (weights[index] as number) / -Math.log(pointBetween(hash, seeds[index] as number));
    if (score > highest) {
      highest = score;
      chosen = index;
    }
  }
  return chosen;
}
