import { hexOf } from '../../src/identity/ca/der.ts';
import type { JoinToken } from '../../src/identity/operators/operator.ts';
import type { CheckedJoinToken } from '../../src/identity/operators/operator-requests.ts';
import type { Allowance } from '../../src/identity/proofs/allowance.ts';
import type { ClaimRule } from '../../src/identity/proofs/claim-rule.ts';
import { joinTokenId, makeJoinToken } from '../../src/identity/proofs/join-token.ts';

/** More rules than people keep; each is tried for every token of its issuer. */
const mostRules = 256;
const mostJoinTokens = 10_000;

/** What is left of a join token that was shown. */
export type Redeemed =
  | { readonly kind: 'allowed'; readonly id: string; readonly allowance: Allowance }
  | { readonly kind: 'refused'; readonly id: string | undefined; readonly detail: string };

/** Join tokens, claim rules and used proofs of one trust domain, in the object's own database. */
export class Attestation {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Makes a join token and stores its digest; `undefined` where there are too many. */
  async createToken({ lifeMs, ...allowance }: CheckedJoinToken, nowMs: number): Promise<JoinToken | undefined> {
    this.#sql.exec('DELETE FROM join_tokens WHERE expires_at_ms < ?', nowMs);
    const { count } = this.#sql.exec<{ count: number }>('SELECT COUNT(*) AS count FROM join_tokens').one();
    if (count >= mostJoinTokens) return undefined;
    const { token, hash } = await makeJoinToken();
    const id = joinTokenId(hash);
    const expiresAtMs = nowMs + lifeMs;
    const allowed = JSON.stringify(allowance);
    this.#sql.exec(
      'INSERT INTO join_tokens (hash, id, allowed, expires_at_ms) VALUES (?, ?, ?, ?)',
      hash,
      id,
      allowed,
      expiresAtMs,
    );
    return { token, id, spiffeId: allowance.spiffeId, expiresAtMs };
  }

  /** Uses a join token up. Looking and marking are one step, so that of two who show it one is refused. */
  redeem(hash: string, nowMs: number): Redeemed {
    const [row] = this.#sql
      .exec<{ id: string; allowed: string; expires_at_ms: number; used_at_ms: number | null }>(
        'SELECT id, allowed, expires_at_ms, used_at_ms FROM join_tokens WHERE hash = ?',
        hash,
      )
      .toArray();
    if (row === undefined) return { kind: 'refused', id: undefined, detail: 'the join token is unknown' };
    if (row.used_at_ms !== null) return { kind: 'refused', id: row.id, detail: 'the join token has been used' };
    if (row.expires_at_ms <= nowMs) return { kind: 'refused', id: row.id, detail: 'the join token has expired' };
    this.#sql.exec('UPDATE join_tokens SET used_at_ms = ? WHERE hash = ?', nowMs, hash);
    return { kind: 'allowed', id: row.id, allowance: JSON.parse(row.allowed) as Allowance };
  }

  /** Whether a proof is shown for the first time; it is remembered until it would be too old anyway. */
  isFirstUse(hash: string, endsAtMs: number, nowMs: number): boolean {
    this.#sql.exec('DELETE FROM used_proofs WHERE expires_at_ms < ?', nowMs);
    return (
      this.#sql
        .exec('INSERT OR IGNORE INTO used_proofs (hash, expires_at_ms) VALUES (?, ?) RETURNING hash', hash, endsAtMs)
        .toArray().length === 1
    );
  }

  /** The rules in the order in which they were made; `id` is that of the one that is added. `undefined` where there are too many. */
  addRule(rule: Omit<ClaimRule, 'id'>, nowMs: number): string | undefined {
    if (this.rules().length >= mostRules) return undefined;
    const id = hexOf(crypto.getRandomValues(new Uint8Array(8)));
    const text = JSON.stringify({ ...rule, id });
    this.#sql.exec('INSERT INTO attestation_rules (id, rule, created_ms) VALUES (?, ?, ?)', id, text, nowMs);
    return id;
  }

  rules(): ClaimRule[] {
    return this.#sql
      .exec<{ rule: string }>('SELECT rule FROM attestation_rules ORDER BY rowid')
      .toArray()
      .map(({ rule }) => JSON.parse(rule) as ClaimRule);
  }

  removeRule(id: string): boolean {
    return this.#sql.exec('DELETE FROM attestation_rules WHERE id = ? RETURNING id', id).toArray().length > 0;
  }
}
