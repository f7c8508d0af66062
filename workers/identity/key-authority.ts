import { DurableObject } from 'cloudflare:workers';
import type { CertificateAnswer, Issued, Refused, TrustBundle } from '../../src/identity/authority.ts';
import { type CertificateSchedule, certificateSchedule } from '../../src/identity/ca/schedule.ts';
import { type BundleRoot, type SpiffeBundle, writeBundle } from '../../src/identity/ca/spiffe-bundle.ts';
import { type KeySchedule, keySchedule } from '../../src/identity/keys/signing-keys.ts';
import { Vault, VaultProblem } from '../../src/identity/keys/vault.ts';
import type { IdentityOperator, IssuedCertificate } from '../../src/identity/operators/operator.ts';
import type { CertificateRequest, TokenRequest } from '../../src/identity/proofs/issue-request.ts';
import { refused } from '../../src/identity/requests.ts';
import type { SvidContent } from '../../src/identity/tokens/svid.ts';
import { Attestation } from './attestation.ts';
import { Attestor } from './attestor.ts';
import { AuditLog } from './audit-log.ts';
import type { AuthorityEnv } from './authority-env.ts';
import { AuthorityKeys } from './authority-keys.ts';
import { bundleSequence } from './bundle-sequence.ts';
import { CertificateJudge } from './certificate-judge.ts';
import { Federations } from './federations.ts';
import { Issuer } from './issuer.ts';
import { OperatorDesk } from './operator-desk.ts';
import { ownName } from './own-name.ts';
import { Revocations } from './revocations.ts';
import { migrate } from './schema.ts';
import { TokenKeys } from './token-keys.ts';

/** After a failure to make keys, such as a secret that is not set, the alarm tries again this much later. */
const retryMs = 10 * 60_000;
/** What is too old is deleted once a day. */
const trimMs = 24 * 60 * 60_000;

/**
 * The authority of one trust domain: the keys of its tokens and certificates, what it issued, revoked and refused. Private keys
 * are made here, stored here sealed until they have signed their last, and never leave: whoever wants something signed sends
 * its content.
 */
export class KeyAuthority extends DurableObject<AuthorityEnv> {
  readonly #trustDomain: string;
  readonly #schedule: KeySchedule;
  readonly #certificateSchedule: CertificateSchedule;
  readonly #audit: AuditLog;
  readonly #tokens: TokenKeys;
  readonly #authorities: AuthorityKeys;
  readonly #federations: Federations;
  readonly #revocations: Revocations;
  readonly #judge: CertificateJudge;
  readonly #issuer: Issuer;
  readonly #desk: OperatorDesk;
  #vault: Vault | VaultProblem | undefined;

  constructor(ctx: DurableObjectState, env: AuthorityEnv) {
    super(ctx, env);
    const { sql } = ctx.storage;
    migrate(ctx.storage);
    const trustDomain = ownName(sql, ctx.id.name);
    const allowLoopback = env.ALLOW_LOOPBACK === 'true';
    const tokenSchedule = keySchedule(env.SCHEDULE);
    const schedule = certificateSchedule(env.SCHEDULE);
    const audit = new AuditLog(sql);
    const tokens = new TokenKeys(sql, tokenSchedule, audit);
    const authorities = new AuthorityKeys(sql, trustDomain, schedule, audit);
    const federations = new Federations(sql, allowLoopback, audit);
    const revocations = new Revocations(sql);
    const attestation = new Attestation(sql);
    const judge = new CertificateJudge(trustDomain, authorities, federations, revocations);
    const attestor = new Attestor({
      trustDomain,
      attestation,
      judge,
      revocations,
      ownKeys: () => tokens.published(),
      fetch: (url, init) => fetch(url, init),
      allowLoopback,
      waitUntil: (work) => ctx.waitUntil(work),
    });
    const { tokenLifeMs } = tokenSchedule;
    const parts = {
      sql,
      trustDomain,
      schedule,
      allowLoopback,
      attestation,
      audit,
      authorities,
      federations,
      revocations,
      tokens,
    };
    this.#trustDomain = trustDomain;
    this.#schedule = tokenSchedule;
    this.#certificateSchedule = schedule;
    this.#audit = audit;
    this.#tokens = tokens;
    this.#authorities = authorities;
    this.#federations = federations;
    this.#revocations = revocations;
    this.#judge = judge;
    this.#issuer = new Issuer({ ...parts, tokenLifeMs, attestor });
    this.#desk = new OperatorDesk({ ...parts, makeKeys: async () => void (await this.#readyForAll(Date.now())) });
    // No request is served before there is a key of tokens, so no copy of the JWKS can lack the first one. Authorities are made
    // by the alarm, or by who comes before it: a first call of an edge waits for its token only half a second.
    void ctx.blockConcurrencyWhile(async () => {
      await authorities.load();
      await federations.load();
      this.#vault = await openVault(env, trustDomain);
      await this.#upkeep((vault) => this.#tokens.make(vault, Date.now));
    });
  }

  /** A token for an edge, whose binding says who it is. */
  issue(content: SvidContent): Promise<Issued | Refused> {
    return this.#signing((vault, now) => this.#issuer.tokenForEdge(content, vault, now));
  }

  /** A token for whoever has a proof; `caller` is who is charged for proofs that do not hold. */
  issueToken(request: TokenRequest, caller: string): Promise<Issued | Refused> {
    return this.#signing((vault) => this.#issuer.token(request, caller, vault));
  }

  issueCertificate(request: CertificateRequest, caller: string): Promise<IssuedCertificate | Refused> {
    return this.#refusing(async () => this.#issuer.certificate(request, caller, await this.#readyForAll(Date.now())));
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

  /** The trust bundle, for other trust domains and for whoever verifies certificates. */
  bundle(): Promise<SpiffeBundle | Refused> {
    return this.#refusing(async () => {
      const now = Date.now();
      await this.#tick(now);
      // Public keys are there unless there has never been a vault.
      if (this.#authorities.ring.roots.length === 0) await this.#readyForAll(now);
      const roots = await Promise.all(
        this.#authorities.anchors().map(async ({ der, x509 }): Promise<BundleRoot> => {
          const jwk = await crypto.subtle.exportKey('jwk', await x509.publicKey.export());
          return { der, jwk: jwk as BundleRoot['jwk'] };
        }),
      );
      const jwtKeys = this.#tokens.published();
      const known = [...this.#authorities.ring.roots, ...this.#tokens.ring].map(({ kid }) => kid).sort();
      const sequence = bundleSequence(this.ctx.storage.sql, known.join(' '));
      return writeBundle({ roots, jwtKeys, sequence, refreshHintMs: this.#schedule.jwksMaxAgeMs / 2 });
    });
  }

  /** Judges a chain of DER, leaf first. */
  async verifyCertificate(chain: readonly Uint8Array[]): Promise<CertificateAnswer | Refused> {
    const now = Date.now();
    await this.#tick(now);
    return this.#judge.answer(chain, now, this.#certificateSchedule.verdictMaxAgeMs);
  }

  /** What an operator asks, by name; `actor` goes into the audit log. The answer is that of `IdentityOperator`. */
  operate(operation: keyof IdentityOperator, input: unknown, actor: string): Promise<object> {
    return this.#refusing(async () => {
      await this.#tick(Date.now());
      const answer = await this.#desk[operation](input, actor);
      await this.#wake();
      return answer;
    });
  }

  override async alarm(): Promise<void> {
    const now = Date.now();
    await this.#tick(now);
    await this.#federations.refresh(now);
    this.#audit.trim(now);
    this.#revocations.trim(now);
    this.ctx.storage.sql.exec('DELETE FROM certificates WHERE expires_at_ms < ?', now);
    await this.#upkeep(() => this.#readyForAll(Date.now()));
  }

  /** Takes account of the time that has passed. */
  async #tick(nowMs: number): Promise<void> {
    const before = [this.#tokens.ring, this.#authorities.ring];
    this.#tokens.step({ kind: 'tick' }, nowMs);
    this.#authorities.step({ kind: 'tick' }, nowMs);
    if (before[0] !== this.#tokens.ring || before[1] !== this.#authorities.ring) await this.#wake();
  }

  /** The vault, once there are keys that sign tokens. Rejects with a `VaultProblem` where there can be none. */
  async #ready(nowMs: number): Promise<Vault> {
    await this.#tick(nowMs);
    const vault = this.#vault;
    if (!(vault instanceof Vault)) throw vault ?? new Error('The vault has not been opened yet.');
    await this.#tokens.make(vault, Date.now);
    return vault;
  }

  /** The same, once there are authorities that sign certificates too. */
  async #readyForAll(nowMs: number): Promise<Vault> {
    const vault = await this.#ready(nowMs);
    await this.#authorities.make(vault, Date.now);
    return vault;
  }

  /** Seals what has to be sealed anew, makes keys, and sets the alarm; without a vault it can only set the alarm. */
  async #upkeep(make: (vault: Vault) => Promise<unknown>): Promise<void> {
    const vault = this.#vault;
    let failed = !(vault instanceof Vault);
    if (vault instanceof Vault) {
      try {
        await this.#tokens.reseal(vault, Date.now());
        await this.#authorities.reseal(vault);
        await make(vault);
      } catch (error) {
        if (!(error instanceof VaultProblem)) throw error;
        failed = true;
      }
    }
    await this.#wake(failed);
  }

  async #wake(failed = !(this.#vault instanceof Vault)): Promise<void> {
    const now = Date.now();
    const keys = Math.min(this.#tokens.nextEventMs(now), this.#authorities.nextEventMs(now));
    const due = failed ? Math.max(keys, now + retryMs) : keys;
    await this.ctx.storage.setAlarm(Math.min(due, this.#federations.nextEventMs(), now + trimMs));
  }

  #signing<Value>(work: (vault: Vault, nowMs: number) => Promise<Value | Refused>): Promise<Value | Refused> {
    return this.#refusing(async () => {
      const now = Date.now();
      return work(await this.#ready(now), now);
    });
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

async function openVault(env: AuthorityEnv, trustDomain: string): Promise<Vault | VaultProblem> {
  try {
    return await Vault.open(env, trustDomain);
  } catch (error) {
    if (error instanceof VaultProblem) return error;
    throw error;
  }
}
