/** Questions to a matrix: one cell, a part of it, and what of it deserves a look first. */
import { closestName } from '../../core/closest-name.ts';
import type { CellVerdict } from './access-cell.ts';
import type { AccessMap, CellGroup, ServiceAccess } from './access-map.ts';

/** The cell of a caller that the map knows. */
export function findCell({ cells }: ServiceAccess, caller: string): CellGroup | undefined {
  return cells.find(({ callers }) => callers.includes(caller));
}

/** The part of the map for one service, for one caller, or for both; undefined asks for all. */
export function narrowMap(map: AccessMap, service: string | undefined, caller: string | undefined): AccessMap {
  const services = map.services.filter((one) => service === undefined || one.service === service);
  if (caller === undefined) return { ...map, services };
  return {
    ...map,
    callers: map.callers.filter(({ name }) => name === caller),
    services: services.map((one) => ({
      ...one,
      cells: one.cells
        .filter(({ callers }) => callers.includes(caller))
        .map((group) => ({ ...group, callers: [caller] })),
    })),
  };
}

/** Why a service or a caller is none of the map, with what may be meant; undefined where both are. */
export function unknownInMap(
  { services, callers }: AccessMap,
  service: string | undefined,
  caller: string | undefined,
): string | undefined {
  const names = { service: services.map((one) => one.service), caller: callers.map(({ name }) => name) };
  for (const [what, asked] of Object.entries({ service, caller })) {
    const known = names[what as keyof typeof names];
    if (asked === undefined || known.includes(asked)) continue;
    const meant = closestName(asked, known);
    return `${asked} is no ${what} of this mesh${meant === undefined ? '' : `; did you mean ${meant}?`}`;
  }
  return undefined;
}

export interface MapSummary {
  readonly services: number;
  readonly callers: number;
  /** Services that let everybody in who can reach them. */
  readonly open: readonly string[];
  /** Those of them that are public. */
  readonly openToOutside: readonly string[];
  /** Services without a document. */
  readonly undocumented: readonly string[];
  /** Callers with a binding of whom no call passes. */
  readonly shutOut: readonly Pair[];
  /** What rules with `dryRun` would change for callers with a binding, or from outside. */
  readonly changes: readonly (Pair & { readonly from: CellVerdict; readonly to: CellVerdict })[];
  /** Services that leave out what the mesh says of access. */
  readonly exceptions: readonly string[];
}

export interface Pair {
  readonly caller: string;
  readonly service: string;
}

/** What a person wants to know before reading the matrix. */
export function summarise({ callers, services }: AccessMap): MapSummary {
  const documented = services.filter((one) => one.documented);
  const kinds = new Map(callers.map(({ name, kind }) => [name, kind]));
  const everybody = documented.filter((one) => reachable(one, kinds).every(({ verdict }) => verdict === 'all'));
  return {
    services: services.length,
    callers: callers.length,
    open: everybody.map(({ service }) => service),
    openToOutside: everybody.filter((one) => one.public).map(({ service }) => service),
    undocumented: services.filter((one) => !one.documented).map(({ service }) => service),
    shutOut: documented.flatMap((one) =>
      one.declared
        .filter((caller) => findCell(one, caller)?.verdict === 'none')
        .map((caller) => ({ caller, service: one.service })),
    ),
    changes: documented.flatMap((one) =>
      one.cells.flatMap(({ callers: group, verdict, shadow }) =>
        shadow === undefined
          ? []
          : group
              .filter((caller) => kinds.get(caller) !== 'service' || one.declared.includes(caller))
              .map((caller) => ({ caller, service: one.service, from: verdict, to: shadow.verdict })),
      ),
    ),
    exceptions: documented.filter((one) => !one.inherits && one.turnedOff.length > 0).map(({ service }) => service),
  };
}

/** Cells of whoever has a way to the service: services of the mesh always may get a binding. */
function reachable({ cells }: ServiceAccess, kinds: ReadonlyMap<string, string>): readonly CellGroup[] {
  return cells.filter(
    ({ callers, reason }) => reason !== 'not-public' || callers.some((caller) => kinds.get(caller) === 'service'),
  );
}
