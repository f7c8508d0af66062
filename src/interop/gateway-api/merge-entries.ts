/** From entries in the API's order to routes: those of one rule together again, wherever nothing between them has a say. */
import { conditions, maxHostnames, maxMatches } from '../conditions.ts';
import type { DraftRoute } from '../draft.ts';
import { areDisjoint, type Entry } from './precedence.ts';

/** Routes that decide as the entries do, first match wins; a rule stays one route where it can. */
export function mergeEntries(sorted: readonly Entry[]): DraftRoute[] {
  let blocks: Entry[][] = sorted.map((entry) => [entry]);
  // First whole rules, then what one rule has for one host, so that hosts do not multiply what can stay together.
  for (const keyOf of [ruleKey, ruleAndHostKey, ruleAndMatchKey]) blocks = merged(blocks, keyOf);
  return blocks.map(routeOf);
}

const ruleKey = (entry: Entry): readonly unknown[] => [entry.rule];
const ruleAndHostKey = (entry: Entry): readonly unknown[] => [entry.rule, entry.hostname];
const ruleAndMatchKey = (entry: Entry): readonly unknown[] => [entry.rule, entry.match];

function merged(blocks: readonly Entry[][], keyOf: (entry: Entry) => readonly unknown[]): Entry[][] {
  const groups = new Map<unknown, Map<unknown, Entry[][]>>();
  for (const block of blocks) {
    const [rule, part] = keyOf(block[0] as Entry);
    const parts = groups.get(rule) ?? new Map<unknown, Entry[][]>();
    groups.set(rule, parts.set(part, [...(parts.get(part) ?? []), block]));
  }
  let result = [...blocks];
  for (const group of [...groups.values()].flatMap((parts) => [...parts.values()])) {
    if (group.length > 1) result = gathered(result, group) ?? result;
  }
  return result;
}

/** The list with a group's blocks at the place of its first, or of its last; `undefined` where either would change what is decided. */
function gathered(blocks: readonly Entry[][], group: readonly Entry[][]): Entry[][] | undefined {
  const all = group.flat();
  if (!isProduct(all)) return undefined;
  const members = new Set(group);
  const first = blocks.indexOf(group[0] as Entry[]);
  const last = blocks.indexOf(group.at(-1) as Entry[]);
  const span = blocks.slice(first, last + 1);
  const others = span.filter((block) => !members.has(block));
  const head = blocks.slice(0, first);
  const tail = blocks.slice(last + 1);
  if (mayMove(span, members, 'up')) return [...head, all, ...others, ...tail];
  if (mayMove(span, members, 'down')) return [...head, ...others, all, ...tail];
  return undefined;
}

/** A block may move past another where no call fits both. */
function mayMove(span: readonly Entry[][], members: ReadonlySet<Entry[]>, direction: 'up' | 'down'): boolean {
  const order = direction === 'up' ? span : [...span].reverse();
  const passed: Entry[] = [];
  for (const block of order) {
    if (!members.has(block)) passed.push(...block);
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
