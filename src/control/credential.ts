/** The token of control: shown as a bearer token, or as a cookie that was set by opening `/?token=...` once. */

const encoder = new TextEncoder();

async function digest(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', encoder.encode(text)));
}

/** Compares by digest, so that the time taken tells neither the length nor a prefix of the secret. */
async function sameSecret(one: string, other: string): Promise<boolean> {
  const [left, right] = await Promise.all([digest(one), digest(other)]);
  let difference = 0;
  for (let at = 0; at < left.length; at += 1) difference |= (left[at] as number) ^ (right[at] as number);
  return difference === 0;
}

/** Cookies know no ports, so the name does: two meshes on one machine must not overwrite each other's cookie. */
export function cookieName(host: string): string {
  const port = /:(\d+)$/.exec(host)?.[1];
  return port === undefined ? 'selvedge' : `selvedge-${port}`;
}

/** The cookie's value: derived from the token, so that the token itself never lies in a browser's cookie store. */
async function cookieValue(token: string): Promise<string> {
  const bytes = await digest(`selvedge control cookie\n${token}`);
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The Set-Cookie line for a browser that showed the token. It lives as long as the browser's session. */
export async function sessionCookie(token: string, host: string, secure: boolean): Promise<string> {
  const flags = `Path=/; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`;
  return `${cookieName(host)}=${await cookieValue(token)}; ${flags}`;
}

/** Whether `shown` is the token. */
export async function isToken(shown: string, token: string): Promise<boolean> {
  return token !== '' && (await sameSecret(shown, token));
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
