/** An access section as lint reads it: a service's own, or that of the mesh's defaults. */

import { knownServices } from '../access-map/callers.ts';
import { callersOf } from '../access-map/prepare-mesh.ts';
import type { PathKey } from '../findings/issue.ts';
import type { DocumentRule, MeshAccess } from '../schema/access.ts';
import type { MeshAtHand } from './lint-gateways.ts';

export interface AccessSection {
  readonly rules: readonly DocumentRule[];
  /** Where the section stands in its document. */
  readonly at: readonly PathKey[];
  /** The mesh's own and its aliases. */
  readonly trustDomains: readonly string[];
  /** Names of all services. */
  readonly known: readonly string[];
  /** The service whose section it is; undefined for the mesh's. */
  readonly service?: string;
  /** Services with a binding to it; undefined where nobody knows, and for the mesh. */
  readonly declared?: readonly string[];
  /** Providers that it describes itself. */
  readonly described: NonNullable<MeshAccess['providers']>;
  /** Providers that rules name where these are in force. */
  readonly asked: ReadonlySet<string>;
  /** Providers that its rules may name; undefined where nobody knows. */
  readonly providers?: readonly string[];
}

/** The mesh's section, then those of services. */
export function accessSections({ services, mesh, topology }: MeshAtHand): AccessSection[] {
  const ofMesh = mesh?.defaults?.access ?? {};
  const shared = {
    trustDomains: [mesh?.trustDomain ?? 'mesh.local', ...(mesh?.trustDomainAliases ?? [])],
    known: knownServices(services, topology),
  };
  return [
    // What names no provider of the mesh's is malformed.
    {
      ...shared,
      rules: ofMesh.rules ?? [],
      described: ofMesh.providers ?? {},
      asked: askedBy([ofMesh, ...services.map(({ access }) => access ?? {})]),
      at: ['defaults', 'access'],
    },
    ...services.map(({ service, access = {} }): AccessSection => {
      const inherited = access.inherit === false ? {} : ofMesh.providers;
      return {
        ...shared,
        rules: access.rules ?? [],
        at: ['access'],
        service,
        described: access.providers ?? {},
        asked: askedBy([ofMesh, access]),
        providers: Object.keys({ ...inherited, ...access.providers }),
        ...(topology === undefined ? {} : { declared: callersOf(topology, service) }),
      };
    }),
  ];
}

function askedBy(sections: readonly Pick<MeshAccess, 'rules'>[]): ReadonlySet<string> {
  return new Set(sections.flatMap(({ rules = [] }) => rules.flatMap(({ provider }) => provider ?? [])));
}

/** Each entry of a `from` or `to` with its place, whether one stands there or a list. */
export function entriesOf<T>(
  given: T | readonly T[] | undefined,
  at: readonly PathKey[],
): (readonly [entry: T, at: readonly PathKey[]])[] {
  if (given === undefined) return [];
  if (!Array.isArray(given)) return [[given as T, at]];
  return (given as readonly T[]).map((entry, index) => [entry, [...at, index]]);
}
