/** Choosing what an index goes by: the hosts, paths or other texts that divide the candidates best. */

import type { CallFacts } from '../call-facts.ts';
import type { Condition, Key } from './match-conditions.ts';
import type { Reader, Reading } from './match-reading.ts';

/** One match of a route, with the conditions that are not known to hold yet. */
export interface Candidate {
  /** Position among all matches of the document. */
  readonly order: number;
  readonly conditions: readonly Condition[];
  /** Under how many entries of tables it stands already; 1 where it is left out. */
  readonly places?: number;
}

/** Looks for the first candidate before `limit`; answers its order, or `limit` where there is none. */
export type Find = (facts: CallFacts, reading: Reading, limit: number) => number;

/** What one table goes by: one text of calls, their hosts, or their paths. */
export type Subject = Reader | 'host' | 'path';

/** Candidates that one table finds. */
export interface Group {
  readonly subject: Subject;
  readonly members: readonly { readonly candidate: Candidate; readonly by: Condition & { readonly key: Key } }[];
}

/** A look-up must spare at least so many tries on the average. */
const leastSpared = 2;

/**
 * A candidate stands in a table once for each text that its condition names. In tables within tables these numbers multiply, so there they may
 * come to this much only: what an index takes grows with its document and no faster.
 */
const mostPlaces = 16;

/** Whether a table may go by this condition of a candidate. */
function divides({ places = 1 }: Candidate, key: Key): boolean {
  const count = textCount(key);
  return count === 1 || places === 1 || places * count <= mostPlaces;
}

/** Under how many entries of a table a condition stands. */
export function textCount(key: Key): number {
  if (key.kind === 'value') return key.values.length;
  return key.kind === 'host' ? key.patterns.length : 1;
}

/** Divides candidates into groups with a table each, and those that no table would spare anything. */
export function grouped(candidates: readonly Candidate[]): { readonly groups: Group[]; readonly rest: Candidate[] } {
  const tallies = new Map<Subject, Tally>();
  for (const candidate of candidates) {
    for (const { key } of candidate.conditions) if (key !== undefined && divides(candidate, key)) tally(tallies, key);
  }
  const ranked = [...tallies]
    .map(([subject, counts]) => ({ subject, spared: spared(counts) }))
    .filter((entry) => entry.spared >= leastSpared)
    .sort((one, other) => other.spared - one.spared);
  const rank = new Map(ranked.map(({ subject }, index) => [subject, index]));
  const groups = ranked.map(({ subject }) => ({ subject, members: [] as Group['members'][number][] }));
  const rest: Candidate[] = [];
  for (const candidate of candidates) {
    let best = groups.length;
    let by: Condition | undefined;
    for (const condition of candidate.conditions) {
      const { key } = condition;
      const place = key !== undefined && divides(candidate, key) ? rank.get(subjectOf(key)) : undefined;
      if (place !== undefined && place < best) {
        best = place;
        by = condition;
      }
    }
    if (by === undefined) rest.push(candidate);
    else groups[best]?.members.push({ candidate, by: by as Condition & { readonly key: Key } });
  }
  return { groups: groups.filter(({ members }) => members.length > 0), rest };
}

interface Tally {
  keyed: number;
  readonly counts: Map<string, number>;
}

function tally(tallies: Map<Subject, Tally>, key: Key): void {
  const subject = subjectOf(key);
  let counted = tallies.get(subject);
  if (counted === undefined) {
    counted = { keyed: 0, counts: new Map() };
    tallies.set(subject, counted);
  }
  counted.keyed += 1;
  const { counts } = counted;
  const count = (text: string): unknown => counts.set(text, (counts.get(text) ?? 0) + 1);
  if (key.kind === 'value') key.values.forEach(count);
  else if (key.kind === 'host') key.patterns.forEach(count);
  else count(key.kind === 'path' ? key.value : key.prefix);
}

/** How many of the candidates a call need not try on the average, where calls are spread as the candidates are. */
function spared({ keyed, counts }: Tally): number {
  let sum = 0;
  let squares = 0;
  for (const count of counts.values()) {
    sum += count;
    squares += count * count;
  }
  return sum === 0 ? keyed : keyed - squares / sum;
}

function subjectOf(key: Key): Subject {
  if (key.kind === 'value') return key.of;
  return key.kind === 'host' ? 'host' : 'path';
}
