import { calculateJwkThumbprint } from 'jose/jwk/thumbprint';
import {
  activeKey,
  type KeyEvent,
  type KeyRing,
  type KeySchedule,
  needsKey,
  nextKeyEventMs,
  stepKeys,
} from '../../src/identity/keys/signing-keys.ts';
import { isPlaintext, type Vault } from '../../src/identity/keys/vault.ts';
import { type PublicJwk, publicKeys } from '../../src/identity/tokens/jwks.ts';
import type { AuditLog } from './audit-log.ts';
import { fromKeyRow, toKeyRow } from './key-rows.ts';

const ecdsa = { name: 'ECDSA', namedCurve: 'P-256' };

/** The keys that sign JWT-SVIDs. Private ones are sealed by the vault, and erased when they have signed their last token. */
export class TokenKeys {
  readonly #sql: SqlStorage;
  readonly #schedule: KeySchedule;
  readonly #audit: AuditLog;
  #ring: KeyRing;
  /** The imported private key of the active key. */
  #signer: { readonly kid: string; readonly privateKey: CryptoKey } | undefined;

  constructor(sql: SqlStorage, schedule: KeySchedule, audit: AuditLog) {
    this.#sql = sql;
    this.#schedule = schedule;
    this.#audit = audit;
    this.#ring = sql
      .exec<{ kid: string; state: string; at_ms: number }>('SELECT kid, state, at_ms FROM signing_keys')
      .toArray()
      .map(fromKeyRow);
  }

  get ring(): KeyRing {
    return this.#ring;
  }

  /** The public keys, for verifiers. */
  published(): PublicJwk[] {
    return this.#sql
      .exec<{ public_jwk: string }>('SELECT public_jwk FROM signing_keys ORDER BY kid')
      .toArray()
      .map((row) => JSON.parse(row.public_jwk) as PublicJwk);
  }

  nextEventMs(nowMs: number): number {
    return nextKeyEventMs(this.#ring, nowMs, this.#schedule);
  }

  /** Takes one step and stores it. Nothing is awaited in between, so a crash leaves the one or the other. */
  step(event: KeyEvent, nowMs: number, made?: { publicJwk: string; sealed: string }): void {
    const before = this.#ring;
    const after = stepKeys(before, event, nowMs, this.#schedule);
    if (after === before) return;
    for (const key of before) {
      if (after.some((kept) => kept.kid === key.kid)) continue;
      this.#sql.exec('DELETE FROM signing_keys WHERE kid = ?', key.kid);
      this.#told(key.kid, 'gone', nowMs);
    }
    for (const key of after) {
      const [state, atMs] = toKeyRow(key);
      const known = before.find((held) => held.kid === key.kid);
      if (known === undefined) {
        this.#sql.exec(
          'INSERT INTO signing_keys (kid, state, at_ms, public_jwk, private_jwk) VALUES (?, ?, ?, ?, ?)',
          key.kid,
          state,
          atMs,
          made?.publicJwk ?? '',
          made?.sealed ?? '',
        );
      } else {
        this.#sql.exec('UPDATE signing_keys SET state = ?, at_ms = ? WHERE kid = ?', state, atMs, key.kid);
      }
      if (known?.state !== key.state) this.#told(key.kid, state, nowMs);
    }
    this.#sql.exec("UPDATE signing_keys SET private_jwk = NULL WHERE state = 'retiring'");
    this.#ring = after;
  }

  /** Makes the key pairs that the ring asks for. Two of these may overlap; the state machine ignores the key of the second. */
  async make(vault: Vault, now: () => number): Promise<void> {
    while (needsKey(this.#ring)) {
      const pair = (await crypto.subtle.generateKey(ecdsa, true, ['sign', 'verify'])) as CryptoKeyPair;
      const [publicJwk, privateJwk] = await Promise.all([
        crypto.subtle.exportKey('jwk', pair.publicKey) as Promise<JsonWebKey>,
        crypto.subtle.exportKey('jwk', pair.privateKey) as Promise<JsonWebKey>,
      ]);
      const { kty, crv, x, y } = publicJwk;
      const kid = await calculateJwkThumbprint({ kty, crv, x, y } as PublicJwk);
      // Operators type it, as `revoke --key KID`, where a word that begins with a dash is an option.
      if (kid.startsWith('-')) continue;
      const published = publicKeys({ keys: [{ kty, crv, x, y, kid, alg: 'ES256', use: 'sig' }] })?.[0];
      const sealed = await vault.seal(JSON.stringify(privateJwk), placeOf(kid));
      this.step({ kind: 'created', kid }, now(), { publicJwk: JSON.stringify(published), sealed });
    }
  }

  /**
   * Seals what earlier deployments left in plaintext, and what the previous secret sealed. A key that once lay in plaintext may
   * lie so in a backup, so that another one signs as soon as that breaks nothing.
   */
  async reseal(vault: Vault, nowMs: number): Promise<void> {
    const rows = this.#sql
      .exec<{ kid: string; private_jwk: string }>(
        'SELECT kid, private_jwk FROM signing_keys WHERE private_jwk IS NOT NULL',
      )
      .toArray();
    let wasPlain = false;
    for (const { kid, private_jwk: stored } of rows) {
      const renewed = await vault.renewed(stored, placeOf(kid));
      if (renewed === undefined) continue;
      this.#sql.exec('UPDATE signing_keys SET private_jwk = ? WHERE kid = ? AND private_jwk = ?', renewed, kid, stored);
      this.#told(kid, 'sealed anew', nowMs);
      wasPlain ||= isPlaintext(stored);
    }
    if (wasPlain) this.step({ kind: 'rotate' }, nowMs);
  }

  /** The key that signs now. Rejects with a `VaultProblem` where it cannot be opened. */
  async signer(vault: Vault): Promise<{ readonly kid: string; readonly privateKey: CryptoKey }> {
    const active = activeKey(this.#ring);
    if (active === undefined) throw new Error('The authority has no active key.');
    if (this.#signer?.kid === active.kid) return this.#signer;
    const row = this.#sql
      .exec<{ private_jwk: string }>('SELECT private_jwk FROM signing_keys WHERE kid = ?', active.kid)
      .one();
    const jwk = JSON.parse(await vault.unseal(row.private_jwk, placeOf(active.kid))) as JsonWebKey;
    const privateKey = await crypto.subtle.importKey('jwk', jwk, ecdsa, false, ['sign']);
    const signer = { kid: active.kid, privateKey };
    this.#signer = signer;
    return signer;
  }

  #told(kid: string, state: string, nowMs: number): void {
    this.#audit.write(
      { action: 'key', actor: 'schedule', subject: kid, outcome: 'done', detail: `jwt ${state}` },
      nowMs,
    );
  }
}

function placeOf(kid: string): string {
  return `signing_keys ${kid}`;
}
