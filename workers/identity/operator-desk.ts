import type { Refused } from '../../src/identity/authority.ts';
import { certificateFacts, type ParsedCertificate } from '../../src/identity/ca/parsed-certificate.ts';
import { blockOf } from '../../src/identity/ca/revocation.ts';
import type { CertificateSchedule } from '../../src/identity/ca/schedule.ts';
import { certificateSkewMs } from '../../src/identity/ca/verify-chain.ts';
import type { AuditAction } from '../../src/identity/operators/audit-entry.ts';
import type { AuthorityState, IdentityOperator, KeyStates } from '../../src/identity/operators/operator.ts';
import {
  attestationRequest,
  auditQuery,
  type CheckedRevocation,
  federationRequest,
  joinTokenRequest,
  revocationRequest,
  rotatableKey,
} from '../../src/identity/operators/operator-requests.ts';
import { refused } from '../../src/identity/requests.ts';
import { parseSpiffeId } from '../../src/identity/spiffe-id.ts';
import type { Attestation } from './attestation.ts';
import type { AuditLog } from './audit-log.ts';
import type { AuthorityKeys } from './authority-keys.ts';
import type { Federations } from './federations.ts';
import type { Revocations } from './revocations.ts';
import type { TokenKeys } from './token-keys.ts';

export interface DeskParts {
  readonly sql: SqlStorage;
  readonly trustDomain: string;
  readonly schedule: CertificateSchedule;
  readonly allowLoopback: boolean;
  readonly attestation: Attestation;
  readonly audit: AuditLog;
  readonly authorities: AuthorityKeys;
  readonly federations: Federations;
  readonly revocations: Revocations;
  readonly tokens: TokenKeys;
  /** Makes the keys that are missing now. Rejects with a `VaultProblem` where it cannot. */
  readonly makeKeys: () => Promise<void>;
}

type Answer<Name extends keyof IdentityOperator> = Awaited<ReturnType<IdentityOperator[Name]>>;

/** What operators do, by name; inputs come as they were sent. Every change is in the audit log with the name of who made it. */
export class OperatorDesk {
  readonly #parts: DeskParts;

  constructor(parts: DeskParts) {
    this.#parts = parts;
  }

  async createJoinToken(input: unknown, actor: string): Promise<Answer<'createJoinToken'>> {
    const { attestation, trustDomain } = this.#parts;
    const wanted = joinTokenRequest(input, trustDomain);
    if ('error' in wanted) return wanted;
    const made = await attestation.createToken(wanted, Date.now());
    if (made === undefined)
      return refused('bad_request', 'Too many join tokens wait for their use; they go when they expire.');
    const { id, spiffeId, expiresAtMs } = made;
    const event = { action: 'join-token', actor, spiffeId, subject: id, expiresAtMs, outcome: 'done' } as const;
    this.#parts.audit.write({ ...event, detail: wanted.dnsNames.join(' ') }, Date.now());
    return made;
  }

  async addAttestation(input: unknown, actor: string): Promise<Answer<'addAttestation'>> {
    const { attestation, trustDomain, allowLoopback } = this.#parts;
    const rule = attestationRequest(input, trustDomain, allowLoopback);
    if ('error' in rule) return rule;
    const id = attestation.addRule(rule, Date.now());
    if (id === undefined) return refused('bad_request', 'There are too many claim rules; remove one first.');
    const detail = `added: ${rule.issuer} for ${rule.audience} with ${JSON.stringify(rule.claims)}`;
    this.#told('attestation', actor, { subject: id, spiffeId: rule.spiffeId, detail });
    return { id };
  }

  async attestations(): Promise<Answer<'attestations'>> {
    return { rules: this.#parts.attestation.rules() };
  }

  async removeAttestation(input: unknown, actor: string): Promise<Answer<'removeAttestation'>> {
    const removed = typeof input === 'string' && this.#parts.attestation.removeRule(input);
    if (removed) this.#told('attestation', actor, { subject: String(input), detail: 'removed' });
    return { removed };
  }

  async revoke(input: unknown, actor: string): Promise<Answer<'revoke'>> {
    const wanted = revocationRequest(input);
    if ('error' in wanted) return wanted;
    const { kind, value, reason } = wanted;
    if (kind === 'key') return this.#revokeKey(value, reason, actor);
    const nowMs = Date.now();
    if (kind === 'spiffe-id') {
      this.#parts.revocations.add({ kind, value, reason, sinceMs: nowMs, untilMs: null, lifted: false });
      this.#told('revoke', actor, { spiffeId: value, detail: reason });
      return { revoked: value };
    }
    const isIt = (certificate: ParsedCertificate) => certificate[kind] === value;
    const authority = this.#parts.authorities.kidOf(isIt);
    if (authority !== undefined) return this.#revokeKey(authority, reason, actor);
    this.#parts.revocations.add({
      kind,
      value,
      reason,
      sinceMs: nowMs,
      untilMs: this.#endOf(wanted, nowMs),
      lifted: false,
    });
    this.#told('revoke', actor, { subject: value, detail: reason });
    return { revoked: value };
  }

  async revocations(): Promise<Answer<'revocations'>> {
    return { revocations: this.#parts.revocations.list() };
  }

  async lift(input: unknown, actor: string): Promise<Answer<'lift'>> {
    const value = typeof input === 'string' ? input : '';
    const { revocations, schedule, trustDomain } = this.#parts;
    const block = revocations.get('spiffe-id', value);
    if (block === undefined || blockOf(value, [block]) === undefined) return { lifted: false };
    // Nothing was issued here in between, so the instant of the revocation still tells the old certificates from the new ones. Other
    // trust domains went on, with certificates of whatever life.
    const isOwn = parseSpiffeId(value)?.trustDomain === trustDomain;
    const sinceMs = isOwn ? block.sinceMs : Date.now();
    const untilMs = sinceMs + (isOwn ? schedule.longestLeafMs : schedule.rootLifeMs) + certificateSkewMs;
    revocations.add({ ...block, sinceMs, untilMs, lifted: true });
    this.#told('lift', actor, { spiffeId: value, detail: `revoked for: ${block.reason}` });
    return { lifted: true };
  }

  async rotate(input: unknown, actor: string): Promise<Answer<'rotate'>> {
    const key = rotatableKey(input ?? 'jwt');
    if (typeof key !== 'string') return key;
    const { tokens, authorities, makeKeys } = this.#parts;
    // Before it, so that nobody retires what nothing can follow.
    await makeKeys();
    this.#told('rotate', actor, { subject: key, detail: 'asked for' });
    if (key === 'jwt') tokens.step({ kind: 'rotate' }, Date.now());
    else authorities.step({ kind: 'rotate', key }, Date.now());
    await makeKeys();
    return this.keys();
  }

  async keys(): Promise<KeyStates> {
    const { tokens, authorities } = this.#parts;
    const { roots, intermediates } = authorities.ring;
    const stateOf = ({ kid, state }: { kid: string; state: AuthorityState['state'] }): AuthorityState[] => {
      const certificate = authorities.certificateOf(kid);
      return certificate === undefined ? [] : [{ kid, state, certificate: certificateFacts(certificate) }];
    };
    return { keys: tokens.ring, roots: roots.flatMap(stateOf), intermediates: intermediates.flatMap(stateOf) };
  }

  async audit(input: unknown): Promise<Answer<'audit'>> {
    const query = auditQuery(input);
    return 'error' in query ? query : { entries: this.#parts.audit.read(query) };
  }

  async federate(input: unknown, actor: string): Promise<Answer<'federate'>> {
    const { federations, trustDomain, allowLoopback } = this.#parts;
    const wanted = federationRequest(input, trustDomain, allowLoopback);
    if ('error' in wanted) return wanted;
    try {
      return await federations.set(wanted, actor);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#told('federation', actor, { subject: wanted.trustDomain, detail: why, outcome: 'refused' });
      return refused('bad_request', `The bundle of ${wanted.trustDomain} is not taken: ${why.replace(/\.$/, '')}.`);
    }
  }

  async federations(): Promise<Answer<'federations'>> {
    return { federations: this.#parts.federations.list() };
  }

  async unfederate(input: unknown, actor: string): Promise<Answer<'unfederate'>> {
    return { removed: typeof input === 'string' && this.#parts.federations.remove(input, actor) };
  }

  /** A key of tokens leaves the JWKS at once; an authority leaves the bundle, or its certificate is revoked, and others take over. */
  async #revokeKey(kid: string, reason: string, actor: string): Promise<{ readonly revoked: string } | Refused> {
    const { tokens, authorities, revocations, makeKeys } = this.#parts;
    const nowMs = Date.now();
    const authority = authorities.certificateOf(kid);
    if (authority !== undefined) {
      const { fingerprint: value, notAfterMs } = authority;
      const untilMs = notAfterMs + certificateSkewMs;
      revocations.add({ kind: 'fingerprint', value, reason, sinceMs: nowMs, untilMs, lifted: false });
      authorities.step({ kind: 'revoked', kid }, nowMs);
    } else if (tokens.ring.some((key) => key.kid === kid)) tokens.step({ kind: 'revoked', kid }, nowMs);
    else
      return refused('not_found', `There is no key ${JSON.stringify(kid)}; \`selvedge identity show\` names them all.`);
    this.#told('revoke', actor, { subject: kid, detail: reason });
    await makeKeys();
    return { revoked: kid };
  }

  /** When the revoked certificate has expired; one that is not known here may live as long as a root. */
  #endOf({ kind, value }: CheckedRevocation, nowMs: number): number {
    const column = kind === 'serial' ? 'serial' : 'fingerprint';
    const [known] = this.#parts.sql
      .exec<{ expires_at_ms: number }>(`SELECT expires_at_ms FROM certificates WHERE ${column} = ?`, value)
      .toArray();
    return (known?.expires_at_ms ?? nowMs + this.#parts.schedule.rootLifeMs) + certificateSkewMs;
  }

  #told(
    action: AuditAction,
    actor: string,
    what: { subject?: string; spiffeId?: string; detail: string; outcome?: 'refused' },
  ): void {
    this.#parts.audit.write({ action, actor, outcome: 'done', ...what }, Date.now());
  }
}
