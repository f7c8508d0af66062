/** One warehouse, in SQLite. A Durable Object runs its methods one at a time, so a count is never read stale. */
import { DurableObject } from 'cloudflare:workers';
import type { Bindings } from './bindings.ts';

export type Item = { sku: string; name: string; cents: number; left: number };

export type Take = { reserved: true; cents: number; left: number } | { reserved: false; left: number };

const opening: Item[] = [
  { sku: 'thread', name: 'Linen thread, 100 m', cents: 450, left: 10_000 },
  { sku: 'cloth', name: 'Wool cloth, 1 m', cents: 2_900, left: 10_000 },
  { sku: 'shears', name: 'Tailor’s shears', cents: 6_400, left: 10_000 },
];

export class Stock extends DurableObject<Bindings> {
  constructor(state: DurableObjectState, env: Bindings) {
    super(state, env);
    state.storage.sql.exec(
      'CREATE TABLE IF NOT EXISTS item (sku TEXT PRIMARY KEY, name TEXT NOT NULL, cents INTEGER NOT NULL, left INTEGER NOT NULL CHECK (left >= 0))',
    );
    for (const { sku, name, cents, left } of opening) {
      state.storage.sql.exec('INSERT OR IGNORE INTO item VALUES (?, ?, ?, ?)', sku, name, cents, left);
    }
  }

  list(): Item[] {
    return this.ctx.storage.sql.exec<Item>('SELECT * FROM item ORDER BY cents').toArray();
  }

  take(sku: string, quantity: number): Take {
    const [taken] = this.ctx.storage.sql.exec<{ cents: number; left: number }>(
      'UPDATE item SET left = left - ?2 WHERE sku = ?1 AND left >= ?2 RETURNING cents * ?2 AS cents, left',
      sku,
      quantity,
    );
    return taken ? { reserved: true, ...taken } : { reserved: false, left: this.left(sku) };
  }

  putBack(sku: string, quantity: number): number {
    this.ctx.storage.sql.exec('UPDATE item SET left = left + ?2 WHERE sku = ?1', sku, quantity);
    return this.left(sku);
  }

  private left(sku: string): number {
    const [item] = this.ctx.storage.sql.exec<{ left: number }>('SELECT left FROM item WHERE sku = ?', sku);
    return item?.left ?? 0;
  }
}
