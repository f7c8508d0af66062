import { DurableObject } from 'cloudflare:workers';
import { calculateJwkThumbprint } from 'jose/jwk/thumbprint';
import type { Issued, TrustBundle } from '../../src/identity/authority.ts';
import { type PublicJwk, publicKeys } from '../../src/identity/jwks.ts';
import {
  activeKey,
  type KeyEvent,
  type KeyRing,
  type KeySchedule,
  keySchedule,
  needsKey,
  nextKeyEventMs,
  type SigningKey,
  stepKeys,
} from '../../src/identity/keys.ts';
import { type SvidContent, signSvid } from '../../src/identity/svid.ts';
import type { IdentityEnv } from './env.ts';

const ecdsa = { name: 'ECDSA', namedCurve: 'P-256' };

/**
 * The signing keys of one trust domain. Private keys are made here, stored here until they have signed their last token, and
 * never leave: whoever wants a token sends its content.
 */
export class KeyAuthority extends DurableObject<IdentityEnv> {
  readonly #schedule: KeySchedule;
  #ring: KeyRing = [];
  /** The imported private key of the active key. */
  #signer: { readonly kid: string; readonly privateKey: CryptoKey } | undefined;

  constructor(ctx: DurableObjectState, env: IdentityEnv) {
    super(ctx, env);
    this.#schedule = keySchedule(env.SCHEDULE);
    // No request is served before there is a key, so no copy of the JWKS can lack the first one.
    void ctx.blockConcurrencyWhile(async () => {
      ctx.storage.sql.exec(`CREATE TABLE IF NOT EXISTS signing_keys (
        kid TEXT PRIMARY KEY,
        state TEXT NOT NULL,
        at_ms INTEGER NOT NULL,
        public_jwk TEXT NOT NULL,
        private_jwk TEXT
      )`);
      this.#ring = ctx.storage.sql
        .exec<KeyRow>('SELECT kid, state, at_ms FROM signing_keys')
        .toArray()
        .map(({ kid, state, at_ms }) => fromRow(kid, state, at_ms));
      await this.#makeKeys();
    });
  }

  async issue(content: SvidContent): Promise<Issued> {
    const now = Date.now();
    await this.#apply({ kind: 'tick' }, now);
    const signer = await this.#activeSigner();
    return signSvid(content, signer, now, this.#schedule.tokenLifeMs);
  }

  async jwks(): Promise<TrustBundle> {
    await this.#apply({ kind: 'tick' }, Date.now());
    const rows = this.ctx.storage.sql
      .exec<{ public_jwk: string }>('SELECT public_jwk FROM signing_keys ORDER BY kid')
      .toArray();
    return { keys: rows.map((row) => JSON.parse(row.public_jwk) as PublicJwk), maxAgeMs: this.#schedule.jwksMaxAgeMs };
  }

  /** Lets another key sign as soon as that breaks no verification; answers with the ring as it is then. */
  async rotate(): Promise<KeyRing> {
    await this.#apply({ kind: 'rotate' }, Date.now());
    return this.#ring;
  }

  override async alarm(): Promise<void> {
    await this.#apply({ kind: 'tick' }, Date.now());
    await this.#makeKeys();
  }

  /** Makes the key pairs that the ring asks for. Two of these may overlap; the state machine ignores the key of the second. */
  async #makeKeys(): Promise<void> {
    while (needsKey(this.#ring)) {
      const pair = (await crypto.subtle.generateKey(ecdsa, true, ['sign', 'verify'])) as CryptoKeyPair;
      const [publicJwk, privateJwk] = await Promise.all([
        crypto.subtle.exportKey('jwk', pair.publicKey) as Promise<JsonWebKey>,
        crypto.subtle.exportKey('jwk', pair.privateKey) as Promise<JsonWebKey>,
      ]);
      const { kty, crv, x, y } = publicJwk;
      const kid = await calculateJwkThumbprint({ kty, crv, x, y } as PublicJwk);
      const published = publicKeys({ keys: [{ kty, crv, x, y, kid, alg: 'ES256', use: 'sig' }] })?.[0];
      await this.#apply({ kind: 'created', kid }, Date.now(), {
        publicJwk: JSON.stringify(published),
        privateJwk: JSON.stringify(privateJwk),
      });
    }
    await this.#wake();
  }

  /** Takes one step and stores it. Nothing is awaited between the step and its last row, so a crash leaves the one or the other. */
  async #apply(event: KeyEvent, now: number, made?: { publicJwk: string; privateJwk: string }): Promise<void> {
    const before = this.#ring;
    const after = stepKeys(before, event, now, this.#schedule);
    if (after === before) return;
    const { sql } = this.ctx.storage;
    for (const key of before) {
      if (!after.some((kept) => kept.kid === key.kid)) sql.exec('DELETE FROM signing_keys WHERE kid = ?', key.kid);
    }
    for (const key of after) {
      const [state, atMs] = toRow(key);
      if (!before.some((known) => known.kid === key.kid)) {
        sql.exec(
          'INSERT INTO signing_keys (kid, state, at_ms, public_jwk, private_jwk) VALUES (?, ?, ?, ?, ?)',
          key.kid,
          state,
          atMs,
          made?.publicJwk ?? '',
          made?.privateJwk ?? '',
        );
      } else {
        sql.exec('UPDATE signing_keys SET state = ?, at_ms = ? WHERE kid = ?', state, atMs, key.kid);
      }
    }
    sql.exec("UPDATE signing_keys SET private_jwk = NULL WHERE state = 'retiring'");
    this.#ring = after;
    await this.#wake();
  }

  async #wake(): Promise<void> {
    await this.ctx.storage.setAlarm(nextKeyEventMs(this.#ring, Date.now(), this.#schedule));
  }

  async #activeSigner(): Promise<{ readonly kid: string; readonly privateKey: CryptoKey }> {
    const active = activeKey(this.#ring);
    if (active === undefined) throw new Error('The authority has no active key.');
    if (this.#signer?.kid === active.kid) return this.#signer;
    const row = this.ctx.storage.sql
      .exec<{ private_jwk: string }>('SELECT private_jwk FROM signing_keys WHERE kid = ?', active.kid)
      .one();
    const jwk = JSON.parse(row.private_jwk) as JsonWebKey;
    const privateKey = await crypto.subtle.importKey('jwk', jwk, ecdsa, false, ['sign']);
    const signer = { kid: active.kid, privateKey };
    this.#signer = signer;
    return signer;
  }
}

type KeyRow = { kid: string; state: string; at_ms: number };

function fromRow(kid: string, state: string, atMs: number): SigningKey {
  switch (state) {
    case 'next':
      return { kid, state, publishedAtMs: atMs };
    case 'active':
      return { kid, state, rotateAtMs: atMs };
    case 'retiring':
      return { kid, state, goneAtMs: atMs };
    default:
      throw new Error(`Key ${kid} has the unknown state ${state}.`);
  }
}

function toRow(key: SigningKey): [state: string, atMs: number] {
  switch (key.state) {
    case 'next':
      return [key.state, key.publishedAtMs];
    case 'active':
      return [key.state, key.rotateAtMs];
    case 'retiring':
      return [key.state, key.goneAtMs];
  }
}
