/**
 * The proof that backtracking over an expression is linear, for every input.
 *
 * A backtracking matcher that is anchored at both ends does one step per way in which a prefix of the input can be read by the
 * expression: per path from the start through the expression's characters ("positions", in Glushkov's automaton, where a
 * position follows another as many times as there are ways between them that read nothing). So it is enough to show that no
 * input, at no point, is read in more than a few ways at once. That is decided exactly, not by pattern: from the start, the
 * counts of ways per position after each character are followed for every class of characters, until nothing new turns up. If a
 * sum passes the bound (which happens in all exponential and polynomial cases, since there it grows without end), or there are
 * too many states to look at, the expression is refused.
 *
 * Positions of a `.*` that ends the expression are left out: the first way that gets there succeeds, and ends the search.
 */
import { type CharSet, contains, isEverything } from './char-set.ts';
import { RegexFault, type RegexNode } from './syntax.ts';

/** Ways in which an input may be under way at once: the constant factor that a hostile value can cause. */
export const maxWays = 64;
const maxPositions = 400;
const maxEdges = 20_000;
/** Bounds of the proof itself, a few milliseconds at worst; usual expressions need some 50 states. */
const maxStates = 500;
const maxSteps = 20_000;

type Counts = ReadonlyMap<number, number>;

interface Part {
  /** Ways to read nothing. */
  readonly empty: number;
  readonly first: Counts;
  readonly last: Counts;
}

const tooComplex = 'the expression is too large for a proof that it takes linear time';

/** Throws `RegexFault` where linear time cannot be shown. */
export function proveLinear(node: RegexNode): void {
  const automaton = new Automaton();
  const whole = automaton.part(node);
  automaton.explore(whole);
}

function add(into: Map<number, number>, counts: Counts, factor: number): Map<number, number> {
  if (factor > 0)
    for (const [position, count] of counts)
      into.set(position, Math.min((into.get(position) ?? 0) + count * factor, maxWays + 1));
  return into;
}

class Automaton {
  private readonly sets: CharSet[] = [];
  private readonly places: number[] = [];
  private readonly follow: Map<number, number>[] = [];
  private edges = 0;

  part(node: RegexNode): Part {
    switch (node.kind) {
      case 'set': {
        const position = this.sets.length;
        if (position >= maxPositions)
          throw new RegexFault(
            node.at,
            tooComplex,
            `at most ${maxPositions} characters, counted repetitions written out`,
          );
        this.sets.push(node.set);
        this.places.push(node.at);
        this.follow.push(new Map());
        const only = new Map([[position, 1]]);
        return { empty: 0, first: only, last: only };
      }
      case 'concat':
        return node.items.reduce<Part>((before, item) => this.joined(before, this.part(item)), nothing);
      case 'alternate': {
        const parts = node.items.map((item) => this.part(item));
        return parts.reduce((one, other) => ({
          empty: Math.min(one.empty + other.empty, maxWays + 1),
          first: add(new Map(one.first), other.first, 1),
          last: add(new Map(one.last), other.last, 1),
        }));
      }
      case 'repeat':
        return this.repeated(node);
      default:
        // Anchors that are left stand at the ends, where they always hold.
        return nothing;
    }
  }

  private joined(before: Part, after: Part): Part {
    for (const [from, count] of before.last) this.connect(from, after.first, count);
    return {
      empty: Math.min(before.empty * after.empty, maxWays + 1),
      first: add(new Map(before.first), after.first, before.empty),
      last: add(new Map(after.last), before.last, after.empty),
    };
  }

  private connect(from: number, to: Counts, count: number): void {
    const edges = this.follow[from] as Map<number, number>;
    const before = edges.size;
    add(edges, to, count);
    this.edges += edges.size - before;
    if (this.edges > maxEdges) throw new RegexFault(this.places[from] as number, tooComplex, 'a simpler expression');
  }

  /** `x{2,4}` counts as `xx(x(x)?)?`, `x{2,}` as `xx+`: the order in which a matcher tries. */
  private repeated({ item, least, most, at }: Extract<RegexNode, { kind: 'repeat' }>): Part {
    if (most === 0) return nothing;
    const required: Part[] = [];
    const unbounded = most === Number.POSITIVE_INFINITY;
    for (let copy = 1; copy < least; copy += 1) required.push(this.part(item));
    let tail = this.part(item);
    if (most > 1 && tail.empty > 0)
      throw new RegexFault(
        at,
        'what is repeated here can match nothing',
        'a repetition whose every turn reads a character',
      );
    if (unbounded) for (const [from, count] of tail.last) this.connect(from, tail.first, count);
    else {
      // The innermost optional turn was made first; each turn before it is joined in front.
      const optional = most - Math.max(least, 1);
      for (let turn = 0; turn < optional; turn += 1) tail = this.joined(this.part(item), this.optional(tail));
    }
    const body = required.reduceRight((after, before) => this.joined(before, after), tail);
    return least === 0 ? this.optional(body) : body;
  }

  private optional(part: Part): Part {
    return { ...part, empty: Math.min(part.empty + 1, maxWays + 1) };
  }

  /** Follows the counts of ways from the start until no new ones turn up. */
  explore(whole: Part): void {
    const done = this.sets.map(
      (set, position) =>
        isEverything(set) &&
        whole.last.has(position) &&
        [...(this.follow[position] as Counts)].every(([next, ways]) => next === position && ways === 1),
    );
    const seen = new Set<string>();
    const waiting: Counts[] = [];
    let steps = 0;
    const visit = (ways: Counts): void => {
      // One character of each class that the sets under way tell apart.
      const sets = [...ways.keys()].flatMap((position) => this.sets[position] as CharSet);
      for (const character of new Set(sets.flatMap(([low, high]) => [low, high + 1]))) {
        const next = new Map<number, number>();
        let sum = 0;
        let ends = 0;
        for (const [position, count] of ways) {
          steps += 1;
          if (steps > maxSteps)
            throw new RegexFault(this.places[position] as number, tooComplex, 'a simpler expression');
          if (done[position] || !contains(this.sets[position] as CharSet, character)) continue;
          sum += count;
          // Ways to go from here to the end are tried too, however many of them read nothing.
          ends += count * (whole.last.get(position) ?? 0);
          if (sum > maxWays || ends > maxWays)
            throw new RegexFault(
              this.places[position] as number,
              'a value can be read up to here in too many ways: matching could take more than linear time',
              'an expression in which each character of a value has one place, such as [^/]+/ instead of .*/',
            );
          const follow = this.follow[position] as Counts;
          steps += follow.size;
          add(next, follow, count);
        }
        const key = [...next].sort((one, other) => one[0] - other[0]).join(';');
        if (next.size === 0 || seen.has(key)) continue;
        if (seen.size >= maxStates) throw new RegexFault(0, tooComplex, 'a simpler expression');
        seen.add(key);
        waiting.push(next);
      }
    };
    if (whole.empty > maxWays) throw new RegexFault(0, tooComplex, 'fewer parts that can match nothing');
    visit(whole.first);
    for (let ways = waiting.pop(); ways !== undefined; ways = waiting.pop()) visit(ways);
  }
}

const nothing: Part = { empty: 1, first: new Map(), last: new Map() };
