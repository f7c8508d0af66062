import { DurableObject } from 'cloudflare:workers';
import type { Asked, AuditPage, AuditQuery, Caller, Change } from '../../src/control/audit/entry.ts';
import type { Begun, WardenApi } from '../../src/control/audit/warden-api.ts';
import { failuresOfAddress, failuresOfAll, mostNames, writesOfPrincipal } from '../../src/control/lock/limits.ts';
import { defaultRefreshSeconds, propagationMs } from '../../src/control/observe/status.ts';
import { addressNetwork } from '../../src/core/addresses/address-network.ts';
import { type BucketTable, takeFrom } from '../../src/core/rate-limits/bucket-table.ts';
import { AuditStore } from './audit-store.ts';

export interface WardenEnv {
  /** Days for which the audit log is kept; 90 unless said. */
  readonly AUDIT_DAYS?: number;
  /** Changes that the log holds at most; 100,000 unless said. Of refusals it holds a tenth of that beside them. */
  readonly AUDIT_ROWS?: number;
  /** As control has it. */
  readonly REFRESH_SECONDS?: number;
}

const hourMs = 3_600_000;
/** The same refusal again within this time is counted in the entry of the first. */
const sameRefusalMs = 60_000;
const mostRefusals = 1_000;
/** Entries between two looks at whether there are too many. */
const pruneEvery = 256;

/**
 * The one object of control: the audit log, in SQLite, and the counts of wrong credentials and of writes, in memory. An object that
 * nobody asks for some minutes may leave memory; by then its buckets are full again, or nearly so.
 */
export class Warden extends DurableObject<WardenEnv> implements WardenApi {
  readonly #store: AuditStore;
  readonly #failures: BucketTable = new Map();
  readonly #allFailures: BucketTable = new Map();
  readonly #writes: BucketTable = new Map();
  readonly #refusals = new Map<string, { readonly id: number; readonly atMs: number }>();
  /** For so long after a write KV may show the value before it. */
  readonly #staleReadMs: number;
  #alarmSet = false;

  constructor(ctx: DurableObjectState, env: WardenEnv) {
    super(ctx, env);
    const { AUDIT_DAYS: days = 90, AUDIT_ROWS: changes = 100_000, REFRESH_SECONDS = defaultRefreshSeconds } = env;
    this.#staleReadMs = propagationMs(REFRESH_SECONDS * 1000) + REFRESH_SECONDS * 1000;
    this.#store = new AuditStore(ctx.storage, { days, changes, refusals: Math.ceil(changes / 10) });
    void ctx.blockConcurrencyWhile(async () => {
      this.#alarmSet = (await ctx.storage.getAlarm()) !== null;
    });
  }

  async countFailure(address: string, asked: Asked | undefined): Promise<number> {
    const now = Date.now();
    const ofAddress = takeFrom(this.#failures, addressNetwork(address), failuresOfAddress, mostNames, now);
    const ofAll = takeFrom(this.#allFailures, '', failuresOfAll, 1, now);
    const waitMs = Math.max(ofAddress, ofAll);
    if (asked !== undefined && ofAll === 0) {
      const nobody: Caller = { principal: '', role: 'none', by: 'none', address };
      await this.#enterRefusal(nobody, asked, waitMs === 0 ? 'unauthenticated' : 'rate_limited', now);
    }
    return waitMs;
  }

  async begin(caller: Caller, changes: readonly Change[]): Promise<Begun> {
    const now = Date.now();
    const waitMs = takeFrom(this.#writes, caller.principal, writesOfPrincipal, mostNames, now);
    if (waitMs > 0) {
      for (const change of changes) await this.#enterRefusal(caller, change, 'rate_limited', now);
      return { ok: false, code: 'rate_limited', waitMs };
    }
    for (const change of changes) {
      const revision = this.#writtenSince(change, now);
      if (revision === undefined) continue;
      await this.#enterRefusal(caller, change, 'revision_conflict', now);
      return { ok: false, code: 'revision_conflict', key: change.key, revision };
    }
    const ids = this.#store.add(caller, changes, 'begun', '', now);
    await this.#afterEntries(ids, now);
    return { ok: true, ids };
  }

  /**
   * The revision that control wrote in place of the one that this change was made of, where KV still showed that one. What somebody
   * wrote past control is none that the log knows, and stays his.
   */
  #writtenSince({ key, before }: Change, now: number): string | undefined {
    const recent = this.#store.changesSince(key, now - this.#staleReadMs);
    const newest = recent[0]?.after;
    return newest !== before && recent.some((change) => change.before === before) ? newest : undefined;
  }

  async settle(id: number, outcome: 'made' | 'failed'): Promise<void> {
    this.#store.settle(id, outcome);
  }

  async refuse(caller: Caller, asked: Asked, code: string): Promise<number> {
    const now = Date.now();
    // What another page makes somebody's browser ask takes nothing of what he may write himself.
    const asking = code === 'origin_refused' ? `${code} ${caller.principal}` : caller.principal;
    const waitMs = takeFrom(this.#writes, asking, writesOfPrincipal, mostNames, now);
    await this.#enterRefusal(caller, asked, waitMs === 0 ? code : 'rate_limited', now);
    return waitMs;
  }

  async read(query: AuditQuery): Promise<AuditPage> {
    return this.#store.read(query);
  }

  override async alarm(): Promise<void> {
    this.#store.prune(Date.now());
    await this.ctx.storage.setAlarm(Date.now() + 24 * hourMs);
  }

  async #enterRefusal(caller: Caller, { action, key }: Asked, code: string, now: number): Promise<void> {
    const same = JSON.stringify([caller, action, key, code]);
    const known = this.#refusals.get(same);
    if (known !== undefined && now - known.atMs < sameRefusalMs && this.#store.repeat(known.id)) return;
    const ids = this.#store.add(caller, [{ action, key, before: '', after: '', words: [] }], 'refused', code, now);
    this.#refusals.delete(same);
    this.#refusals.set(same, { id: ids[0] as number, atMs: now });
    const oldest = this.#refusals.size > mostRefusals ? this.#refusals.keys().next().value : undefined;
    if (oldest !== undefined) this.#refusals.delete(oldest);
    await this.#afterEntries(ids, now);
  }

  async #afterEntries(ids: readonly number[], now: number): Promise<void> {
    if (ids.some((id) => id % pruneEvery === 0)) this.#store.prune(now);
    if (this.#alarmSet) return;
    this.#alarmSet = true;
    await this.ctx.storage.setAlarm(now + 24 * hourMs);
  }
}
