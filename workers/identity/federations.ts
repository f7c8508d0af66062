import { fetchBundle, nextRefreshMs, replacementProblem } from '../../src/identity/ca/federation.ts';
import { isEmptyBundle, type ReadBundle, readBundle } from '../../src/identity/ca/spiffe-bundle.ts';
import type { FederationState } from '../../src/identity/operators/operator.ts';
import type { CheckedFederation } from '../../src/identity/operators/operator-requests.ts';
import type { AuditLog } from './audit-log.ts';

type Row = {
  trust_domain: string;
  bundle_url: string | null;
  bundle: string | null;
  refreshed_ms: number | null;
  next_ms: number | null;
  problem: string | null;
};

/** More trust domains than a deployment deals with; each costs a fetch every few minutes. */
const mostFederations = 64;

/** The bundles of other trust domains, in the object's own database. */
export class Federations {
  readonly #sql: SqlStorage;
  readonly #allowLoopback: boolean;
  readonly #audit: AuditLog;
  /** Read bundles by trust domain. */
  readonly #read = new Map<string, ReadBundle>();

  constructor(sql: SqlStorage, allowLoopback: boolean, audit: AuditLog) {
    this.#sql = sql;
    this.#allowLoopback = allowLoopback;
    this.#audit = audit;
  }

  /** To be called once, before anything else. */
  async load(): Promise<void> {
    for (const { trust_domain: trustDomain, bundle } of this.#rows()) {
      if (bundle === null) continue;
      const read = await readBundle(JSON.parse(bundle)).catch(() => undefined);
      if (read !== undefined) this.#read.set(trustDomain, read);
    }
  }

  bundleOf(trustDomain: string): ReadBundle | undefined {
    return this.#read.get(trustDomain);
  }

  list(): FederationState[] {
    return this.#rows().map((row) => this.#stateOf(row));
  }

  /** When the next bundle is to be looked at again. */
  nextEventMs(): number {
    const { next } = this.#sql.exec<{ next: number | null }>('SELECT MIN(next_ms) AS next FROM federations').one();
    return next ?? Infinity;
  }

  /** Takes up a trust domain, or another bundle of one. Rejects with a sentence for the operator where that cannot be. */
  async set({ trustDomain, bundleUrl, bundle, force }: CheckedFederation, actor: string): Promise<FederationState> {
    const known = this.#rows();
    if (known.length >= mostFederations && !known.some((row) => row.trust_domain === trustDomain)) {
      throw new Error(`there are ${mostFederations} federations already`);
    }
    const given = bundleUrl === undefined ? bundle : await this.#fetch(bundleUrl);
    await this.#take(trustDomain, given, { bundleUrl: bundleUrl ?? null, force, actor });
    return this.#stateOf(this.#rows().find((row) => row.trust_domain === trustDomain) as Row);
  }

  remove(trustDomain: string, actor: string): boolean {
    this.#read.delete(trustDomain);
    const removed = this.#sql.exec('DELETE FROM federations WHERE trust_domain = ?', trustDomain).rowsWritten > 0;
    if (removed) this.#told(trustDomain, actor, 'done', 'removed');
    return removed;
  }

  /** Looks at every bundle endpoint that is due. Never rejects: a bundle stays while its endpoint is down. */
  async refresh(nowMs: number): Promise<void> {
    for (const { trust_domain: trustDomain, bundle_url: bundleUrl, next_ms: nextMs } of this.#rows()) {
      if (bundleUrl === null || nextMs === null || nextMs > nowMs) continue;
      // Written first, so that an endpoint that ends the invocation is not asked again and again.
      const again = nextRefreshMs(this.#read.get(trustDomain), nowMs);
      this.#sql.exec('UPDATE federations SET next_ms = ? WHERE trust_domain = ?', again, trustDomain);
      try {
        const given = await this.#fetch(bundleUrl);
        await this.#take(trustDomain, given, { bundleUrl, force: false, actor: 'schedule' });
      } catch (error) {
        const problem = error instanceof Error ? error.message : String(error);
        this.#sql.exec('UPDATE federations SET problem = ? WHERE trust_domain = ?', problem, trustDomain);
        this.#told(trustDomain, 'schedule', 'refused', problem);
      }
    }
  }

  #fetch(bundleUrl: string): Promise<unknown> {
    return fetchBundle(bundleUrl, (url, init) => fetch(url, init), this.#allowLoopback);
  }

  async #take(
    trustDomain: string,
    given: unknown,
    how: { readonly bundleUrl: string | null; readonly force: boolean; readonly actor: string },
  ): Promise<void> {
    const read = await readBundle(given);
    // From here on nothing is awaited: what an operator did in the meantime counts.
    const rowBefore = this.#rows().find((row) => row.trust_domain === trustDomain);
    if (how.actor === 'schedule' && rowBefore?.bundle_url !== how.bundleUrl) return;
    const before = this.#read.get(trustDomain);
    if (before === undefined && isEmptyBundle(read)) {
      throw new Error(read.problem ?? 'the bundle has no key for X509-SVIDs or JWT-SVIDs');
    }
    const problem = how.force ? undefined : replacementProblem(before, read);
    if (problem !== undefined) throw new Error(problem);
    const nowMs = Date.now();
    const text = JSON.stringify(given);
    this.#sql.exec(
      `INSERT OR REPLACE INTO federations (trust_domain, bundle_url, bundle, refreshed_ms, next_ms, problem)
       VALUES (?, ?, ?, ?, ?, ?)`,
      trustDomain,
      how.bundleUrl,
      text,
      nowMs,
      how.bundleUrl === null ? null : nextRefreshMs(read, nowMs),
      read.problem ?? null,
    );
    this.#read.set(trustDomain, read);
    if (text !== rowBefore?.bundle) {
      const passedOver = read.problem === undefined ? '' : `; passed over: ${read.problem}`;
      const words = `a bundle of ${read.roots.length} X.509 authorities and ${read.jwtKeys.length} JWT keys`;
      this.#told(
        trustDomain,
        how.actor,
        'done',
        `${words}, sequence ${read.sequence ?? 'none'}${how.force ? ', forced' : ''}${passedOver}`,
      );
    }
  }

  #stateOf(row: Row): FederationState {
    const read = this.#read.get(row.trust_domain);
    return {
      trustDomain: row.trust_domain,
      ...(row.bundle_url !== null && { bundleUrl: row.bundle_url }),
      ...(read?.sequence !== undefined && { sequence: read.sequence }),
      roots: read?.roots.length ?? 0,
      jwtKeys: read?.jwtKeys.length ?? 0,
      ...(row.refreshed_ms !== null && { refreshedAtMs: row.refreshed_ms }),
      ...(row.problem !== null && { problem: row.problem }),
    };
  }

  #rows(): Row[] {
    return this.#sql.exec<Row>('SELECT * FROM federations ORDER BY trust_domain').toArray();
  }

  #told(trustDomain: string, actor: string, outcome: 'done' | 'refused', detail: string): void {
    this.#audit.write({ action: 'federation', actor, subject: trustDomain, outcome, detail }, Date.now());
  }
}
