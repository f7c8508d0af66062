/**
 * Sessions of GEP-1619: a token names the backend, and the endpoint where there are several, that a client stays with. It is readable and no secret;
 * whatever a client sends can lead only to a backend that the route lists. All that is not a token of this rule, unchanged and in time, is none.
 */
import { hashText } from './hash.ts';

export interface Session {
  /** The backend's key in its rule: see `sessionKeys`. */
  readonly backend: string;
  /** Of the endpoint among those of the backend; `''` where there is one. */
  readonly endpoint: string;
  readonly createdMs: number;
  readonly usedMs: number;
}

export interface SessionLimits {
  readonly absoluteTimeoutMs?: number;
  readonly idleTimeoutMs?: number;
}

/** Clocks of two data centres differ; a token from further in the future was made up. */
const clockSkewMs = 60_000;

const tokenForm =
  /^([A-Za-z0-9_][A-Za-z0-9._*-]{0,131}):([0-9a-z]{0,11}):([0-9a-z]{1,9}):([0-9a-z]{1,9}):([0-9a-z]{1,11})$/;

/**
 * Writes the token. `rule` tells the rule from all others of the mesh: it goes into the check at the end, so that no rule takes
 * another's token for its own, and a token that was changed by hand is none.
 */
export function formatSession(session: Session, rule: string): string {
  const { backend, endpoint, createdMs, usedMs } = session;
  const body = `${backend}:${endpoint}:${createdMs.toString(36)}:${usedMs.toString(36)}`;
  return `${body}:${checkOf(body, rule)}`;
}

/** The session that a token is, if it is one of this rule and neither too old nor idle for too long. */
export function readSession(
  token: string | null | undefined,
  rule: string,
  limits: SessionLimits,
  nowMs: number,
): Session | undefined {
  const found = token ? tokenForm.exec(token) : null;
  if (found === null || token === null || token === undefined) return undefined;
  const [, backend = '', endpoint = '', created = '', used = '', check = ''] = found;
  if (check !== checkOf(token.slice(0, token.length - check.length - 1), rule)) return undefined;
  const createdMs = Number.parseInt(created, 36);
  const usedMs = Number.parseInt(used, 36);
  if (createdMs > nowMs + clockSkewMs || usedMs > nowMs + clockSkewMs) return undefined;
  const { absoluteTimeoutMs = Infinity, idleTimeoutMs = Infinity } = limits;
  if (nowMs - createdMs >= absoluteTimeoutMs || nowMs - usedMs > idleTimeoutMs) return undefined;
  return { backend, endpoint, createdMs, usedMs };
}

function checkOf(body: string, rule: string): string {
  return hashText(`${rule}\n${body}`).toString(36);
}

/** One key for each backend of a rule: its name, and `*2` and so on where a name stands there several times. */
export function sessionKeys(backends: readonly string[]): readonly string[] {
  const seen = new Map<string, number>();
  return backends.map((name) => {
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return count === 1 ? name : `${name}*${count}`;
  });
}

/** Paths of a rule's matches that are no prefixes: where a client sends the cookie, which holds for what the rule matches and below. */
export interface SessionPaths {
  readonly exact: readonly string[];
  /** What the expressions of RegularExpression matches begin with, as far as that is plain text. */
  readonly expressions: readonly string[];
}

/** The cookie's Path: that of the match, as GEP-1619 says. `prefix` is the PathPrefix that matched, `/` where another kind of path did. */
export function sessionPath(paths: SessionPaths, prefix: string, path: string): string {
  if (prefix !== '/') return cookiePath(prefix);
  if (paths.exact.includes(path)) return cookiePath(path);
  let longest = '/';
  for (const start of paths.expressions) {
    if (start.length > longest.length && (path === start || path.startsWith(`${start}/`))) longest = start;
  }
  return cookiePath(longest);
}

/** RFC 6265 section 4.1.1 has no `;` in a path, and 5.1.4 lets `/a` stand for all below it but `/a/` not for `/a`. */
function cookiePath(path: string): string {
  const end = path.search(/[^!-:<-~]/);
  const plain = end < 0 ? path : path.slice(0, path.lastIndexOf('/', end));
  return plain.length > 1 && plain.endsWith('/') ? plain.slice(0, -1) : plain || '/';
}

/** The text that every path begins with which an expression matches, up to the last whole segment: `/p1/p2` of `/p1/p2/.*`. */
export function plainBeginning(expression: string): string {
  const found = /^\^?((?:\/[A-Za-z0-9_~-]*)*)([?*{])?/.exec(expression);
  // An alternative somewhere else may begin with something else.
  if (found === null || expression.includes('|')) return '/';
  const [, plain = '', quantifier] = found;
  // What a quantifier stands behind may be absent.
  const certain = quantifier === undefined ? plain : plain.slice(0, -1);
  return certain.slice(0, certain.lastIndexOf('/')) || '/';
}
