/**
 * Finding the first of many candidates without trying each: candidates that ask for an exact host, path, header or other text stand in a
 * table under that text, so a call tries only those whose table entry it hits.
 *
 * What is found is always the first in document order of which all conditions hold. A call may hit several tables; each is told the
 * earliest candidate found so far, and looks at none that come after it, so the order of the tables does not matter.
 */
import { allHold, type Test } from './match-conditions.ts';
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
  const orders = candidates.map(({ order }) => order);
  const tests = candidates.map(({ conditions }) => conditions.map(({ holds }) => holds));
  const [only] = tests;
  if (tests.length === 1 && only !== undefined) return tryOne(orders[0] as number, only);
  return (facts, reading, limit) => {
    for (let index = 0; index < orders.length; index += 1) {
      const order = orders[index] as number;
      if (order >= limit) return limit;
      if (allHold(tests[index] as readonly Test[], facts, reading)) return order;
    }
    return limit;
  };
}

/** Most entries of a table have one candidate, of which nothing is left to ask. */
function tryOne(order: number, tests: readonly Test[]): Find {
  if (tests.length === 0) return (_facts, _reading, limit) => (order < limit ? order : limit);
  return (facts, reading, limit) => (order < limit && allHold(tests, facts, reading) ? order : limit);
}
