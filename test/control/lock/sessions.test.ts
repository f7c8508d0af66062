/** Logging in and out, what a browser may be made to send, and how often one may be wrong: on workerd. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeKey, makeToken } from '../../identity/tokens/make-token.ts';
import { type ControlMesh, startControl, token } from '../control-mesh.ts';

let mesh: ControlMesh;
let viewerToken: string;
beforeAll(async () => {
  const key = await makeKey('key-1');
  const issuer = 'https://id.example';
  mesh = await startControl({
    vars: {
      OPERATORS: {
        issuers: [
          {
            issuer,
            audiences: ['control'],
            jwks: { keys: [key.jwk] },
            roles: [{ role: 'viewer', claims: { team: 'shop' } }],
          },
        ],
      },
    },
  });
  const exp = Math.floor(Date.now() / 1000) + 600;
  viewerToken = await makeToken(key, { iss: issuer, aud: 'control', sub: 'vera', team: 'shop', exp });
});
afterAll(() => mesh?.stop());

const bare = (path: string, init: RequestInit = {}) => fetch(mesh.url + path, { redirect: 'manual', ...init });
const form = (path: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
  bare(path, { method: 'POST', body: new URLSearchParams(fields), headers: { origin: mesh.url, ...headers } });
const cookieOf = (response: Response) => (response.headers.get('set-cookie') ?? '').split(';')[0] as string;
const logIn = async (shown = token) => cookieOf(await form('/login', { token: shown }));

describe('logging in', () => {
  it('a browser without a session gets the login page wherever it comes, and other callers JSON', async () => {
    const page = await bare('/traces/abc', { headers: { accept: 'text/html,*/*' } });
    expect(page.status).toBe(401);
    expect(await page.text()).toContain('action="/login"');
    expect(page.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect((await bare('/traces/abc')).headers.get('content-type')).toContain('json');
    expect((await bare('/api/status', { headers: { accept: 'text/html' } })).headers.get('content-type')).toContain(
      'json',
    );
    expect((await bare('/login')).status).toBe(200);
  });

  it('with the token begins a session of twelve hours, which says who it is', async () => {
    const response = await form('/login', { token });
    expect(response.status).toBe(303);
    expect(response.headers.get('location')).toBe('/');
    const line = response.headers.get('set-cookie') as string;
    expect(line).toMatch(/; Path=\/; HttpOnly; SameSite=Strict; Max-Age=43\d{3}$/);
    expect(line).not.toContain(token);
    const answer = await bare('/api/me', { headers: { cookie: cookieOf(response) } });
    expect(await answer.json()).toEqual({ principal: 'token', role: 'admin', by: 'session' });
    const page = await (await bare('/', { headers: { cookie: cookieOf(response), accept: 'text/html' } })).text();
    expect(page).toContain('admin');
    expect(page).toContain('action="/logout"');
    expect(page).toContain('href="/audit"');
  });

  it.each(['/', '/access', '//evil.example/', '/\\evil.example/'])(
    'by the link of development at %s stays on this host',
    async (path) => {
      const response = await bare(`${path}?token=${token}`, { headers: { accept: 'text/html' } });
      expect(response.status).toBe(303);
      expect(new URL(response.headers.get('location') as string, mesh.url).origin).toBe(mesh.url);
    },
  );

  it('with a JWT begins a session no longer than the token, in the role that it gives', async () => {
    const response = await form('/login', { token: viewerToken });
    const seconds = Number(/Max-Age=(\d+)/.exec(response.headers.get('set-cookie') as string)?.[1]);
    expect(seconds).toBeGreaterThan(500);
    expect(seconds).toBeLessThanOrEqual(600);
    const headers = { cookie: cookieOf(response), accept: 'text/html' };
    expect(await (await bare('/api/me', { headers })).json()).toMatchObject({ role: 'viewer', by: 'session' });
    const page = await (await bare('/', { headers })).text();
    expect(page).toContain('viewer');
    expect(page).not.toContain('href="/audit"');
    expect((await bare('/audit', { headers })).status).toBe(403);
  });

  it.each([
    { name: 'a wrong token', fields: { token: 'wrong' } },
    { name: 'no token', fields: {} as Record<string, string> },
    { name: 'a cookie for a token', fields: { token: 'selvedge-1' } },
  ])('with $name is refused, and the page does not repeat it', async ({ fields }) => {
    const response = await form('/login', fields);
    expect(response.status).toBe(401);
    expect(response.headers.get('set-cookie')).toBeNull();
    expect(await response.text()).not.toContain(fields.token ?? 'value=');
  });

  it.each<{ name: string; headers: Record<string, string> }>([
    { name: 'from another origin', headers: { origin: 'https://evil.example' } },
    { name: 'from a sandbox', headers: { origin: 'null' } },
    { name: 'from another site, as the browser says', headers: { 'sec-fetch-site': 'cross-site' } },
  ])('$name is refused, and so is logging out', async ({ headers }) => {
    expect((await form('/login', { token }, headers)).status).toBe(403);
    expect((await form('/logout', {}, headers)).status).toBe(403);
  });

  it('without an Origin is refused', async () => {
    expect((await bare('/login', { method: 'POST', body: new URLSearchParams({ token }) })).status).toBe(403);
  });

  it('logging out ends the session in the browser', async () => {
    const cookie = await logIn();
    const response = await form('/logout', {}, { cookie });
    expect(response.status).toBe(303);
    expect(response.headers.get('location')).toBe('/login');
    expect(response.headers.get('set-cookie')).toMatch(/^selvedge-\d+=; .*Max-Age=0/);
  });

  it('another TOKEN ends every session', async () => {
    const cookie = await logIn();
    const other = await startControl({ vars: { TOKEN: 'another-token' } });
    try {
      const name = `selvedge-${new URL(other.url).port}`;
      const response = await fetch(`${other.url}/`, {
        headers: { cookie: `${name}=${cookie.split('=')[1]}`, accept: 'text/html' },
      });
      expect(response.status).toBe(401);
      expect(response.headers.get('set-cookie')).toMatch(/Max-Age=0/);
      expect(await response.text()).toContain('This session has ended.');
    } finally {
      await other.stop();
    }
  });
});

describe('what a browser may be made to send', () => {
  const document = '{"trustDomain":"evil.example"}';
  const put = (headers: Record<string, string>, method = 'PUT', path = '/api/documents/mesh') =>
    bare(path, { method, body: document, headers });

  it.each<{ name: string; headers: Record<string, string> }>([
    { name: 'no Origin', headers: {} },
    { name: 'a foreign Origin', headers: { origin: 'https://evil.example' } },
    { name: 'another port of this machine', headers: { origin: 'http://127.0.0.1:1' } },
    { name: 'our Origin, and another site', headers: { origin: 'OURS', 'sec-fetch-site': 'cross-site' } },
    { name: 'our Origin, and another port', headers: { origin: 'OURS', 'sec-fetch-site': 'same-site' } },
  ])('a cookie with $name changes nothing', async ({ headers }) => {
    const cookie = await logIn();
    const sent: Record<string, string> = { cookie, 'content-type': 'application/json', ...headers };
    if (sent.origin === 'OURS') sent.origin = mesh.url;
    const response = await put(sent);
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ error: { code: 'origin_refused' } });
    expect(await mesh.read('mesh')).toBeNull();
  });

  it.each(['application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data; boundary=x'])(
    'a form of the type %s changes nothing, from our own origin either',
    async (type) => {
      const headers = { cookie: await logIn(), origin: mesh.url, 'content-type': type };
      for (const [method, path] of [
        ['POST', '/api/documents'],
        ['PUT', '/api/documents/mesh'],
      ] as const) {
        const response = await put(headers, method, path);
        expect(response.status).toBe(415);
      }
      expect(await mesh.read('mesh')).toBeNull();
    },
  );

  it.each(['/api/documents/mesh', '/api/documents', '/api/services/payment/split', '/logout', '/'])(
    'GET %s changes nothing, whatever its query says',
    async (path) => {
      const headers = { cookie: await logIn(), accept: 'text/html' };
      const response = await bare(`${path}?_method=PUT&method=DELETE&text=x`, { headers });
      expect(response.status).toBeLessThan(500);
      expect(response.headers.get('set-cookie')).toBeNull();
      expect(await mesh.read('mesh')).toBeNull();
    },
  );

  it('no answer may be framed, sniffed, or read by another site', async () => {
    for (const path of ['/', '/api/status', '/login', '/nothing']) {
      const { headers } = await mesh.ask(path);
      expect(headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
      expect(headers.get('content-security-policy')).not.toContain('unsafe');
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
      expect(headers.get('access-control-allow-origin')).toBeNull();
    }
  });
});

describe('who is wrong too often', () => {
  const from = (address: string, authorization = 'Bearer wrong') =>
    bare('/api/status', { headers: { 'cf-connecting-ip': address, authorization } });

  it('is refused for a while, with the time to wait; others are not', async () => {
    const statuses: number[] = [];
    let refused = await from('198.51.100.7');
    // One more is let through every few seconds, also while the test runs.
    for (; refused.status === 401 && statuses.length < 200; refused = await from('198.51.100.7'))
      statuses.push(refused.status);
    expect([refused.status, statuses.length >= 20]).toEqual([429, true]);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(6);
    expect(await refused.json()).toMatchObject({ error: { code: 'rate_limited' } });
    // So that guesses cannot be told from each other by their answers.
    expect((await from('198.51.100.7', `Bearer ${token}`)).status).toBe(429);
    expect((await from('198.51.100.8', `Bearer ${token}`)).status).toBe(200);
    const login = { 'cf-connecting-ip': '198.51.100.7' };
    expect((await form('/login', { token }, login)).status).toBe(429);
  });

  it('on the login page too, and from anywhere in his network', async () => {
    const statuses: number[] = [];
    for (let times = 0; times < 22; times += 1) {
      const headers = { 'cf-connecting-ip': `2001:db8:77:1::${times.toString(16)}` };
      statuses.push((await form('/login', { token: `guess-${times}` }, headers)).status);
    }
    expect(statuses[0]).toBe(401);
    expect(statuses.at(-1)).toBe(429);
    expect((await from('2001:db8:77:2::1', `Bearer ${token}`)).status).toBe(200);
  });

  it('is nobody for what another page makes his browser send', async () => {
    const address = { 'cf-connecting-ip': '198.51.100.10' };
    const cross = { ...address, 'sec-fetch-site': 'cross-site' };
    for (let times = 0; times < 25; times += 1) {
      const change = await bare('/api/nothing', {
        method: 'POST',
        headers: { ...cross, origin: 'https://evil.example' },
      });
      expect(change.status).toBe(403);
      expect((await bare(`/?token=guess-${times}`, { headers: cross })).status).toBe(401);
    }
    expect((await bare('/api/status', { headers: { ...address, authorization: `Bearer ${token}` } })).status).toBe(200);
  });

  it('a look without any credential is no wrong one', async () => {
    for (let times = 0; times < 30; times += 1)
      expect((await bare('/api/status', { headers: { 'cf-connecting-ip': '198.51.100.9' } })).status).toBe(401);
  });
});
