/** JWTs and Cloudflare Access at the door of control, on workerd: who is let in as what, and every way to forge it. */
import { Response as MiniflareResponse } from 'miniflare';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encode, makeKey, makeToken, rawToken, type TestKey } from '../../identity/tokens/make-token.ts';
import { type ControlMesh, startControl } from '../control-mesh.ts';

const issuer = 'https://id.example';
const team = 'https://acme.cloudflareaccess.com';
const tag = 'f'.repeat(64);

let mesh: ControlMesh;
let key: TestKey;
let accessKey: TestKey;
let stranger: TestKey;
/** Addresses that control fetched. */
const fetched: string[] = [];

beforeAll(async () => {
  [key, accessKey, stranger] = (await Promise.all([
    makeKey('key-1'),
    makeKey('access-1', 'RS256'),
    makeKey('key-1'),
  ])) as [TestKey, TestKey, TestKey];
  const sets: Record<string, readonly TestKey[]> = {
    [`${issuer}/jwks`]: [key],
    [`${team}/cdn-cgi/access/certs`]: [accessKey],
  };
  const roles = [
    { role: 'viewer', claims: { team: 'shop' } },
    { role: 'operator', claims: { groups: 'on-call' } },
    { role: 'admin', claims: { groups: 'platform' } },
  ];
  mesh = await startControl({
    outside: ({ url }) => {
      fetched.push(url);
      const keys = sets[url]?.map(({ jwk }) => jwk);
      return keys === undefined ? new MiniflareResponse('none', { status: 404 }) : MiniflareResponse.json({ keys });
    },
    vars: {
      OPERATORS: {
        issuers: [
          { issuer, audiences: ['control'], jwksUri: `${issuer}/jwks`, roles },
          { issuer: `${issuer}/other`, audiences: ['control'], jwksUri: `${issuer}/jwks`, roles },
          { issuer: 'https://down.example', audiences: ['control'], jwksUri: 'https://down.example/jwks', roles },
          { issuer: 'https://inside.example', audiences: ['control'], jwksUri: 'https://10.0.0.1/jwks', roles },
        ],
      },
      ACCESS: JSON.stringify({
        team: 'acme',
        audience: tag,
        roles: [
          { role: 'viewer' },
          { role: 'operator', claims: { common_name: 'deployer.access' } },
          { role: 'admin', claims: { email: 'alice@example.com' } },
        ],
      }),
    },
  });
}, 120_000);
afterAll(() => mesh?.stop());

const seconds = () => Math.floor(Date.now() / 1000);
const claims = (more: Record<string, unknown> = {}) => ({
  iss: issuer,
  aud: 'control',
  sub: 'alice',
  exp: seconds() + 300,
  ...more,
});
let addresses = 0;
/** Asks as an address of its own, so that no row is refused for what another has done. */
const ask = (path: string, headers: Record<string, string>, init: RequestInit = {}) => {
  addresses += 1;
  const address = `2001:db8:${addresses.toString(16)}::1`;
  return fetch(mesh.url + path, { redirect: 'manual', ...init, headers: { 'cf-connecting-ip': address, ...headers } });
};
const me = async (headers: Record<string, string>) => {
  const response = await ask('/api/me', headers);
  return { status: response.status, ...((await response.json()) as Record<string, unknown>) };
};
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

describe('a JWT of an issuer', () => {
  it.each([
    { groups: ['platform'], role: 'admin' },
    { groups: ['on-call', 'other'], role: 'operator' },
    { team: 'shop', role: 'viewer' },
    { team: 'shop', groups: 'platform', role: 'admin' },
  ])('makes its bearer what the rules say: $role', async ({ role, ...said }) => {
    expect(await me(bearer(await makeToken(key, claims(said))))).toEqual({
      status: 200,
      principal: `${issuer}/alice`,
      role,
      by: 'jwt',
    });
  });

  it('for which there is no rule is known, and gets nothing', async () => {
    const token = await makeToken(key, claims({ groups: ['others'], role: 'admin', roles: ['admin'] }));
    expect(await me(bearer(token))).toMatchObject({ status: 403, error: { code: 'no_role' } });
  });

  const attacks: readonly { readonly name: string; readonly token: () => string | Promise<string> }[] = [
    { name: 'without a signature (alg none)', token: () => rawToken({ alg: 'none' }, claims({ groups: 'platform' })) },
    { name: 'alg None in another case', token: () => rawToken({ alg: 'nOnE' }, claims({ groups: 'platform' })) },
    {
      name: 'signed by HMAC with the public key (algorithm confusion)',
      token: async () => {
        const body = `${encode({ alg: 'HS256', kid: 'key-1' })}.${encode(claims({ groups: 'platform' }))}`;
        const { createHmac } = await import('node:crypto');
        return `${body}.${createHmac('sha256', JSON.stringify(key.jwk)).update(body).digest('base64url')}`;
      },
    },
    { name: 'signed by a stranger under our kid', token: () => makeToken(stranger, claims({ groups: 'platform' })) },
    {
      name: 'that brings its own key (jwk)',
      token: () => makeToken(stranger, claims({ groups: 'platform' }), { jwk: stranger.jwk }),
    },
    {
      name: 'that says where its keys are (jku)',
      token: () => makeToken(stranger, claims({ groups: 'platform' }), { jku: 'https://evil.example/jwks' }),
    },
    { name: 'with an unknown kid', token: () => makeToken(key, claims({ groups: 'platform' }), { kid: 'key-2' }) },
    { name: 'for another audience', token: () => makeToken(key, claims({ groups: 'platform', aud: 'shop' })) },
    {
      name: 'without an audience',
      token: () => makeToken(key, { iss: issuer, sub: 'alice', exp: seconds() + 300, groups: 'platform' }),
    },
    {
      name: 'of another issuer',
      token: () => makeToken(key, claims({ groups: 'platform', iss: 'https://evil.example' })),
    },
    {
      name: 'of an issuer that ours begins with',
      token: () => makeToken(key, claims({ groups: 'platform', iss: `${issuer}/` })),
    },
    { name: 'that has expired', token: () => makeToken(key, claims({ groups: 'platform', exp: seconds() - 120 })) },
    {
      name: 'that never expires',
      token: () => makeToken(key, { iss: issuer, aud: 'control', sub: 'alice', groups: 'platform' }),
    },
    {
      name: 'that is not valid yet',
      token: () => makeToken(key, claims({ groups: 'platform', nbf: seconds() + 600 })),
    },
    {
      name: 'whose subject reads as one of another issuer',
      token: () => makeToken(key, claims({ groups: 'platform', sub: 'other/bob' })),
    },
    { name: 'without a subject', token: () => makeToken(key, claims({ groups: 'platform', sub: '' })) },
    {
      name: 'with critical extensions',
      token: () => makeToken(key, claims({ groups: 'platform' }), { crit: ['b64'], b64: true }),
    },
    {
      name: 'whose claims were exchanged after it was signed',
      token: async () => {
        const [head, , tail] = (await makeToken(key, claims({ team: 'shop' }))).split('.');
        return `${head}.${encode(claims({ groups: ['platform'] }))}.${tail}`;
      },
    },
    {
      name: 'of Access, shown as a bearer token',
      token: () => makeToken(accessKey, claims({ iss: team, aud: [tag], email: 'alice@example.com' })),
    },
    { name: 'that is huge', token: () => makeToken(key, claims({ groups: 'platform', pad: 'x'.repeat(9000) })) },
  ];

  it.each(attacks)('$name opens nothing', async ({ token }) => {
    expect(await me(bearer(await token()))).toMatchObject({ status: 401, error: { code: 'unauthenticated' } });
  });

  it('tells nothing about why it is wrong', async () => {
    const bodies = await Promise.all(
      ['none', 'shop'].map(async (aud) => (await ask('/api/me', bearer(await makeToken(key, claims({ aud }))))).text()),
    );
    expect(new Set(bodies).size).toBe(1);
    expect(bodies[0]).not.toMatch(/aud|signature|kid/);
  });

  it('of an issuer that does not answer is neither right nor wrong', async () => {
    const token = await makeToken(key, claims({ iss: 'https://down.example', groups: 'platform' }));
    expect(await me(bearer(token))).toMatchObject({ status: 503, error: { code: 'keys_unavailable' } });
  });

  it('never makes control knock at a private address', async () => {
    const token = await makeToken(key, claims({ iss: 'https://inside.example', groups: 'platform' }));
    expect(await me(bearer(token))).toMatchObject({ status: 503 });
    expect(fetched.filter((url) => url.includes('10.0.0.1') || url.includes('evil'))).toEqual([]);
  });
});

describe('Cloudflare Access', () => {
  const person = (more: Record<string, unknown> = {}) =>
    makeToken(
      accessKey,
      claims({ iss: team, aud: [tag], sub: 'uuid-1', email: 'bob@example.com', type: 'app', ...more }),
    );
  const service = (more: Record<string, unknown> = {}) =>
    makeToken(
      accessKey,
      claims({ iss: team, aud: [tag], sub: '', common_name: 'deployer.access', type: 'app', ...more }),
    );
  const assertion = (token: string) => ({ 'cf-access-jwt-assertion': token });

  it('vouches for people by their mail address', async () => {
    expect(await me(assertion(await person()))).toEqual({
      status: 200,
      principal: 'bob@example.com',
      role: 'viewer',
      by: 'access',
    });
    expect(await me(assertion(await person({ email: 'alice@example.com' })))).toMatchObject({ role: 'admin' });
  });

  it('and for service tokens, which have no subject', async () => {
    expect(await me(assertion(await service()))).toEqual({
      status: 200,
      principal: 'deployer.access',
      role: 'operator',
      by: 'access',
    });
  });

  it('in a browser by its cookie', async () => {
    expect(await me({ cookie: `other=1; CF_Authorization=${await person()}` })).toMatchObject({
      status: 200,
      by: 'access',
    });
  });

  it.each([
    {
      name: 'a page that he may not see',
      path: '/audit',
      status: 403,
      says: 'this needs the role operator; yours is viewer',
    },
    {
      name: 'a page that is not there',
      path: '/<i>nothing',
      status: 404,
      says: 'There is no page at /&lt;i&gt;nothing.',
    },
  ])('in a browser gets a page with a way back in place of $name', async ({ path, status, says }) => {
    const answer = await ask(path, { accept: 'text/html,*/*', ...assertion(await person()) });
    const page = await answer.text();
    expect([answer.status, answer.headers.get('content-type')]).toEqual([status, 'text/html; charset=UTF-8']);
    expect(page).toContain(says);
    expect(page).toContain('<a href="/">');
  });

  const write = (headers: Record<string, string>) =>
    ask(
      '/api/documents/mesh',
      { 'content-type': 'application/json', ...headers },
      { method: 'PUT', body: '{"trustDomain":"a.example"}' },
    );

  it('is a cookie in the end: a change of a person needs our own Origin', async () => {
    const headers = assertion(await person({ email: 'alice@example.com' }));
    expect((await write(headers)).status).toBe(403);
    expect((await write({ ...headers, origin: 'https://evil.example' })).status).toBe(403);
    expect((await write({ ...headers, origin: mesh.url, 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect(await mesh.read('mesh')).toBeNull();
    expect((await write({ ...headers, origin: mesh.url, 'sec-fetch-site': 'same-origin' })).status).toBe(201);
    await mesh.remove('mesh');
  });

  it('a program with a service token has no Origin, and needs its role all the same', async () => {
    const response = await write(assertion(await service()));
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ error: { code: 'role_needed', role: 'admin' } });
  });

  it.each([
    { name: 'of another application', token: () => person({ aud: ['0'.repeat(64)] }) },
    { name: 'of another team', token: () => person({ iss: 'https://evil.cloudflareaccess.com' }) },
    { name: 'that has expired', token: () => person({ exp: seconds() - 120 }) },
    { name: 'of our own issuer', token: () => makeToken(key, claims({ groups: 'platform' })) },
    {
      name: 'without a signature',
      token: () => rawToken({ alg: 'none' }, claims({ iss: team, aud: [tag], email: 'alice@example.com' })),
    },
  ])('a token $name opens nothing', async ({ token }) => {
    expect(await me(assertion(await token()))).toMatchObject({ status: 401 });
    expect(await me({ cookie: `CF_Authorization=${await token()}` })).toMatchObject({ status: 401 });
  });

  it('is not believed by a control that does not know it, whatever the header says', async () => {
    const other = await startControl();
    try {
      const headers = { ...assertion(await person()), 'cf-access-authenticated-user-email': 'alice@example.com' };
      expect((await fetch(`${other.url}/api/me`, { headers })).status).toBe(401);
    } finally {
      await other.stop();
    }
  });
});

describe('a wrong bearer token', () => {
  it('is not saved by what else is shown', async () => {
    const token = await makeToken(accessKey, claims({ iss: team, aud: [tag], email: 'alice@example.com' }));
    expect(await me({ ...bearer('wrong'), 'cf-access-jwt-assertion': token })).toMatchObject({ status: 401 });
  });
});

describe('a var that is malformed', () => {
  it('admits nobody, and the token of control all the same', async () => {
    const other = await startControl({ vars: { OPERATORS: '{"issuers": [{"issuer": "https://id.example"}]}' } });
    try {
      const headers = bearer(await makeToken(key, claims({ groups: 'platform' })));
      expect((await fetch(`${other.url}/api/me`, { headers })).status).toBe(401);
      expect((await other.ask('/api/me')).status).toBe(200);
    } finally {
      await other.stop();
    }
  });
});
