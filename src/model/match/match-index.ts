/**
 * Finding the first of many candidates without trying each: candidates that ask for an exact host, path, header or other text stand in a
 * table under that text, so a call tries only those whose table entry it hits.
 *
 * What is found is always the first in document order of which all conditions hold. A call may hit several tables; each is told the
 * earliest candidate found so far, and looks at none that come after it, so the order of the tables does not matter.
 */
import { allHold } from './match-conditions.ts';
import { type Candidate, type Find, grouped } from './match-groups.ts';
import { tableOf } from './match-tables.ts';

/** So few candidates are tried one by one, which costs less than a look-up. */
const maxTried = 2;

/** Builds the index over candidates in ascending order. */
export function indexOf(candidates: readonly Candidate[]): Find {
  if (candidates.length <= maxTried) return tryEach(candidates);
  const { groups, rest } = grouped(candidates);
  if (groups.length === 0) return tryEach(candidates);
  const finds = groups.map((group) => tableOf(group, indexOf));
  if (rest.length > 0) finds.push(indexOf(rest));
  const [first, second] = finds as [Find, ...Find[]];
  if (second === undefined) return first;
  if (finds.length === 2) return (facts, reading, limit) => second(facts, reading, first(facts, reading, limit));
  return (facts, reading, limit) => {
    let found = limit;
    for (const find of finds) found = find(facts, reading, found);
    return found;
  };
}

function tryEach(candidates: readonly Candidate[]): Find {
  const tried = candidates.map(({ order, conditions }) => tryOne(order, conditions));
  const [first, second] = tried as [Find, ...Find[]];
  if (second === undefined) return first;
  // Ascending: what one has found is the limit that ends all after it.
  if (tried.length === 2) return (facts, reading, limit) => second(facts, reading, first(facts, reading, limit));
  return (facts, reading, limit) => {
    for (const one of tried) {
      const found = one(facts, reading, limit);
      if (found < limit) return found;
    }
    return limit;
  };
}

/** Most entries of a table have one candidate, of which one thing or nothing is left to ask. */
function tryOne(order: number, conditions: Candidate['conditions']): Find {
  const tests = conditions.map(({ holds }) => holds);
  const [only] = tests;
  if (only === undefined) return (_facts, _reading, limit) => (order < limit ? order : limit);
  if (tests.length === 1) return (facts, reading, limit) => (order < limit && only(facts, reading) ? order : limit);
  return (facts, reading, limit) => (order < limit && allHold(tests, facts, reading) ? order : limit);
}
