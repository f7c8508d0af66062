/** What opens control is nowhere to be found: not in its answers, its pages, its log lines, its audit log, or in KV. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeKey, makeToken } from '../identity/tokens/make-token.ts';
import { type ControlMesh, startControl, token } from './control-mesh.ts';

let mesh: ControlMesh;
/** Whole tokens, and of each its last part, which is what makes it one. */
const secrets: string[] = [token, 'a-guess-at-the-token'];
const seen: string[] = [];

beforeAll(async () => {
  const [key, stranger] = await Promise.all([makeKey('key-1'), makeKey('key-1')]);
  const issuer = 'https://id.example';
  const operators = {
    issuers: [
      {
        issuer,
        audiences: ['control'],
        jwks: { keys: [key.jwk] },
        roles: [{ role: 'operator', claims: { group: 'ops' } }],
      },
    ],
  };
  mesh = await startControl({ vars: { OPERATORS: JSON.stringify(operators) } });
  const claims = { iss: issuer, aud: 'control', sub: 'olga', group: 'ops', exp: Math.floor(Date.now() / 1000) + 600 };
  const [good, forged] = await Promise.all([makeToken(key, claims), makeToken(stranger, claims)]);
  for (const jwt of [good, forged]) secrets.push(jwt, jwt.split('.')[2] as string);

  const cookies: string[] = [];
  const look = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(mesh.url + path, { redirect: 'manual', ...init });
    const cookie = response.headers.get('set-cookie');
    if (cookie !== null) cookies.push(cookie.split(';')[0] as string);
    response.headers.forEach((value, name) => {
      seen.push(`${name}: ${value}`);
    });
    seen.push(await response.text());
  };
  const json = { 'content-type': 'application/json' };
  for (const shown of [token, good, forged, 'a-guess-at-the-token']) {
    const authorization = `Bearer ${shown}`;
    for (const path of [
      '/',
      '/login',
      '/audit',
      '/api/me',
      '/api/status',
      '/api/documents',
      '/api/audit',
      '/nothing',
      '/traces/1',
    ])
      await look(path, { headers: { authorization, accept: 'text/html' } });
    await look(`/?token=${shown}`);
    await look(`/api/status?token=${shown}`);
    await look('/login', {
      method: 'POST',
      headers: { origin: mesh.url },
      body: new URLSearchParams({ token: shown }),
    });
    await look('/api/documents/service/payment', {
      method: 'PUT',
      headers: { authorization, ...json },
      body: '{"service": "payment"',
    });
    await look('/api/documents/service/payment', {
      method: 'PUT',
      headers: { authorization, ...json },
      body: '{"service":"payment","versions":{"v1":{"worker":"payment"}}}',
    });
    await look('/api/services/payment/split', {
      method: 'POST',
      headers: { authorization, ...json },
      body: '{"v1":1}',
    });
    await look('/api/documents/service/payment', { method: 'DELETE', headers: { authorization } });
  }
  expect(cookies.length).toBeGreaterThan(2);
  for (const cookie of cookies) await look('/', { headers: { cookie, accept: 'text/html' } });
  seen.push(...mesh.lines, JSON.stringify(await mesh.warden.read({ limit: 500 })));
}, 120_000);
afterAll(() => mesh?.stop());

describe('secrets of control', () => {
  it('are in nothing that it says', () => {
    expect(seen.length).toBeGreaterThan(200);
    for (const secret of secrets) expect(seen.filter((text) => text.includes(secret))).toEqual([]);
  });

  it('not even as what they look like in a page, an address or base64', () => {
    for (const secret of secrets.slice(0, 2))
      for (const form of [encodeURIComponent(secret), btoa(secret), Buffer.from(secret).toString('hex')])
        expect(seen.filter((text) => text.includes(form))).toEqual([]);
  });

  it('while the record has every wrong one', () => {
    expect(mesh.lines.filter((line) => line.startsWith('a wrong credential from')).length).toBeGreaterThan(10);
    expect(mesh.lines.join('\n')).toContain('the signature does not verify');
  });
});
