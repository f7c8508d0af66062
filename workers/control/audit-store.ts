/** The audit log's rows. */
import type { AuditEntry, AuditPage, AuditQuery, Caller, Change, Outcome } from '../../src/control/audit/entry.ts';
import { migrateTables } from '../../src/platform/migrate-tables.ts';

const steps: readonly (readonly string[])[] = [
  [
    `CREATE TABLE entries (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      at_ms REAL NOT NULL,
      principal TEXT NOT NULL,
      role TEXT NOT NULL,
      known_by TEXT NOT NULL,
      address TEXT NOT NULL,
      action TEXT NOT NULL,
      key TEXT NOT NULL,
      before TEXT NOT NULL,
      after TEXT NOT NULL,
      words TEXT NOT NULL,
      outcome TEXT NOT NULL,
      code TEXT NOT NULL,
      times INTEGER NOT NULL
    )`,
    'CREATE INDEX entries_of_key ON entries (key, id)',
  ],
];

/** How much is kept. Refusals have a bound of their own, so that whoever causes many of them drives out no change that was made. */
export interface AuditBounds {
  readonly days: number;
  readonly changes: number;
  readonly refusals: number;
}

const dayMs = 86_400_000;
/** A row holds 2 MB; nobody reads so many lines. */
const mostWords = 200;
const longestText = 512;

/** Control and format characters, direction marks among them, and line ends: what makes a text look like another one. */
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

type Row = Record<string, SqlStorageValue> & {
  id: number;
  at_ms: number;
  principal: string;
  role: AuditEntry['role'];
  known_by: AuditEntry['by'];
  address: string;
  action: string;
  key: string;
  before: string;
  after: string;
  words: string;
  outcome: Outcome;
  code: string;
  times: number;
};

export class AuditStore {
  readonly #storage: DurableObjectStorage;
  readonly #bounds: AuditBounds;

  constructor(storage: DurableObjectStorage, bounds: AuditBounds) {
    this.#storage = storage;
    this.#bounds = bounds;
    migrateTables(storage, steps);
  }

  /** Adds entries, all or none; answers their ids. */
  add(caller: Caller, changes: readonly Change[], outcome: Outcome, code: string, nowMs: number): number[] {
    return this.#storage.transactionSync(() =>
      changes.map((change) => this.#addOne(caller, change, outcome, code, nowMs)),
    );
  }

  #addOne(caller: Caller, change: Change, outcome: Outcome, code: string, nowMs: number): number {
    // Names come from tokens, and are printed on terminals.
    const cut = (text: string) => text.slice(0, longestText).replace(unseen, ' ');
    return this.#storage.sql
      .exec<{ id: number }>(
        `INSERT INTO entries (at_ms, principal, role, known_by, address, action, key, before, after, words, outcome, code, times)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1) RETURNING id`,
        nowMs,
        cut(caller.principal),
        caller.role,
        caller.by,
        cut(caller.address),
        cut(change.action),
        cut(change.key),
        change.before,
        change.after,
        JSON.stringify(change.words.slice(0, mostWords).map(cut)),
        outcome,
        code,
      )
      .one().id;
  }

  settle(id: number, outcome: Outcome): void {
    this.#storage.sql.exec("UPDATE entries SET outcome = ? WHERE id = ? AND outcome = 'begun'", outcome, id);
  }

  /** Counts the same refusal once more; answers whether its entry is still there. */
  repeat(id: number): boolean {
    return this.#storage.sql.exec('UPDATE entries SET times = times + 1 WHERE id = ?', id).rowsWritten > 0;
  }

  /** What was changed under a key since an instant, the newest first: before and after. */
  changesSince(key: string, sinceMs: number): { before: string; after: string }[] {
    const cursor = this.#storage.sql.exec<{ at_ms: number; before: string; after: string; outcome: Outcome }>(
      'SELECT at_ms, before, after, outcome FROM entries WHERE key = ? ORDER BY id DESC',
      key,
    );
    const found: { before: string; after: string }[] = [];
    // No limit but the instant: whoever is refused often must hide no change that was made.
    for (const { at_ms, before, after, outcome } of cursor) {
      if (at_ms < sinceMs) break;
      if (outcome === 'made' || outcome === 'begun') found.push({ before, after });
    }
    return found;
  }

  read({ before = Number.MAX_SAFE_INTEGER, key, outcome, limit }: AuditQuery): AuditPage {
    const conditions = [
      'id < ?',
      ...(key === undefined ? [] : ['key = ?']),
      ...(outcome === undefined ? [] : ['outcome = ?']),
    ];
    const values = [before, key, outcome].filter((value) => value !== undefined);
    const rows = this.#storage.sql
      .exec<Row>(
        `SELECT * FROM entries WHERE ${conditions.join(' AND ')} ORDER BY id DESC LIMIT ?`,
        ...values,
        limit + 1,
      )
      .toArray();
    const entries = rows.slice(0, limit).map(entryOf);
    return rows.length > limit ? { entries, next: entries.at(-1)?.id } : { entries };
  }

  /** Deletes what is too old, and the oldest of what is too much. */
  prune(nowMs: number): void {
    const { days, changes, refusals } = this.#bounds;
    const { sql } = this.#storage;
    sql.exec('DELETE FROM entries WHERE at_ms < ?', nowMs - days * dayMs);
    for (const [kind, most] of [
      ["outcome = 'refused'", refusals],
      ["outcome <> 'refused'", changes],
    ] as const)
      sql.exec(
        `DELETE FROM entries WHERE ${kind} AND id <= (SELECT id FROM entries WHERE ${kind} ORDER BY id DESC LIMIT 1 OFFSET ?)`,
        most,
      );
  }
}

function entryOf(row: Row): AuditEntry {
  const { id, principal, role, address, action, key, before, after, outcome, code, times } = row;
  const words = JSON.parse(row.words) as string[];
  return {
    id,
    atMs: row.at_ms,
    principal,
    role,
    by: row.known_by,
    address,
    action,
    key,
    before,
    after,
    words,
    outcome,
    code,
    times,
  };
}
