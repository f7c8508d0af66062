/** In which order Workers are deployed: what is called before what calls. */
import { ownEntry } from '../../core/own-entry.ts';

export interface DeployOrder {
  /** All Workers, callees first; ties in the order of the alphabet. */
  readonly order: readonly string[];
  /** Groups of Workers that call each other, directly or by way of others: there is no order among them. */
  readonly cycles: readonly (readonly string[])[];
}

type Callees = Readonly<Record<string, readonly string[]>>;

/**
 * Tarjan's strongly connected components, which come out callees first. A Worker that calls itself is no cycle. `needs` are those
 * among the callees that must be there before their caller is uploaded: they order the members of a cycle.
 */
export function deployOrder(callees: Callees, needs: Callees = {}): DeployOrder {
  const seen = new Map<string, { readonly index: number; low: number; open: boolean }>();
  const path: string[] = [];
  const order: string[] = [];
  const cycles: string[][] = [];
  const visit = (name: string) => {
    const mark = { index: seen.size, low: seen.size, open: true };
    seen.set(name, mark);
    path.push(name);
    for (const callee of [...(callees[name] as readonly string[])].sort()) {
      if (!Object.hasOwn(callees, callee)) continue;
      const known = seen.get(callee);
      if (known === undefined) mark.low = Math.min(mark.low, visit(callee).low);
      else if (known.open) mark.low = Math.min(mark.low, known.index);
    }
    if (mark.low === mark.index) {
      const group = path.splice(path.indexOf(name)).sort();
      for (const member of group) (seen.get(member) as typeof mark).open = false;
      order.push(...(group.length > 1 ? byNeeds(group, needs) : group));
      if (group.length > 1) cycles.push(group);
    }
    return mark;
  };
  for (const name of Object.keys(callees).sort()) if (!seen.has(name)) visit(name);
  return { order, cycles };
}

function byNeeds(group: readonly string[], needs: Callees): readonly string[] {
  const within = Object.fromEntries(
    group.map((name) => [name, (ownEntry(needs, name) ?? []).filter((one) => group.includes(one))]),
  );
  return deployOrder(within).order;
}
