/** End users on the real edge: their tokens, where they are looked for on both doors, and what the callee sees of them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeKey, makeToken, type TestKey } from '../../identity/tokens/make-token.ts';
import { type EdgeMesh, eventually, startEdgeMesh } from '../../support/edge-mesh.ts';
import { type LocalServer, startServer } from '../../support/local-server.ts';

/** Says what it got. */
const backend = (name: string) => `
export default {
  fetch(request) {
    const headers = [...request.headers].filter(([key]) => !['host', 'cf-connecting-ip', 'accept-encoding'].includes(key));
    return Response.json({ worker: '${name}', url: request.url, headers: Object.fromEntries(headers) });
  }
}`;

/** Calls the edge by fetch as it was asked, or by RPC; a browser's headers come under other names, since the test's own server refuses them. */
const orders = `
export default {
  async fetch(request, env) {
    const url = new URL(request.url);
    if (url.pathname === '/rpc') return env.EDGE_RPC.charge(5).then((value) => Response.json(value), ({ code, status }) => Response.json({ code, status }));
    const door = request.headers.get('x-door') ?? 'EDGE';
    const called = new Request('http://pay.example.com' + url.pathname + url.search, request);
    if (called.headers.has('x-origin')) called.headers.set('origin', called.headers.get('x-origin'));
    return env[door].fetch(called);
  }
}`;

const main = 'https://idp.test';
const other = 'https://other.test';
const meshBase = { trustDomain: 'mesh.local', carry: ['x-user'] };

let server: LocalServer;
let uri: string;
let asked: string[];
let published: TestKey[];
let metadata: Record<string, unknown>;
let key: TestKey;
let inline: TestKey;
let anybody: TestKey;
let mesh: EdgeMesh;

beforeAll(async () => {
  [key, inline, anybody] = await Promise.all([makeKey('idp-1'), makeKey('inline-1', 'EdDSA'), makeKey('any-1')]);
  published = [key];
  asked = [];
  server = await startServer((request, response) => {
    asked.push(request.url ?? '');
    if (request.url === '/silent') return;
    if (request.url?.startsWith('/jwks')) response.end(JSON.stringify({ keys: published.map((each) => each.jwk) }));
    else if (request.url?.includes('/.well-known/') && metadata.at === request.url)
      response.end(JSON.stringify(metadata));
    else response.writeHead(404).end();
  });
  uri = server.url;
  metadata = {};
  mesh = await startEdgeMesh({
    workers: { one: backend('one'), two: backend('two'), orders },
    upstreams: { one: false, two: false },
    edgeBindings: { PUBLIC: { upstream: 'default' } },
    // Names of hosts stand in the config of edges in development only, which may ask this machine for keys.
    vars: { HOSTS: { 'pay.example.com': 'payment' } },
    registry: {
      mesh: meshBase,
      'service/payment': { service: 'payment', versions: { v1: { worker: 'one' } } },
    },
  });
});
afterAll(async () => {
  await mesh.stop();
  await server.stop();
});

let revision = 0;
/** Puts the document and waits until the edge serves it: a route of its own says so. */
async function serve(document: object, meshDocument: object = {}, door: Record<string, string> = {}): Promise<void> {
  revision += 1;
  const body = `revision ${revision}`;
  const { routes = [], ...rest } = document as { routes?: object[] };
  await mesh.put('mesh', { ...meshBase, ...meshDocument });
  await mesh.put('service/payment', {
    service: 'payment',
    public: { hosts: ['pay.example.com'] },
    versions: { v1: { worker: 'one' }, v2: { worker: 'two' } },
    routes: [
      {
        name: 'revision',
        matches: [{ path: { type: 'Exact', value: '/revision' } }],
        filters: [{ type: 'DirectResponse', directResponse: { status: 200, body } }],
      },
      ...routes,
      { name: 'all', backends: [{ version: 'v1' }] },
    ],
    ...rest,
  });
  // Who must show a token learns by it that the document is there, and by its absence that it is not.
  const said = await eventually(
    async () => {
      const response = await mesh.askPublic('/revision', { headers: door });
      return response.status === 401 ? '' : response.text();
    },
    (text) => text === body,
    20_000,
  );
  expect(said).toBe(body);
}

const claims = (more: object = {}) => ({
  iss: main,
  sub: 'ada',
  aud: 'shop',
  exp: Math.floor(Date.now() / 1000) + 600,
  ...more,
});
const inlineRule = (more: object = {}) => ({ issuer: other, jwks: { keys: [inline.jwk] }, ...more });
const uriRule = (more: object = {}) => ({ issuer: main, audiences: ['shop'], jwksUri: `${uri}/jwks`, ...more });
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

interface Seen {
  readonly status: number;
  readonly authenticate: string | null;
  readonly worker?: string;
  readonly url?: string;
  readonly headers?: Record<string, string>;
  readonly error?: { readonly code: string };
}

const doors = ['mesh', 'public'] as const;
/** What became of a call by a door: the answer, and what the callee got. */
async function ask(door: (typeof doors)[number], path: string, init: RequestInit = {}): Promise<Seen> {
  const response = door === 'mesh' ? await mesh.ask('orders', path, init) : await mesh.askPublic(path, init);
  const text = await response.text();
  const said = text.startsWith('{') ? (JSON.parse(text) as object) : {};
  return { status: response.status, authenticate: response.headers.get('www-authenticate'), ...said };
}

describe.each(doors)('on the %s door', (door) => {
  beforeAll(() =>
    serve({
      authentication: {
        jwt: [
          uriRule({
            outputPayloadToHeader: 'x-payload',
            outputClaimToHeaders: [
              { header: 'X-User', claim: 'sub' },
              { header: 'x-role', claim: 'realm.role' },
            ],
          }),
          inlineRule({
            fromHeaders: [{ name: 'x-other', prefix: 'Token ' }],
            fromCookies: ['other'],
            fromParams: ['other'],
          }),
          { ...uriRule({ audiences: ['bank'], forwardOriginalToken: true }) },
          { jwks: { keys: [anybody.jwk] }, fromHeaders: [{ name: 'x-anybody' }] },
        ],
      },
      routes: [
        {
          name: 'admins',
          matches: [{ claims: [{ name: 'scope', value: 'admin' }] }, { headers: [{ name: 'x-role', value: 'boss' }] }],
          backends: [{ version: 'v2' }],
        },
        {
          name: 'rewritten',
          matches: [{ path: { value: '/old' } }],
          filters: [
            { type: 'URLRewrite', urlRewrite: { path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/new' } } },
          ],
          backends: [{ version: 'v1' }],
        },
      ],
    }),
  );

  it('a call without token passes, and what clients write under the names of outputs is gone', async () => {
    const spoofed = { 'x-user': 'root', 'x-role': 'boss', 'x-payload': 'forged', 'x-kept': 'yes' };
    const { status, worker, headers } = await ask(door, '/', { headers: spoofed });
    expect([status, worker]).toEqual([200, 'one']);
    expect(headers).toMatchObject({ 'x-kept': 'yes' });
    for (const name of ['x-user', 'x-role', 'x-payload']) expect(headers).not.toHaveProperty(name);
  });

  it('of a token that holds the callee sees what the rule tells, and not the token', async () => {
    const token = await makeToken(key, claims({ realm: { role: 'clerk' } }));
    for (let time = 0; time < 2; time += 1) {
      const { status, headers = {} } = await ask(door, '/', { headers: { ...bearer(token), 'x-user': 'root' } });
      expect(status).toBe(200);
      expect(headers).toMatchObject({ 'x-user': 'ada', 'x-role': 'clerk', 'x-payload': token.split('.')[1] });
      expect(headers).not.toHaveProperty('authorization');
    }
  });

  it('another rule for the same issuer decides by its own audience, and forwards', async () => {
    const token = await makeToken(key, claims({ aud: 'bank' }));
    const { headers } = await ask(door, '/', { headers: { ...bearer(token), 'x-user': 'root' } });
    expect(headers).toMatchObject({ authorization: `Bearer ${token}` });
    expect(headers).not.toHaveProperty('x-user');
  });

  it('a parameter with a token is gone from the address, also from one that is rewritten', async () => {
    const token = await makeToken(key, claims());
    const kept = await ask(door, `/a?x=%31&access_token=${token}&y=2`);
    expect([kept.status, kept.url]).toEqual([200, expect.stringMatching(/\/a\?x=%31&y=2$/)]);
    const moved = await ask(door, `/old/b?access_token=${token}`);
    expect([moved.status, moved.url]).toEqual([200, expect.stringMatching(/\/new\/b$/)]);
    expect(moved.headers).toMatchObject({ 'x-user': 'ada' });
  });

  it('of cookies the pair with the token is gone', async () => {
    const token = await makeToken(inline, claims({ iss: other }));
    const { status, headers } = await ask(door, '/', { headers: { cookie: `a=1; other=${token}; b=2` } });
    expect([status, headers?.cookie]).toEqual([200, 'a=1; b=2']);
  });

  it('matchers see verified claims, and headers as the callee will', async () => {
    const admin = await makeToken(key, claims({ scope: 'read admin' }));
    expect((await ask(door, '/', { headers: bearer(admin) })).worker).toBe('two');
    const boss = await makeToken(key, claims({ realm: { role: 'boss' } }));
    expect((await ask(door, '/', { headers: bearer(boss) })).worker).toBe('two');
    const clerk = await makeToken(key, claims({ scope: 'read', realm: { role: 'clerk' } }));
    expect((await ask(door, '/', { headers: { ...bearer(clerk), 'x-role': 'boss' } })).worker).toBe('one');
  });

  it('a preflight is not asked for a token, and takes none along', async () => {
    const late = await makeToken(key, claims({ exp: 1 }));
    const plain = {
      'access-control-request-method': 'POST',
      'x-door': door === 'mesh' ? 'EDGE' : 'PUBLIC',
      ...bearer(late),
    };
    const preflight = { ...plain, 'x-origin': 'https://a.test' };
    const { status, headers } = await ask('mesh', '/', { method: 'OPTIONS', headers: preflight });
    expect([status, headers?.origin]).toEqual([200, 'https://a.test']);
    expect(headers).not.toHaveProperty('authorization');
    expect((await ask('mesh', '/', { method: 'OPTIONS', headers: plain })).status).toBe(401);
  });

  const invalid = { status: 401, authenticate: 'Bearer error="invalid_token"', error: { code: 'invalid_token' } };
  it.each<[string, () => Promise<RequestInit & { readonly path?: string }>, object]>([
    ['expired', async () => ({ headers: bearer(await makeToken(key, claims({ exp: 1 }))) }), invalid],
    ['not yet valid', async () => ({ headers: bearer(await makeToken(key, claims({ nbf: 9_999_999_999 }))) }), invalid],
    ['no token at all', async () => ({ headers: bearer('deadbeef') }), invalid],
    [
      'of an issuer that nobody names',
      async () => ({ headers: bearer(await makeToken(key, claims({ iss: 'https://x.test' }))) }),
      invalid,
    ],
    [
      'signed by somebody else',
      async () => ({ headers: bearer(await makeToken({ ...inline, kid: 'idp-1' }, claims())) }),
      invalid,
    ],
    [
      'of one issuer in the place of another',
      async () => ({ headers: { 'x-other': `Token ${await makeToken(key, claims())}` } }),
      invalid,
    ],
    [
      'of an issuer that a rule names, in the place and by the key of a rule for all others',
      async () => ({ headers: { 'x-anybody': await makeToken(anybody, claims()) } }),
      invalid,
    ],
    [
      'of a subject that reads as one of an issuer of another place',
      async () => ({
        headers: { 'x-anybody': await makeToken(anybody, claims({ iss: 'https:', sub: '/idp.test/ada' })) },
      }),
      invalid,
    ],
    [
      'of an issuer that has a place of its own, in the usual one',
      async () => ({ headers: bearer(await makeToken(inline, claims({ iss: other }))) }),
      invalid,
    ],
    [
      'one that does not hold beside one that does',
      async () => ({ headers: { ...bearer(await makeToken(key, claims())), cookie: 'other=deadbeef' } }),
      invalid,
    ],
    [
      'the second of a repeated parameter',
      async () => ({ path: `/?access_token=${await makeToken(key, claims())}&access_token=deadbeef` }),
      invalid,
    ],
    [
      'meant for others',
      async () => ({ headers: bearer(await makeToken(key, claims({ aud: 'nobody' }))) }),
      { status: 403, authenticate: null, error: { code: 'audience_denied' } },
    ],
  ])('a token that is %s refuses the call', async (_rule, call, expected) => {
    const { path = '/', ...init } = await call();
    const said = await ask(door, path, init);
    expect(said).toMatchObject(expected);
    expect(JSON.stringify(said)).not.toMatch(/idp\.test|kid|exp/);
  });

  it('of several tokens that of the earliest rule is the end user, and all are gone', async () => {
    await serve({
      authentication: { jwt: [inlineRule({ fromHeaders: [{ name: 'x-other' }] }), uriRule()] },
      access: {
        rules: [
          { action: 'allow', to: [{ paths: ['/revision'] }] },
          { action: 'deny', to: [{ paths: ['/never'] }] },
          { action: 'allow' },
        ],
      },
      routes: [{ name: 'bob', matches: [{ claims: [{ name: 'sub', value: 'bob' }] }], backends: [{ version: 'v2' }] }],
    });
    const headers = {
      ...bearer(await makeToken(key, claims())),
      'x-other': await makeToken(inline, claims({ iss: other, sub: 'bob' })),
    };
    const seen = await ask(door, '/', { headers });
    expect([seen.status, seen.worker]).toEqual([200, 'two']);
    expect(seen.headers).not.toHaveProperty('authorization');
    expect(seen.headers).not.toHaveProperty('x-other');
  });
});

describe('a service', () => {
  it('without rules leaves tokens alone', async () => {
    await serve({});
    for (const token of ['deadbeef', await makeToken(key, claims({ iss: 'spiffe://elsewhere.test', exp: 1 }))])
      for (const door of doors)
        expect(await ask(door, `/?access_token=${token}`, { headers: bearer(token) })).toMatchObject({
          status: 200,
          headers: bearer(token),
        });
    const own = await makeToken(key, claims({ iss: 'spiffe://mesh.local', sub: 'spiffe://mesh.local/svc/orders' }));
    expect(await ask('public', '/', { headers: bearer(own) })).toMatchObject({ status: 401 });
    // Through a binding a token says nothing about who calls, and is the services' own business.
    expect(await ask('mesh', '/', { headers: bearer(own) })).toMatchObject({ status: 200 });
  });

  it("never shows the mesh's own token to its callee, whoever sent it", async () => {
    await serve({});
    for (const door of doors)
      expect((await ask(door, '/', { headers: { 'selvedge-token': 'x' } })).headers).not.toHaveProperty(
        'selvedge-token',
      );
  });

  it('can demand a token, of RPC calls too, which have none', async () => {
    const shown = bearer(await makeToken(key, claims()));
    await serve({ authentication: { jwt: [uriRule({ presence: 'required' })] } }, {}, shown);
    for (const door of doors)
      expect(await ask(door, '/')).toMatchObject({
        status: 401,
        authenticate: 'Bearer',
        error: { code: 'unauthenticated' },
      });
    expect(await ask('mesh', '/', { headers: bearer(await makeToken(key, claims())) })).toMatchObject({ status: 200 });
    expect(await ask('mesh', '/rpc')).toMatchObject({ code: 'unauthenticated', status: 401 });
  });

  it('strict lets in whoever has proven anything: an end user from outside too', async () => {
    const shown = bearer(await makeToken(key, claims()));
    await serve({ access: { mode: 'strict' }, authentication: { jwt: [uriRule()] } }, {}, shown);
    expect(await ask('public', '/')).toMatchObject({ status: 401, error: { code: 'unauthenticated' } });
    expect(await ask('public', '/', { headers: bearer(await makeToken(key, claims())) })).toMatchObject({
      status: 200,
    });
  });

  it('has the issuers of the mesh beside its own, unless it turns them off', async () => {
    const defaults = { authentication: { jwt: [uriRule()] } };
    const headers = { headers: bearer(await makeToken(key, claims({ sub: 'of-the-mesh' }))) };
    await serve({ authentication: { jwt: [inlineRule()] } }, { defaults });
    // Edges look at the mesh document less often than at their own.
    const status = async () => (await ask('public', '/', headers)).status;
    expect(await eventually(status, (said) => said === 200, 30_000)).toBe(200);
    await serve({ authentication: { inherit: false, jwt: [inlineRule()] } }, { defaults });
    expect(await ask('public', '/', headers)).toMatchObject({ status: 401 });
  });

  it.each(doors)(
    'lets a journey carry what the token says, and never what a client says in its place, on the %s door',
    async (door) => {
      await serve({
        authentication: { jwt: [uriRule({ outputClaimToHeaders: [{ header: 'x-user', claim: 'sub' }] })] },
      });
      const spoofed = { 'x-user': 'root', baggage: 'x-user=root,other=kept' };
      const known = await ask(door, '/', { headers: { ...bearer(await makeToken(key, claims())), ...spoofed } });
      expect(known.headers).toMatchObject({ 'x-user': 'ada', baggage: 'other=kept,x-user=ada' });
      const unknown = await ask(door, '/', { headers: spoofed });
      expect(unknown.headers).toMatchObject({ baggage: 'other=kept' });
      expect(unknown.headers).not.toHaveProperty('x-user');
    },
  );

  it('records the end user as the caller, where no service is', async () => {
    await serve({ authentication: { jwt: [uriRule()] } });
    const headers = bearer(await makeToken(key, claims({ sub: 'eve' })));
    // Run alone, this is the first call for which the edge needs the keys, and its record the first for its shard: it may have to call again.
    const found = await eventually(
      async () => {
        await ask('public', '/recorded', { headers });
        return (await mesh.calls()).filter(({ path, status }) => path === '/recorded' && status === 200);
      },
      (calls) => calls.length > 0,
    );
    expect(found[0]).toMatchObject({ caller: `${main}/eve` });
  });
});

describe('tokens', () => {
  it('stand in no record and in no answer, wherever they were shown and whether they hold', async () => {
    await serve({
      authentication: { jwt: [uriRule({ fromParams: ['t'], fromCookies: ['t'], fromHeaders: [{ name: 'x-t' }] })] },
    });
    const good = await makeToken(key, claims({ sub: 'secret-bearer' }));
    const bad = `${good.slice(0, -8)}AAAAAAAA`;
    const answers: string[] = [];
    for (const token of [good, bad]) {
      const shown: readonly [path: string, headers: Record<string, string>][] = [
        [`/secret?t=${token}&rest=1`, {}],
        ['/secret', { cookie: `t=${token}` }],
        ['/secret', { 'x-t': token }],
      ];
      for (const [path, headers] of shown) answers.push(await (await mesh.askPublic(path, { headers })).text());
    }
    const records = await eventually(
      async () => (await mesh.calls()).filter(({ path }) => path === '/secret'),
      (calls) => calls.length >= 6,
    );
    expect(records.filter(({ outcome }) => outcome === 'invalid_token')).toHaveLength(3);
    const [, payload = '', signature = ''] = good.split('.');
    for (const part of [payload, signature.slice(0, 40)]) {
      expect(JSON.stringify(records)).not.toContain(part);
      expect(answers.join()).not.toContain(part);
    }
  });
});

describe('keys', () => {
  it('are found by the metadata of an issuer, and only by its own', async () => {
    const issuer = `${uri}/realms/shop`;
    metadata = { at: '/realms/shop/.well-known/openid-configuration', issuer, jwks_uri: `${uri}/jwks` };
    await serve({ authentication: { jwt: [{ issuer }] } });
    expect(await ask('public', '/', { headers: bearer(await makeToken(key, claims({ iss: issuer }))) })).toMatchObject({
      status: 200,
    });
    const second = `${uri}/second`;
    metadata = { at: '/.well-known/oauth-authorization-server/second', issuer: second, jwks_uri: `${uri}/jwks` };
    await serve({ authentication: { jwt: [{ issuer: second }] } });
    expect(await ask('public', '/', { headers: bearer(await makeToken(key, claims({ iss: second }))) })).toMatchObject({
      status: 200,
    });
    for (const [name, wrong] of [
      ['third', { issuer, jwks_uri: `${uri}/jwks` }],
      ['fourth', { jwks_uri: 'https://169.254.169.254/jwks' }],
      ['fifth', { jwks_uri: 7 }],
    ] as const) {
      const one = `${uri}/${name}`;
      metadata = Object.assign({ at: `/${name}/.well-known/openid-configuration`, issuer: one }, wrong);
      await serve({ authentication: { jwt: [{ issuer: one }] } });
      const said = await ask('public', '/', { headers: bearer(await makeToken(key, claims({ iss: one }))) });
      expect([name, said.status]).toEqual([name, 401]);
    }
  });

  it('that cannot be had refuse the call, and are fetched once for many calls', async () => {
    await serve({ authentication: { inherit: false, jwt: [uriRule({ jwksUri: `${uri}/gone` })] } });
    const before = asked.length;
    expect(await ask('public', '/', { headers: bearer(await makeToken(key, claims())) })).toMatchObject({
      status: 401,
    });
    expect(asked.slice(before)).toEqual(['/gone']);
    await serve({ authentication: { inherit: false, jwt: [uriRule({ jwksUri: `${uri}/jwks?again` })] } });
    const known = asked.length;
    for (let time = 0; time < 10; time += 1) {
      const token = await makeToken(key, claims({ jti: String(time) }));
      expect(await ask('public', '/', { headers: bearer(token) })).toMatchObject({ status: 200 });
    }
    expect(asked.slice(known)).toEqual(['/jwks?again']);
  });

  it('that come too late refuse the call, which waits no longer than its rule says', async () => {
    await serve({ authentication: { inherit: false, jwt: [uriRule({ jwksUri: `${uri}/silent`, timeout: '50ms' })] } });
    expect(await ask('public', '/', { headers: bearer(await makeToken(key, claims())) })).toMatchObject({
      status: 401,
    });
    expect(await ask('public', '/')).toMatchObject({ status: 200 });
  });
});
