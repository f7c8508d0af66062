import { fromBase64, toBase64 } from '../../src/core/encoding/base64.ts';
import {
  type AuthorityEvent,
  type AuthorityRing,
  activeIntermediate,
  emptyAuthorityRing,
  type Intermediate,
  missingAuthority,
  nextAuthorityEventMs,
  stepAuthorities,
} from '../../src/identity/ca/authority-ring.ts';
import { hexOf } from '../../src/identity/ca/der.ts';
import {
  authorityKeyAlgorithm,
  makeIntermediate,
  makeRoot,
  type Signer,
} from '../../src/identity/ca/issue-certificate.ts';
import { type ParsedCertificate, parseCertificate } from '../../src/identity/ca/parsed-certificate.ts';
import type { CertificateSchedule } from '../../src/identity/ca/schedule.ts';
import { activeKey } from '../../src/identity/keys/signing-keys.ts';
import type { Vault } from '../../src/identity/keys/vault.ts';
import type { AuditLog } from './audit-log.ts';
import { fromKeyRow, toKeyRow } from './key-rows.ts';

/** Two roots and an intermediate are all that can be missing; more would mean that what is made is not accepted. */
const mostMissing = 4;

/** What was made for a `created` event. */
interface Made {
  readonly certificate: Uint8Array<ArrayBuffer>;
  readonly sealed: string;
}

/** The active intermediate, with the certificates that go with a leaf. */
export interface LeafSigner extends Signer {
  readonly kid: string;
  readonly expiresAtMs: number;
}

/** Roots and intermediates of one trust domain. Private keys are sealed by the vault, and erased when they have signed their last. */
export class AuthorityKeys {
  readonly #sql: SqlStorage;
  readonly #trustDomain: string;
  readonly #schedule: CertificateSchedule;
  readonly #audit: AuditLog;
  #ring: AuthorityRing = emptyAuthorityRing;
  /** Parsed certificates of roots and intermediates, by `kid`. */
  readonly #parsed = new Map<string, ParsedCertificate>();
  #signer: LeafSigner | undefined;

  constructor(sql: SqlStorage, trustDomain: string, schedule: CertificateSchedule, audit: AuditLog) {
    this.#sql = sql;
    this.#trustDomain = trustDomain;
    this.#schedule = schedule;
    this.#audit = audit;
  }

  /** To be called once, before anything else. */
  async load(): Promise<void> {
    const roots = this.#sql
      .exec<{ kid: string; state: string; at_ms: number; certificate: string }>(
        'SELECT kid, state, at_ms, certificate FROM roots',
      )
      .toArray();
    const intermediates = this.#sql
      .exec<{ kid: string; root: string; state: string; expires_at_ms: number; certificate: string }>(
        'SELECT kid, root, state, expires_at_ms, certificate FROM intermediates',
      )
      .toArray();
    for (const { kid, certificate } of [...roots, ...intermediates]) {
      this.#parsed.set(kid, await parseCertificate(fromBase64(certificate) ?? new Uint8Array()));
    }
    this.#ring = {
      roots: roots.map(fromKeyRow),
      intermediates: intermediates.map(
        ({ kid, root, state, expires_at_ms: expiresAtMs }): Intermediate => ({
          kid,
          root,
          state: state === 'active' ? 'active' : 'retired',
          expiresAtMs,
        }),
      ),
    };
  }

  get ring(): AuthorityRing {
    return this.#ring;
  }

  /** The roots of the bundle: those that signed what is valid still, the one that signs, and the one that signs next. */
  anchors(): ParsedCertificate[] {
    return this.#ring.roots.flatMap(({ kid }) => this.#parsed.get(kid) ?? []);
  }

  /** The certificate of a root or an intermediate. */
  certificateOf(kid: string): ParsedCertificate | undefined {
    return this.#parsed.get(kid);
  }

  /** The `kid` of the root or intermediate with this certificate. */
  kidOf(match: (certificate: ParsedCertificate) => boolean): string | undefined {
    for (const [kid, certificate] of this.#parsed) if (match(certificate)) return kid;
    return undefined;
  }

  nextEventMs(nowMs: number): number {
    return nextAuthorityEventMs(this.#ring, nowMs, this.#schedule);
  }

  /** Takes one step and stores it. Nothing is awaited in between, so a crash leaves the one or the other. */
  step(event: AuthorityEvent, nowMs: number, made?: Made): void {
    const before = this.#ring;
    const after = stepAuthorities(before, event, nowMs, this.#schedule);
    if (after === before) {
      // What was made and is needed no more is forgotten.
      if (event.kind === 'root-created' || event.kind === 'intermediate-created') this.#parsed.delete(event.kid);
      return;
    }
    this.#store('roots', before.roots, after.roots, nowMs, (root) => {
      const [state, atMs] = toKeyRow(root);
      this.#sql.exec(
        `INSERT INTO roots (kid, state, at_ms, certificate, private_key) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (kid) DO UPDATE SET state = ?2, at_ms = ?3`,
        root.kid,
        state,
        atMs,
        made === undefined ? '' : toBase64(made.certificate),
        made?.sealed ?? null,
      );
    });
    this.#store('intermediates', before.intermediates, after.intermediates, nowMs, (held) => {
      this.#sql.exec(
        `INSERT INTO intermediates (kid, root, state, expires_at_ms, certificate, private_key)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (kid) DO UPDATE SET state = ?3`,
        held.kid,
        held.root,
        held.state,
        held.expiresAtMs,
        made === undefined ? '' : toBase64(made.certificate),
        made?.sealed ?? null,
      );
    });
    const kept = new Set([...after.roots, ...after.intermediates].map(({ kid }) => kid));
    for (const kid of this.#parsed.keys()) if (!kept.has(kid)) this.#parsed.delete(kid);
    this.#sql.exec("UPDATE roots SET private_key = NULL WHERE state = 'retiring'");
    this.#sql.exec("UPDATE intermediates SET private_key = NULL WHERE state = 'retired'");
    this.#ring = after;
  }

  /** Makes the authorities that are missing. Two of these may overlap; the state machine ignores what the second made. */
  async make(vault: Vault, now: () => number): Promise<void> {
    for (let made = 0; made < mostMissing; made += 1) {
      const missing = missingAuthority(this.#ring);
      if (missing === undefined) return;
      const pair = (await crypto.subtle.generateKey(authorityKeyAlgorithm, true, ['sign', 'verify'])) as CryptoKeyPair;
      const kid = hexOf(crypto.getRandomValues(new Uint8Array(8)));
      const jwk = JSON.stringify(await crypto.subtle.exportKey('jwk', pair.privateKey));
      if (missing === 'root') await this.#makeRoot(kid, pair, await vault.seal(jwk, placeOf('roots', kid)), now());
      else await this.#makeIntermediate(kid, pair, await vault.seal(jwk, placeOf('intermediates', kid)), vault, now());
    }
  }

  async #makeRoot(kid: string, pair: CryptoKeyPair, sealed: string, nowMs: number): Promise<void> {
    const expiresAtMs = nowMs + this.#schedule.rootLifeMs;
    const certificate = await makeRoot(pair, { trustDomain: this.#trustDomain, kid, nowMs, expiresAtMs });
    this.#parsed.set(kid, await parseCertificate(certificate));
    this.step({ kind: 'root-created', kid }, nowMs, { certificate, sealed });
  }

  async #makeIntermediate(
    kid: string,
    pair: CryptoKeyPair,
    sealed: string,
    vault: Vault,
    nowMs: number,
  ): Promise<void> {
    const root = activeKey(this.#ring.roots)?.kid ?? '';
    const parent = this.#parsed.get(root);
    if (parent === undefined) throw new Error(`The root ${root} has no certificate.`);
    const expiresAtMs = Math.min(nowMs + this.#schedule.intermediateLifeMs, parent.notAfterMs);
    const signer = { certificate: parent.der, privateKey: await this.#privateKey('roots', root, vault) };
    const authority = { trustDomain: this.#trustDomain, kid, nowMs, expiresAtMs };
    const certificate = await makeIntermediate(pair.publicKey, signer, authority);
    const parsed = await parseCertificate(certificate);
    this.#parsed.set(kid, parsed);
    const event = { kind: 'intermediate-created', kid, root, expiresAtMs: parsed.notAfterMs } as const;
    this.step(event, nowMs, { certificate, sealed });
  }

  /** The intermediate that signs leaves now. Rejects with a `VaultProblem` where its key cannot be opened. */
  async signer(vault: Vault): Promise<LeafSigner> {
    const active = activeIntermediate(this.#ring);
    const certificate = active && this.#parsed.get(active.kid);
    if (certificate === undefined) throw new Error('The authority has no active intermediate.');
    if (this.#signer?.kid === active?.kid) return this.#signer as LeafSigner;
    const { kid, expiresAtMs } = active as Intermediate;
    const privateKey = await this.#privateKey('intermediates', kid, vault);
    this.#signer = { kid, certificate: certificate.der, privateKey, expiresAtMs };
    return this.#signer;
  }

  /** Seals under the current secret what the previous one sealed. */
  async reseal(vault: Vault): Promise<void> {
    for (const table of ['roots', 'intermediates'] as const) {
      const rows = this.#sql
        .exec<{ kid: string; private_key: string }>(
          `SELECT kid, private_key FROM ${table} WHERE private_key IS NOT NULL`,
        )
        .toArray();
      for (const { kid, private_key: stored } of rows) {
        const renewed = await vault.renewed(stored, placeOf(table, kid));
        if (renewed === undefined) continue;
        this.#sql.exec(`UPDATE ${table} SET private_key = ? WHERE kid = ? AND private_key = ?`, renewed, kid, stored);
      }
    }
  }

  async #privateKey(table: 'roots' | 'intermediates', kid: string, vault: Vault): Promise<CryptoKey> {
    const { private_key: sealed } = this.#sql
      .exec<{ private_key: string }>(`SELECT private_key FROM ${table} WHERE kid = ?`, kid)
      .one();
    const jwk = JSON.parse(await vault.unseal(sealed, placeOf(table, kid))) as JsonWebKey;
    return crypto.subtle.importKey('jwk', jwk, authorityKeyAlgorithm, false, ['sign']);
  }

  #store<Held extends { readonly kid: string; readonly state: string }>(
    table: 'roots' | 'intermediates',
    before: readonly Held[],
    after: readonly Held[],
    nowMs: number,
    write: (held: Held) => void,
  ): void {
    const role = table === 'roots' ? 'root' : 'intermediate';
    const told = (kid: string, state: string) =>
      this.#audit.write(
        { action: 'key', actor: 'schedule', subject: kid, outcome: 'done', detail: `${role} ${state}` },
        nowMs,
      );
    for (const { kid } of before) {
      if (after.some((kept) => kept.kid === kid)) continue;
      this.#sql.exec(`DELETE FROM ${table} WHERE kid = ?`, kid);
      told(kid, 'gone');
    }
    for (const held of after) {
      const known = before.find(({ kid }) => kid === held.kid);
      if (known === held) continue;
      write(held);
      if (known?.state !== held.state) told(held.kid, held.state);
    }
  }
}

function placeOf(table: string, kid: string): string {
  return `${table} ${kid}`;
}
