/** The checks that the identity Worker makes before it does anything: who asks, and for what. */
import { servicePrincipal } from '../core/principals/principal.ts';
import type { IdentityErrorCode, IdentityProps, IssueRequest, OperatorProps, Refused } from './authority.ts';
import { isTrustDomain, parseSpiffeId } from './spiffe-id.ts';
import type { SvidContent } from './tokens/svid.ts';

/** Longest audience and actor: no URL's origin and no SPIFFE id is longer. */
const longestText = 2048;

export function refused(code: IdentityErrorCode, message: string): Refused {
  return { error: { code, message } };
}

/** The fields of a body as it came: what is no object has none. */
export function fields(body: unknown): Readonly<Record<string, unknown>> {
  return typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
}

/** The props of an edge's binding. Whoever binds without them, or comes over HTTP, has none. */
export function edgeProps(props: unknown): IdentityProps | Refused {
  const { service, trustDomain } = (props ?? {}) as Partial<Record<keyof IdentityProps, unknown>>;
  if (typeof service !== 'string' || typeof trustDomain !== 'string') {
    return refused('no_identity', 'This binding has no props { service, trustDomain }, so it has no identity.');
  }
  if (!isTrustDomain(trustDomain) || parseSpiffeId(servicePrincipal(trustDomain, service)) === undefined) {
    return refused(
      'no_identity',
      `The props name no valid SPIFFE id: service "${service}", trust domain "${trustDomain}".`,
    );
  }
  return { service, trustDomain };
}

/** The props of an operator's binding. */
export function operatorProps(props: unknown): OperatorProps | Refused {
  const { operator, trustDomain } = (props ?? {}) as Partial<Record<keyof OperatorProps, unknown>>;
  if (
    typeof operator !== 'string' ||
    operator === '' ||
    typeof trustDomain !== 'string' ||
    !isTrustDomain(trustDomain)
  ) {
    return refused('no_operator', 'This binding has no props { operator, trustDomain }.');
  }
  return { operator, trustDomain };
}

/** What will be signed: `sub` from the props and nothing else, audience and actor from the request. */
export function svidContent(props: IdentityProps, request: unknown): SvidContent | Refused {
  const { audience, actor } = (request ?? {}) as Partial<Record<keyof IssueRequest, unknown>>;
  if (!isPlainText(audience)) {
    return refused(
      'bad_audience',
      `audience must be a text of 1 to ${longestText} characters without control characters.`,
    );
  }
  if (actor !== undefined && !isPlainText(actor)) {
    return refused(
      'bad_actor',
      `actor must be absent or a text of 1 to ${longestText} characters without control characters.`,
    );
  }
  const subject = servicePrincipal(props.trustDomain, props.service);
  const content = { trustDomain: props.trustDomain, subject, audience };
  return actor === undefined ? content : { ...content, actor };
}

/** Texts without control characters; whatever else a document or a foreign issuer calls somebody may stand in a token. */
export function isPlainText(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= longestText && !/\p{Cc}/u.test(value);
}
