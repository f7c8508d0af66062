/**
 * A browser's session: who, as what, until when, sealed with a key that is made of the secret TOKEN. So the token itself lies in no
 * browser's store, and another TOKEN, or other rules of OPERATORS, end every session.
 */
import { fromBase64Url, toBase64Url } from '../../core/encoding/base64url.ts';
import { sha256 } from '../../identity/same-secret.ts';
import { type Role, roles } from './role.ts';

/** How long a session lasts at most. */
export const sessionMs = 12 * 3_600_000;

export interface Session {
  readonly principal: string;
  readonly role: Role;
  /** ms since the epoch. */
  readonly expiresAtMs: number;
}

/** What a session rests on: the secret, and the rules by which roles were given. */
export interface SessionRoot {
  readonly token: string;
  readonly rules: unknown;
}

const hmac = { name: 'HMAC', hash: 'SHA-256' };

async function sealKey({ token, rules }: SessionRoot): Promise<CryptoKey> {
  const material = await sha256(`selvedge control session\n${token}\n${JSON.stringify(rules ?? null)}`);
  return crypto.subtle.importKey('raw', material, hmac, false, ['sign', 'verify']);
}

/** The session as a cookie's value. */
export async function sealSession(session: Session, root: SessionRoot): Promise<string> {
  const body = toBase64Url(new TextEncoder().encode(JSON.stringify(session)));
  const seal = await crypto.subtle.sign('HMAC', await sealKey(root), new TextEncoder().encode(body));
  return `${body}.${toBase64Url(new Uint8Array(seal))}`;
}

/** The session that a cookie holds: `expired` where it was one, and `undefined` where nobody with this root has sealed it. */
export async function openSession(
  value: string,
  root: SessionRoot,
  nowMs: number,
): Promise<Session | 'expired' | undefined> {
  const [body = '', seal = '', ...more] = value.split('.');
  if (root.token === '' || more.length > 0 || value.length > 4096) return undefined;
  const signature = fromBase64Url(seal);
  if (signature === undefined) return undefined;
  const holds = await crypto.subtle.verify('HMAC', await sealKey(root), signature, new TextEncoder().encode(body));
  const session = holds ? readSession(body) : undefined;
  return session !== undefined && session.expiresAtMs <= nowMs ? 'expired' : session;
}

function readSession(body: string): Session | undefined {
  const bytes = fromBase64Url(body);
  if (bytes === undefined) return undefined;
  const { principal, role, expiresAtMs } = JSON.parse(new TextDecoder().decode(bytes)) as Session;
  return roles.includes(role) ? { principal, role, expiresAtMs } : undefined;
}
