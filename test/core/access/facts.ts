/** Facts for rows: a call of `orders`, with the one thing that a row is about. */
import { type AccessRule, type AccessTerms, accessDecision } from '../../../src/core/access/decide.ts';
import type { AccessFacts } from '../../../src/core/access/facts.ts';

export const orders = 'spiffe://mesh.local/svc/orders';

const nothing = {
  host: '',
  path: '',
  url: '',
  header: () => null,
  principal: orders,
  requestPrincipal: null,
  claims: null,
  peerAddress: () => '',
  address: () => '',
  geo: () => null,
  journey: '',
  caller: 'orders',
} as const;

export function fetchFacts(more: Partial<AccessFacts> = {}): AccessFacts {
  return {
    ...nothing,
    kind: 'fetch',
    method: 'POST',
    host: 'payment',
    path: '/charge',
    url: 'http://payment/charge',
    ...more,
  };
}

export function rpcFacts(more: Partial<AccessFacts> = {}): AccessFacts {
  return { ...nothing, kind: 'rpc', method: 'charge', args: [], ...more };
}

export function headers(values: Readonly<Record<string, string>>): AccessFacts['header'] {
  return (name) => values[name] ?? null;
}

/** Of a token that was verified. */
export function endUser(claims: Readonly<Record<string, unknown>>): Partial<AccessFacts> {
  const { iss, sub } = claims;
  return { claims, requestPrincipal: typeof iss === 'string' && typeof sub === 'string' ? `${iss}/${sub}` : null };
}

export const names = { trustDomains: ['mesh.local'], declared: [] } as const;

export function terms(rules: readonly AccessRule[], more: Partial<AccessTerms> = {}): AccessTerms {
  return { ...names, rules, strict: false, closed: false, ...more };
}

export function rule(action: AccessRule['action'], more: Partial<AccessRule> = {}): AccessRule {
  return { name: action, action, ...more };
}

export function isAllowed(
  rules: readonly AccessRule[],
  facts: AccessFacts,
  more: Partial<AccessTerms> = {},
  nowMs = 0,
): boolean {
  return accessDecision(terms(rules, more))(facts, nowMs).allowed;
}
