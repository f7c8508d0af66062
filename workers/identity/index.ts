import { WorkerEntrypoint } from 'cloudflare:workers';
import type {
  CertificateAnswer,
  CertificateQuestion,
  IdentityAuthority,
  IdentityProps,
  Issued,
  IssueRequest,
  OperatorProps,
  Refused,
  TrustBundle,
} from '../../src/identity/authority.ts';
import { chainOf } from '../../src/identity/ca/certificate-question.ts';
import type { CertificateSchedule } from '../../src/identity/ca/schedule.ts';
import type { KeySchedule } from '../../src/identity/keys/signing-keys.ts';
import type { AuditQuery } from '../../src/identity/operators/audit-entry.ts';
import type {
  AttestationRequest,
  FederationRequest,
  IdentityOperator,
  JoinTokenRequest,
  RevocationRequest,
  RotatableKey,
} from '../../src/identity/operators/operator.ts';
import { edgeProps, operatorProps, refused, svidContent } from '../../src/identity/requests.ts';
import { isTrustDomain } from '../../src/identity/spiffe-id.ts';
import type { Bindings } from './bindings.ts';
import type { IdentityEnv } from './env.ts';
import { answer } from './http.ts';

export { KeyAuthority } from './key-authority.ts';

/** The door of edges: reachable by service binding only, and of use only with props that name a service. */
export class Identity extends WorkerEntrypoint<IdentityEnv, IdentityProps> implements IdentityAuthority {
  async issue(request: IssueRequest): Promise<Issued | Refused> {
    const props = edgeProps(this.ctx.props);
    if ('error' in props) return props;
    const content = svidContent(props, request);
    if ('error' in content) return content;
    return this.env.KEY_AUTHORITY.getByName(props.trustDomain).issue(content);
  }

  async jwks(trustDomain?: string): Promise<TrustBundle | Refused> {
    const props = edgeProps(this.ctx.props);
    if ('error' in props) return props;
    if (trustDomain !== undefined && (typeof trustDomain !== 'string' || !isTrustDomain(trustDomain))) {
      return refused('bad_trust_domain', 'The trust domain must be absent or the name of one.');
    }
    return this.env.KEY_AUTHORITY.getByName(props.trustDomain).jwks(trustDomain);
  }

  async verifyCertificate(question: CertificateQuestion): Promise<CertificateAnswer | Refused> {
    const props = edgeProps(this.ctx.props);
    if ('error' in props) return props;
    const chain = chainOf(question);
    if ('error' in chain) return chain;
    return this.env.KEY_AUTHORITY.getByName(props.trustDomain).verifyCertificate(chain);
  }
}

/** The door of operators, the control Worker above all: reachable by service binding only, with props of its own. */
export class Operator extends WorkerEntrypoint<IdentityEnv, OperatorProps> implements IdentityOperator {
  createJoinToken(request: JoinTokenRequest) {
    return this.#operate('createJoinToken', request);
  }

  addAttestation(request: AttestationRequest) {
    return this.#operate('addAttestation', request);
  }

  attestations() {
    return this.#operate('attestations');
  }

  removeAttestation(id: string) {
    return this.#operate('removeAttestation', id);
  }

  revoke(request: RevocationRequest) {
    return this.#operate('revoke', request);
  }

  revocations() {
    return this.#operate('revocations');
  }

  lift(spiffeId: string) {
    return this.#operate('lift', spiffeId);
  }

  /** Lets another key sign as soon as that breaks no verification: one of tokens where nothing is said. */
  rotate(key?: RotatableKey) {
    return this.#operate('rotate', key);
  }

  keys() {
    return this.#operate('keys');
  }

  audit(query: AuditQuery) {
    return this.#operate('audit', query);
  }

  federate(request: FederationRequest) {
    return this.#operate('federate', request);
  }

  federations() {
    return this.#operate('federations');
  }

  unfederate(trustDomain: string) {
    return this.#operate('unfederate', trustDomain);
  }

  async #operate<Name extends keyof IdentityOperator>(
    operation: Name,
    input?: unknown,
  ): Promise<Awaited<ReturnType<IdentityOperator[Name]>>> {
    const props = operatorProps(this.ctx.props);
    type Answer = Awaited<ReturnType<IdentityOperator[Name]>>;
    if ('error' in props) return props as Answer;
    const authority = this.env.KEY_AUTHORITY.getByName(props.trustDomain);
    return (await authority.operate(operation, input, `operator ${props.operator}`)) as Answer;
  }
}

/** Our own config gives every member of the schedule, though there are defaults for all. */
type Given = IdentityEnv & { readonly SCHEDULE: KeySchedule & CertificateSchedule };

export default {
  fetch: (request: Request, env: Given): Promise<Response> => answer(request, env),
} satisfies ExportedHandler<Bindings>;
