/** The Set-Cookie line (RFC 6265 section 4.1) of cookies that the mesh itself gives out. */

export interface NewCookie {
  readonly name: string;
  readonly value: string;
  readonly path: string;
  /** How long it is kept; undefined for a cookie of the browser's session. */
  readonly maxAgeMs?: number;
  /** Whether it was asked for over https: a browser takes no Secure cookie over http. */
  readonly secure: boolean;
  readonly sameSite: 'Strict' | 'Lax';
}

/** A Set-Cookie line. Scripts never need a cookie of the mesh, so all are HttpOnly. `nowMs` is for Expires, which older clients go by. */
export function formatSetCookie(cookie: NewCookie, nowMs: number): string {
  let line = `${cookie.name}=${cookie.value}; Path=${cookie.path}`;
  if (cookie.maxAgeMs !== undefined) {
    const seconds = Math.max(0, Math.ceil(cookie.maxAgeMs / 1000));
    line += `; Max-Age=${seconds}; Expires=${new Date(nowMs + seconds * 1000).toUTCString()}`;
  }
  line += '; HttpOnly';
  if (cookie.secure) line += '; Secure';
  return `${line}; SameSite=${cookie.sameSite}`;
}
