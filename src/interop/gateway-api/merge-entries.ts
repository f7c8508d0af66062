/** From entries in the API's order to routes: those of one rule together again, wherever nothing between them has a say. */
import { conditions, maxHostnames, maxMatches } from '../documents/conditions.ts';
import type { DraftRoute } from '../documents/draft.ts';
import { areDisjoint, type Entry } from './precedence.ts';

/** Comparisons after which what is left stays apart: a route more costs little, and the search for a reason would cost seconds. */
const maxComparisons = 200_000_000;

/** Routes that decide as the entries do, first match wins; a rule stays one route where it can. */
export function mergeEntries(sorted: readonly Entry[]): DraftRoute[] {
  const blocks: Entry[][] = sorted.map((entry) => [entry]);
  const work = { left: maxComparisons };
  // First whole rules, then what one rule has for one host, so that hosts do not multiply what can stay together.
  for (const keyOf of [ruleKey, ruleAndHostKey, ruleAndMatchKey]) mergeBy(blocks, keyOf, work);
  return blocks.map(routeOf);
}

const ruleKey = (entry: Entry): readonly unknown[] => [entry.rule];
const ruleAndHostKey = (entry: Entry): readonly unknown[] => [entry.rule, entry.hostname];
const ruleAndMatchKey = (entry: Entry): readonly unknown[] => [entry.rule, entry.match];

function mergeBy(blocks: Entry[][], keyOf: (entry: Entry) => readonly unknown[], work: { left: number }): void {
  const groups = new Map<unknown, Map<unknown, Entry[][]>>();
  for (const block of blocks) {
    const [rule, part] = keyOf(block[0] as Entry);
    const parts = groups.get(rule) ?? new Map<unknown, Entry[][]>();
    const group = parts.get(part) ?? [];
    group.push(block);
    groups.set(rule, parts.set(part, group));
  }
  for (const parts of groups.values()) {
    for (const group of parts.values()) if (group.length > 1 && work.left > 0) gather(blocks, group, work);
  }
}

/** Puts a group's blocks together at the place of its first, or of its last, unless either would change what is decided. */
function gather(blocks: Entry[][], group: readonly Entry[][], work: { left: number }): void {
  const all = group.flat();
  if (!isProduct(all)) return;
  const first = blocks.indexOf(group[0] as Entry[]);
  const last = blocks.indexOf(group.at(-1) as Entry[], first);
  work.left -= (last - first) * all.length;
  const up = mayMove(blocks, first, last, group, 1);
  if (!up && !mayMove(blocks, last, first, group, -1)) return;
  const others = blocks.slice(first, last + 1).filter((block) => !group.includes(block));
  blocks.splice(first, last - first + 1, ...(up ? [all, ...others] : [...others, all]));
}

/** A block may move past another where no call fits both. */
function mayMove(
  blocks: readonly Entry[][],
  from: number,
  to: number,
  group: readonly Entry[][],
  step: 1 | -1,
): boolean {
  const passed: Entry[] = [];
  for (let at = from; at !== to + step; at += step) {
    const block = blocks[at] as Entry[];
    if (!group.includes(block)) passed.push(...block);
    else if (block.some((entry) => passed.some((other) => !areDisjoint(entry, other)))) return false;
  }
  return true;
}

/** Whether the entries are all pairs of some hosts and some matches, as many as a route may have. */
function isProduct(entries: readonly Entry[]): boolean {
  const hosts = new Set(entries.map(({ hostname }) => hostname));
  const matches = new Set(entries.map(({ match }) => match));
  return matches.size <= maxMatches && hosts.size <= maxHostnames && entries.length === hosts.size * matches.size;
}

function routeOf(block: readonly Entry[]): DraftRoute {
  const { rule, listeners } = block[0] as Entry;
  const hostnames = [...new Set(block.flatMap(({ hostname }) => hostname ?? []))];
  const matches = [...new Set(block.map(({ match }) => match))];
  return { body: rule.body, route: conditions(listeners, hostnames, matches) };
}
