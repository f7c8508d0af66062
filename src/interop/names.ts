/** From Kubernetes' `namespace/name` to the flat names of services and Workers. */

/** What has a name in the mesh; `external`: what a ServiceEntry stands for. */
export type EntityKind = 'service' | 'gateway' | 'external';

interface Entity {
  readonly kind: EntityKind;
  readonly namespace: string;
  readonly name: string;
}

/** Cloudflare's bound for names of Workers. */
const maxName = 63;

/**
 * Names are given when all of them are known: one that is unique stays as it is (`default/orders` becomes `orders`), others get their
 * namespace behind them, and a gateway that is named like a service gets `-gateway`. So what was asked for is collected first, and
 * `settled` gives the names.
 */
export class Names {
  private readonly entities = new Map<string, Entity>();

  private constructor(
    private readonly settledNames: ReadonlyMap<string, string> | undefined,
    private readonly clashes: ReadonlyMap<string, string>,
  ) {}

  static collecting(): Names {
    return new Names(undefined, new Map());
  }

  of(kind: EntityKind, namespace: string, name: string): string {
    const key = keyOf({ kind, namespace, name });
    const settled = this.settledNames?.get(key);
    if (settled !== undefined) return settled;
    this.entities.set(key, { kind, namespace, name });
    // Until all names are known nothing may share one.
    return this.settledNames === undefined ? key : flat(name);
  }

  /** The other object that has the same name in spite of all, if any. */
  clash(kind: EntityKind, namespace: string, name: string): string | undefined {
    return this.clashes.get(keyOf({ kind, namespace, name }));
  }

  /** `namespace/name` (`gateway namespace/name`) to the name in the mesh, in alphabetical order. */
  table(): Record<string, string> {
    const entries = [...(this.settledNames ?? new Map<string, string>())];
    return Object.fromEntries(entries.sort(([one], [other]) => (one < other ? -1 : 1)));
  }

  settled(): Names {
    const entities = [...this.entities.values()].sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
    const counts = {
      service: countOf(entities, 'service'),
      gateway: countOf(entities, 'gateway'),
      external: countOf(entities, 'external'),
    };
    const names = new Map<string, string>();
    const owners = new Map<string, string>();
    const clashes = new Map<string, string>();
    for (const entity of entities) {
      const name = nameOf(entity, counts);
      const key = keyOf(entity);
      const owner = owners.get(name);
      if (owner !== undefined) clashes.set(key, owner);
      owners.set(name, owner ?? key);
      names.set(key, name);
    }
    return new Names(names, clashes);
  }
}

function keyOf({ kind, namespace, name }: Entity): string {
  return kind === 'service' ? `${namespace}/${name}` : `${kind} ${namespace}/${name}`;
}

type Counts = Readonly<Record<EntityKind, ReadonlyMap<string, number>>>;

function countOf(entities: readonly Entity[], kind: EntityKind): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const entity of entities) {
    if (entity.kind === kind) counts.set(flat(entity.name), (counts.get(flat(entity.name)) ?? 0) + 1);
  }
  return counts;
}

/** Services have the first right to a plain name, then what stands for the outside, then gateways. */
function nameOf({ kind, namespace, name }: Entity, counts: Counts): string {
  const plain = flat(name);
  const alone = counts[kind].get(plain) === 1;
  const before = kind === 'service' ? [] : kind === 'external' ? [counts.service] : [counts.service, counts.external];
  const taken = before.some((names) => names.has(plain));
  return flat([name, ...(taken ? [kind] : []), ...(alone ? [] : [namespace])].join('-'));
}

/** A name that a Worker can have: no dots, and a long one cut, with a few digits that tell it from others cut alike. */
export function flat(name: string): string {
  const plain = name.toLowerCase().replace(/[^a-z0-9_-]/g, '-');
  if (plain.length <= maxName) return plain;
  let sum = 7;
  for (const character of name) sum = (Math.imul(sum, 31) + (character.codePointAt(0) ?? 0)) >>> 0;
  return `${plain.slice(0, maxName - 8)}-${sum.toString(36).padStart(7, '0')}`;
}
