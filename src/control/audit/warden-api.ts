/** What control asks of its Durable Object, which counts and keeps the log. There is one for the mesh. */
import type { Asked, AuditPage, AuditQuery, Caller, Change } from './entry.ts';

/** The one object's name. */
export const wardenName = 'control';

export type Begun =
  | { readonly ok: true; readonly ids: readonly number[] }
  /** Too many writes: the next one may come after so many ms. */
  | { readonly ok: false; readonly code: 'rate_limited'; readonly waitMs: number }
  /** The change was made of a value that control has replaced since; `revision` is what it wrote. */
  | { readonly ok: false; readonly code: 'revision_conflict'; readonly key: string; readonly revision: string };

export interface WardenApi {
  /** A credential that was wrong, and what it was shown for; answers 0, or the ms for which this address is to be refused. */
  countFailure(address: string, asked: Asked | undefined): Promise<number>;
  /** Enters changes, all or none, before any of them is made. */
  begin(caller: Caller, changes: readonly Change[]): Promise<Begun>;
  /** Says what became of an entry. */
  settle(id: number, outcome: 'made' | 'failed'): Promise<void>;
  /** Enters a change that was not let; answers 0, or the ms until the caller may try the next one. */
  refuse(caller: Caller, asked: Asked, code: string): Promise<number>;
  read(query: AuditQuery): Promise<AuditPage>;
}

/** The namespace of the object, as far as control uses it. */
export interface WardenNamespace {
  getByName(name: string): WardenApi;
}
