/** The cookie that holds a browser's session. */
import { type Session, type SessionRoot, sealSession } from './session.ts';

/** Cookies know no ports, so the name does: two meshes on one machine must not overwrite each other's. Over HTTPS no other host of the domain can set it (RFC 6265bis section 4.1.3.2). */
export function cookieName(address: string): string {
  const { protocol, port } = new URL(address);
  return `${protocol === 'https:' ? '__Host-' : ''}selvedge${port === '' ? '' : `-${port}`}`;
}

function flags(address: string, seconds: number): string {
  const secure = new URL(address).protocol === 'https:' ? '; Secure' : '';
  return `Path=/; HttpOnly; SameSite=Strict; Max-Age=${seconds}${secure}`;
}

/** The Set-Cookie line that begins a session at this address. */
export async function sessionCookie(
  session: Session,
  root: SessionRoot,
  address: string,
  nowMs: number,
): Promise<string> {
  const seconds = Math.max(0, Math.floor((session.expiresAtMs - nowMs) / 1000));
  return `${cookieName(address)}=${await sealSession(session, root)}; ${flags(address, seconds)}`;
}

/** The Set-Cookie line that ends it in this browser. */
export function endedCookie(address: string): string {
  return `${cookieName(address)}=; ${flags(address, 0)}`;
}
