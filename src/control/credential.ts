/** The token of control: shown as a bearer token, or as a cookie that was set by opening `/?token=...` once. */

import { sameSecret, sha256 } from '../identity/same-secret.ts';

/** Cookies know no ports, so the name does: two meshes on one machine must not overwrite each other's cookie. */
export function cookieName(host: string): string {
  const port = /:(\d+)$/.exec(host)?.[1];
  return port === undefined ? 'selvedge' : `selvedge-${port}`;
}

/** The cookie's value: derived from the token, so that the token itself never lies in a browser's cookie store. */
async function cookieValue(token: string): Promise<string> {
  const bytes = await sha256(`selvedge control cookie\n${token}`);
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The Set-Cookie line for a browser that showed the token. It lives as long as the browser's session. */
export async function sessionCookie(token: string, host: string, secure: boolean): Promise<string> {
  const flags = `Path=/; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`;
  return `${cookieName(host)}=${await cookieValue(token)}; ${flags}`;
}

/** How this request shows the token. A wrong bearer token is not saved by a right cookie. */
export async function findCredential(
  request: Request,
  token: string,
  host: string,
): Promise<'bearer' | 'cookie' | 'none'> {
  if (token === '') return 'none';
  const authorization = request.headers.get('authorization');
  if (authorization !== null) {
    const bearer = /^Bearer +(\S+)$/i.exec(authorization)?.[1];
    return bearer !== undefined && (await sameSecret(bearer, token)) ? 'bearer' : 'none';
  }
  const name = cookieName(host);
  for (const pair of (request.headers.get('cookie') ?? '').split(';')) {
    const at = pair.indexOf('=');
    if (pair.slice(0, at).trim() !== name) continue;
    if (await sameSecret(pair.slice(at + 1).trim(), await cookieValue(token))) return 'cookie';
  }
  return 'none';
}
