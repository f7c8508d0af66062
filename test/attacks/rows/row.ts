/**
 * Attacks as data: each row is one request that must not get through, or a decision about one that may, with where it comes from.
 *
 * To add a row, put it into the list of its subject (`*-rows.ts`; a new subject gets a list of its own, and a line in `all-rows.ts`).
 * `send` does what an attacker does, mostly by `world.raw` (bytes at the public door's own socket) or `world.via` (a Worker's binding to
 * the mesh door); `expect` is compared by `toMatchObject` with what came of it. `source` is a CVE id, an advisory, or a section of a
 * standard, several divided by `, `. The services of the world stand in `world.ts`, which says what each is for; a new feature gets a
 * service of its own there, or in the test's `startWorld({ services })`, so that no row changes what another one means.
 *
 * Tokens have rows of their own (`token-*-rows.ts`, made with `forge.ts`): `show` says where one is shown, if not in `Authorization`.
 * So have key sets (`key-set-rows.ts`, each a path of `key-server.ts`). What a test of another folder already sends stands in
 * `shown-elsewhere.ts`, a weakness of others that has no counterpart here in `without-counterpart.ts` with the reason.
 * `node --import tsx test/attacks/table/write-table.ts` then writes docs/requests.md anew, which `table.test.ts` holds against the rows.
 */
import type { World } from '../world/world.ts';

export interface AttackRow {
  /** What is tried, and what holds. */
  readonly name: string;
  readonly area: string;
  /** What is sent, as bytes, where that says more than the name. */
  readonly example?: string;
  /** A CVE id, an advisory, or a section of a standard. */
  readonly source: string;
  /** What was decided, in a few words for docs/requests.md. */
  readonly decided: string;
  readonly send: (world: World) => Promise<unknown>;
  readonly expect: unknown;
}

/** What stands between the attacker and the callee in most rows. */
export const refusedBy = (status: number, code: string) => ({ status, code, seen: undefined });

/** A maker of rows of one area. */
export function rowIn(area: string) {
  return (name: string, decided: string, source: string, send: AttackRow['send'], expect: unknown): AttackRow => ({
    name,
    area,
    source,
    decided,
    send,
    expect,
  });
}
