/** The tables of an index: what is found under one text, a host or a path, is again an index, of fewer candidates. */
import type { Condition, Key } from './match-conditions.ts';
import { type Candidate, type Find, type Group, textCount } from './match-groups.ts';
import type { Reader } from './match-reading.ts';

type Build = (candidates: readonly Candidate[]) => Find;
type Lists = Map<string, Candidate[]>;

/** The table of a group; `build` makes the index of each entry. */
export function tableOf(group: Group, build: Build): Find {
  if (group.subject === 'host') return hostTable(group, build);
  return group.subject === 'path' ? pathTable(group, build) : valueTable(group.subject, group, build);
}

function valueTable(read: Reader, { members }: Group, build: Build): Find {
  const lists: Lists = new Map();
  for (const { candidate, by } of members) {
    if (by.key.kind !== 'value') continue;
    const left = without(candidate, by);
    for (const value of new Set(by.key.values)) enter(lists, value, left);
  }
  const table = builtFrom(lists, build);
  return (facts, reading, limit) => {
    const text = read(facts, reading);
    const find = text === null ? undefined : table.get(text);
    return find === undefined ? limit : find(facts, reading, limit);
  };
}

/** Exact names, and what wildcards leave of a host: `.example.com` for `*.example.com`. */
function hostTable({ members }: Group, build: Build): Find {
  const names: Lists = new Map();
  const suffixes: Lists = new Map();
  let longest = 0;
  for (const { candidate, by } of members) {
    if (by.key.kind !== 'host') continue;
    const left = without(candidate, by);
    for (const pattern of new Set(by.key.patterns)) {
      if (pattern.startsWith('*.')) {
        enter(suffixes, pattern.slice(1), left);
        longest = Math.max(longest, pattern.length - 1);
      } else enter(names, pattern, left);
    }
  }
  const named = builtFrom(names, build);
  const below = builtFrom(suffixes, build);
  return (facts, reading, limit) => {
    if (facts.kind !== 'fetch') return limit;
    const { host } = facts;
    const find = named.get(host);
    let found = find === undefined ? limit : find(facts, reading, limit);
    if (longest === 0) return found;
    // A wildcard stands for one label at least, so the first character is never the dot that is looked for.
    const first = Math.max(1, host.length - longest);
    for (let dot = host.indexOf('.', first); dot >= 0; dot = host.indexOf('.', dot + 1)) {
      const wild = below.get(host.slice(dot));
      if (wild !== undefined) found = wild(facts, reading, found);
    }
    return found;
  };
}

/** A tree of segments: a call costs one step for each segment of its path that some prefix has too. */
interface Segment {
  here: Candidate[];
  find: Find | undefined;
  below: Map<string, Segment> | undefined;
}

function pathTable({ members }: Group, build: Build): Find {
  const paths: Lists = new Map();
  const root: Segment = { here: [], find: undefined, below: undefined };
  for (const { candidate, by } of members) {
    if (by.key.kind === 'path') enter(paths, by.key.value, without(candidate, by));
    else if (by.key.kind === 'under') {
      let segment = root;
      for (const name of by.key.prefix.slice(1).split('/')) segment = childOf(segment, name);
      segment.here.push(by.key.decides ? without(candidate, by) : keyless(candidate, by));
    }
  }
  const exact = builtFrom(paths, build);
  buildSegments(root, build);
  return (facts, reading, limit) => {
    if (facts.kind !== 'fetch') return limit;
    const { path } = facts;
    const find = exact.get(path);
    let found = find === undefined ? limit : find(facts, reading, limit);
    let segment: Segment | undefined = root;
    for (let start = 1; segment.below !== undefined; ) {
      const slash = path.indexOf('/', start);
      segment = segment.below.get(slash < 0 ? path.slice(start) : path.slice(start, slash));
      if (segment === undefined) return found;
      if (segment.find !== undefined) found = segment.find(facts, reading, found);
      if (slash < 0) return found;
      start = slash + 1;
    }
    return found;
  };
}

function childOf(segment: Segment, name: string): Segment {
  segment.below ??= new Map();
  let child = segment.below.get(name);
  if (child === undefined) {
    child = { here: [], find: undefined, below: undefined };
    segment.below.set(name, child);
  }
  return child;
}

/** Without recursion, since a prefix may have as many segments as a path has characters. */
function buildSegments(root: Segment, build: Build): void {
  const ahead = [root];
  for (let segment = ahead.pop(); segment !== undefined; segment = ahead.pop()) {
    if (segment.here.length > 0) segment.find = build(segment.here);
    segment.here = [];
    if (segment.below !== undefined) ahead.push(...segment.below.values());
  }
}

function enter(lists: Lists, text: string, candidate: Candidate): void {
  const list = lists.get(text);
  if (list === undefined) lists.set(text, [candidate]);
  else list.push(candidate);
}

function builtFrom(lists: Lists, build: Build): ReadonlyMap<string, Find> {
  const finds = new Map<string, Find>();
  for (const [text, candidates] of lists) finds.set(text, build(candidates));
  return finds;
}

/** What is left to ask of a call that was found by a condition. */
function without({ order, conditions, places = 1 }: Candidate, by: Condition & { readonly key: Key }): Candidate {
  return {
    order,
    conditions: conditions.filter((condition) => condition !== by),
    places: places * textCount(by.key),
  };
}

/** The same where the table tells only that the condition may hold. */
function keyless({ order, conditions, places }: Candidate, by: Condition): Candidate {
  const plain: Condition = { ...by, key: undefined };
  const left = conditions.map((condition) => (condition === by ? plain : condition));
  return { order, conditions: left, places };
}
