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
import type { KeyRing, KeySchedule } from '../../src/identity/keys.ts';
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
export class Operator extends WorkerEntrypoint<IdentityEnv, OperatorProps> {
  /** Lets another key sign as soon as that breaks no verification. */
  async rotate(): Promise<{ readonly keys: KeyRing } | Refused> {
    const props = operatorProps(this.ctx.props);
    if ('error' in props) return props;
    return { keys: await this.env.KEY_AUTHORITY.getByName(props.trustDomain).rotate() };
  }
}

/** Our own config gives every member of the schedule, though there are defaults for all. */
type Given = IdentityEnv & { readonly SCHEDULE: KeySchedule };

export default {
  fetch: (request: Request, env: Given): Promise<Response> => answer(request, env),
} satisfies ExportedHandler<Bindings>;
