import { DurableObject } from 'cloudflare:workers';
import type { CertificateAnswer, Issued, Refused, TrustBundle } from '../../src/identity/authority.ts';
import { type CertificateSchedule, certificateSchedule } from '../../src/identity/ca/schedule.ts';
import { type KeyRing, type KeySchedule, keySchedule } from '../../src/identity/keys.ts';
import { refused } from '../../src/identity/requests.ts';
import { type SvidContent, signSvid } from '../../src/identity/svid.ts';
import { Vault, VaultProblem } from '../../src/identity/vault.ts';
import { AuditLog } from './audit-log.ts';
import { AuthorityKeys } from './authority-keys.ts';
import { CertificateJudge } from './certificate-judge.ts';
import type { IdentityEnv } from './env.ts';
import { Federations } from './federations.ts';
import { Revocations } from './revocations.ts';
import { makeTables } from './tables.ts';
import { TokenKeys } from './token-keys.ts';

/** After a failure to make keys, such as a secret that is not set, the alarm tries again this much later. */
const retryMs = 10 * 60_000;

/**
 * The authority of one trust domain: the keys of its tokens and certificates, what it issued, revoked and refused. Private keys
 * are made here, stored here sealed until they have signed their last, and never leave: whoever wants something signed sends
 * its content.
 */
export class KeyAuthority extends DurableObject<IdentityEnv> {
  readonly #trustDomain: string;
  readonly #schedule: KeySchedule;
  readonly #certificateSchedule: CertificateSchedule;
  readonly #audit: AuditLog;
  readonly #tokens: TokenKeys;
  readonly #authorities: AuthorityKeys;
  readonly #federations: Federations;
  readonly #revocations: Revocations;
  readonly #judge: CertificateJudge;
  #vault: Vault | VaultProblem | undefined;

  constructor(ctx: DurableObjectState, env: IdentityEnv) {
    super(ctx, env);
    const trustDomain = ctx.id.name;
    if (trustDomain === undefined) throw new Error('An authority is found by the name of its trust domain only.');
    this.#trustDomain = trustDomain;
    const { sql } = ctx.storage;
    makeTables(sql);
    this.#schedule = keySchedule(env.SCHEDULE);
    this.#certificateSchedule = certificateSchedule(env.SCHEDULE);
    this.#audit = new AuditLog(sql);
    this.#tokens = new TokenKeys(sql, this.#schedule, this.#audit);
    this.#authorities = new AuthorityKeys(sql, trustDomain, this.#certificateSchedule, this.#audit);
    this.#federations = new Federations(sql);
    this.#revocations = new Revocations(sql);
    this.#judge = new CertificateJudge(trustDomain, this.#authorities, this.#federations, this.#revocations);
    // No request is served before there is a key, so no copy of the JWKS or of the bundle can lack the first one.
    void ctx.blockConcurrencyWhile(async () => {
      await this.#authorities.load();
      await this.#federations.load();
      this.#vault = await openVault(env, trustDomain);
      await this.#upkeep();
    });
  }

  issue(content: SvidContent): Promise<Issued | Refused> {
    return this.#refusing(async () => {
      const now = Date.now();
      const vault = await this.#ready(now);
      return signSvid(content, await this.#tokens.signer(vault), now, this.#schedule.tokenLifeMs);
    });
  }

  /** The keys of this trust domain's tokens, or of a federated one's. */
  jwks(trustDomain = this.#trustDomain): Promise<TrustBundle | Refused> {
    return this.#refusing(async () => {
      const maxAgeMs = this.#schedule.jwksMaxAgeMs;
      if (trustDomain !== this.#trustDomain) {
        const bundle = this.#federations.bundleOf(trustDomain);
        return bundle === undefined
          ? refused('unknown_trust_domain', `There is no bundle of the trust domain "${trustDomain}".`)
          : { keys: bundle.jwtKeys, maxAgeMs };
      }
      const now = Date.now();
      await this.#tick(now);
      if (this.#tokens.ring.length === 0) await this.#ready(now);
      return { keys: this.#tokens.published(), maxAgeMs };
    });
  }

  /** Judges a chain of DER, leaf first. */
  async verifyCertificate(chain: readonly Uint8Array[]): Promise<CertificateAnswer | Refused> {
    const now = Date.now();
    await this.#tick(now);
    return this.#judge.answer(chain, now, this.#certificateSchedule.verdictMaxAgeMs);
  }

  /** Lets another key sign as soon as that breaks no verification; answers with the ring as it is then. */
  async rotate(): Promise<KeyRing> {
    this.#tokens.step({ kind: 'rotate' }, Date.now());
    await this.#upkeep();
    return this.#tokens.ring;
  }

  override async alarm(): Promise<void> {
    await this.#tick(Date.now());
    await this.#upkeep();
  }

  /** Takes account of the time that has passed. */
  async #tick(nowMs: number): Promise<void> {
    const before = [this.#tokens.ring, this.#authorities.ring];
    this.#tokens.step({ kind: 'tick' }, nowMs);
    this.#authorities.step({ kind: 'tick' }, nowMs);
    if (before[0] !== this.#tokens.ring || before[1] !== this.#authorities.ring) await this.#wake();
  }

  /** The vault, once everything is there that signs. Rejects with a `VaultProblem` where there can be none. */
  async #ready(nowMs: number): Promise<Vault> {
    await this.#tick(nowMs);
    const vault = this.#vault;
    if (!(vault instanceof Vault)) throw vault ?? new Error('The vault has not been opened yet.');
    await this.#tokens.make(vault, Date.now);
    await this.#authorities.make(vault, Date.now);
    return vault;
  }

  /** Seals what has to be sealed anew, makes what is missing, and sets the alarm; without a vault it can only set the alarm. */
  async #upkeep(): Promise<void> {
    const vault = this.#vault;
    let failed = !(vault instanceof Vault);
    if (vault instanceof Vault) {
      try {
        await this.#tokens.reseal(vault, Date.now());
        await this.#authorities.reseal(vault);
        await this.#tokens.make(vault, Date.now);
        await this.#authorities.make(vault, Date.now);
      } catch (error) {
        if (!(error instanceof VaultProblem)) throw error;
        failed = true;
      }
    }
    await this.#wake(failed);
  }

  async #wake(failed = false): Promise<void> {
    const now = Date.now();
    const due = Math.min(this.#tokens.nextEventMs(now), this.#authorities.nextEventMs(now));
    await this.ctx.storage.setAlarm(failed ? Math.max(due, now + retryMs) : due);
  }

  async #refusing<Value>(work: () => Promise<Value>): Promise<Value | Refused> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof VaultProblem) return refused(error.code, error.message);
      throw error;
    }
  }
}

async function openVault(env: IdentityEnv, trustDomain: string): Promise<Vault | VaultProblem> {
  try {
    return await Vault.open(env, trustDomain);
  } catch (error) {
    if (error instanceof VaultProblem) return error;
    throw error;
  }
}
