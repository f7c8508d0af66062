/** Session persistence of a rule (GEP-1619): which backend the client's token names, and the token that it gets. RPC has neither cookies nor response headers. */
import { cookieValues } from '../../core/headers/cookie.ts';
import { formatSetCookie } from '../../core/headers/set-cookie.ts';
import { formatSession, readSession, type Session, sessionKeys, sessionPath } from '../../core/splitting/session.ts';
import type { Route, SessionRule } from '../../model/snapshot.ts';
import type { FetchCall } from '../call.ts';

export interface HeldSession {
  /** Position of the backend in the route. */
  readonly backend: number;
  readonly session: Session;
}

export interface SessionPersistence {
  /** What the client's token says; undefined where it has none that holds. */
  find(call: FetchCall, nowMs: number): HeldSession | undefined;
  /** The header of the reply that gives the client its token; undefined where the one that it has stays good. */
  tokenFor(
    call: FetchCall,
    backend: number,
    endpoint: string,
    held: HeldSession | undefined,
    nowMs: number,
  ): readonly [name: string, value: string] | undefined;
}

/** Compiles the rule of a route. Tokens of another service or route are none. */
export function sessionPersistence(rule: SessionRule, route: Route, service: string): SessionPersistence {
  const { name, type, absoluteTimeoutMs, idleTimeoutMs, permanent, paths } = rule;
  const keys = sessionKeys(route.backends.map(({ version }) => version));
  const ruleName = `${service}\n${route.name}`;
  const tokenOf = (call: FetchCall) =>
    type === 'Header' ? call.header(name) : cookieValues(call.header('cookie')).get(name);
  return {
    find(call, nowMs) {
      const session = readSession(tokenOf(call), ruleName, rule, nowMs);
      if (session === undefined) return undefined;
      const backend = keys.indexOf(session.backend);
      return backend < 0 ? undefined : { backend, session };
    },
    tokenFor(call, backend, endpoint, held, nowMs) {
      const moved = held === undefined || held.session.endpoint !== endpoint;
      if (!moved && idleTimeoutMs === undefined) return undefined;
      const createdMs = held?.session.createdMs ?? nowMs;
      const session = { backend: keys[backend] as string, endpoint, createdMs, usedMs: nowMs };
      const value = formatSession(session, ruleName);
      if (type === 'Header') return [name, value];
      const cookie = {
        name,
        value,
        path: sessionPath(paths, call.matchedPrefix, call.path),
        ...(permanent && absoluteTimeoutMs !== undefined ? { maxAgeMs: createdMs + absoluteTimeoutMs - nowMs } : {}),
        secure: isHttps(call),
        // GEP-1619: secure by default.
        sameSite: 'Strict',
      } as const;
      return ['set-cookie', formatSetCookie(cookie, nowMs)];
    },
  };
}

/** As the caller wrote it: a gateway that hands a call on leaves the scheme as it is. */
export function isHttps({ url }: FetchCall): boolean {
  return url.startsWith('https:');
}
