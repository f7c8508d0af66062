/**
 * What a caller shows: the token of control or a JWT as a bearer token, the cookie of a session, or what Cloudflare Access adds to
 * requests that it let through. A wrong bearer token is not saved by a right cookie.
 */
import { cookieValues } from '../../core/headers/cookie.ts';
import { sameSecret } from '../../identity/same-secret.ts';
import type { Operator } from './operator.ts';
import type { OperatorConfig } from './operator-config.ts';
import { accessToken, issuedToken, type TokenContext, type TokenVerdict, verifyOperator } from './operator-token.ts';
import { openSession, type SessionRoot } from './session.ts';
import { cookieName } from './session-cookie.ts';

/** What there is to compare with. */
export interface Lock {
  /** The secret of the admin; `''` where there is none, and then nothing equals it. */
  readonly token: string;
  readonly config: OperatorConfig;
  readonly sessions: SessionRoot;
}

export type Credential =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'known';
      readonly operator: Operator;
      /** Whether browsers send it by themselves, whatever page makes them. */
      readonly ambient: boolean;
      /** ms since the epoch, where it ends by itself. */
      readonly expiresAtMs?: number;
    }
  | { readonly kind: 'no-role'; readonly principal: string; readonly ambient: boolean }
  /** Shown, and not right. `detail` is for the log. */
  | { readonly kind: 'wrong'; readonly detail: string }
  | { readonly kind: 'unavailable'; readonly detail: string };

/** The token of control, or a JWT of one of the issuers, that somebody sends knowingly. */
export async function judgeToken(shown: string, lock: Lock, context: TokenContext): Promise<Credential> {
  if (await sameSecret(shown, lock.token))
    return { kind: 'known', operator: { principal: 'token', role: 'admin', by: 'token' }, ambient: false };
  if (lock.config.issuers.length === 0) return { kind: 'wrong', detail: 'not the token of control' };
  return credentialOf(await verifyOperator(shown, lock.config.issuers, issuedToken, context), 'jwt', () => false);
}

/** How this request shows who asks. */
export async function findCredential(request: Request, lock: Lock, context: TokenContext): Promise<Credential> {
  const { headers } = request;
  const authorization = headers.get('authorization');
  if (authorization !== null) {
    const bearer = /^Bearer +(\S+)$/i.exec(authorization)?.[1];
    if (bearer === undefined) return { kind: 'wrong', detail: 'the Authorization header holds no bearer token' };
    return judgeToken(bearer, lock, context);
  }
  const cookies = cookieValues(headers.get('cookie'));
  const session = await fromSession(cookies.get(cookieName(request.url)), lock, context.now());
  if (session.kind === 'known' || lock.config.access === undefined) return session;
  const assertion = headers.get('cf-access-jwt-assertion') ?? cookies.get('CF_Authorization');
  if (assertion === undefined) return session;
  const verdict = await verifyOperator(assertion, [lock.config.access], accessToken, context);
  // A service token's secret travels in headers that no browser adds; a person's session with Access is a cookie.
  return credentialOf(verdict, 'access', (claims) => claims.sub !== undefined && claims.sub !== '');
}

async function fromSession(value: string | undefined, lock: Lock, nowMs: number): Promise<Credential> {
  if (value === undefined) return { kind: 'none' };
  const session = await openSession(value, lock.sessions, nowMs);
  if (session === undefined) return { kind: 'wrong', detail: 'the cookie is of no session' };
  if (session === 'expired') return { kind: 'none' };
  const { principal, role, expiresAtMs } = session;
  return { kind: 'known', operator: { principal, role, by: 'session' }, ambient: true, expiresAtMs };
}

function credentialOf(
  verdict: TokenVerdict,
  by: 'jwt' | 'access',
  ambientBy: (claims: Readonly<Record<string, unknown>>) => boolean,
): Credential {
  if (verdict.kind === 'wrong' || verdict.kind === 'unavailable') return verdict;
  const { principal, claims } = verdict;
  const ambient = ambientBy(claims);
  if (verdict.kind === 'no-role') return { kind: 'no-role', principal, ambient };
  const { role, expiresAtMs } = verdict;
  return { kind: 'known', operator: { principal, role, by }, ambient, expiresAtMs };
}
