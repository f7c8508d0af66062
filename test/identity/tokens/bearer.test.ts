import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { verifyBearer } from '../../../src/identity/tokens/bearer.ts';
import type { BearerContext } from '../../../src/identity/tokens/bearer-context.ts';
import type { KeySource, LoadedKeys } from '../../../src/identity/tokens/key-cache.ts';
import { signSvid } from '../../../src/identity/tokens/svid.ts';
import { rememberVerdict } from '../../../src/identity/tokens/token-cache.ts';
import { foreignPrincipal } from '../../../src/identity/tokens/user-token.ts';
import type { BearerVerdict } from '../../../src/identity/tokens/verdict.ts';
import type { JwtRule } from '../../../src/model/authentication-rules.ts';
import { encode, makeKey, makeToken, rawToken, type TestKey } from './make-token.ts';

const trustDomain = 'mesh.test';
const service = `spiffe://${trustDomain}/svc/payment`;
const idp = 'https://idp.test';
const now = 1_800_000_000_000;
const seconds = now / 1000;
const alice = `user ${idp}/alice`;

let meshKey: TestKey;
let idpKey: TestKey;
let rsaKey: TestKey;
let pssKey: TestKey;
let edKey: TestKey;
let strangeKey: TestKey;

beforeAll(async () => {
  [meshKey, idpKey, rsaKey, pssKey, edKey, strangeKey] = (await Promise.all([
    makeKey('mesh-1'),
    makeKey('idp-1'),
    makeKey('idp-rsa', 'RS256'),
    makeKey('idp-pss', 'PS256'),
    makeKey('idp-ed', 'EdDSA'),
    makeKey('idp-1'),
  ])) as [TestKey, TestKey, TestKey, TestKey, TestKey, TestKey];
});

let clock: number;
let background: Promise<unknown>[];
let rules: JwtRule[];
let context: BearerContext;

function meshSource(load: () => Promise<LoadedKeys>): KeySource {
  return { id: `mesh:${trustDomain}`, load, refreshAfterMs: 150_000, waitAfterMs: 300_000, waitMs: 500 };
}

function keysOf(...keys: TestKey[]): LoadedKeys {
  const jwks = keys.map((key) => key.jwk);
  return { kind: 'keys', keys: jwks, text: JSON.stringify(jwks) };
}

beforeEach(() => {
  clock = now;
  background = [];
  rules = [
    {
      issuer: idp,
      audiences: ['shop'],
      jwks: { keys: [idpKey, rsaKey, pssKey, edKey].map((key) => ({ ...key.jwk })) },
    },
  ];
  context = {
    trustDomain,
    service,
    host: 'pay.test:8443',
    keyCache: new Map(),
    tokenCache: new Map(),
    meshKeys: meshSource(async () => keysOf(meshKey)),
    fetch: async () => {
      throw new Error('no network in this test');
    },
    allowLoopback: false,
    now: () => clock,
    lifetime: { waitUntil: (work) => background.push(work) },
  };
});

const subject = { iss: idp, sub: 'alice', aud: 'shop', exp: seconds + 60 };
const svid = {
  iss: `spiffe://${trustDomain}`,
  sub: `spiffe://${trustDomain}/svc/orders`,
  aud: service,
  exp: seconds + 60,
};

function principalOf(verdict: BearerVerdict): string {
  if (verdict.kind === 'invalid') return `invalid: ${verdict.detail}`;
  if (verdict.kind === 'unclaimed') return 'unclaimed';
  return verdict.kind === 'user' ? `user ${verdict.requestPrincipal}` : verdict.principal;
}

describe('tokens that hold', () => {
  const rows: { name: string; token: () => Promise<string>; expected: string }[] = [
    { name: 'an issuer of the document, ES256', token: () => makeToken(idpKey, subject), expected: alice },
    { name: 'RS256', token: () => makeToken(rsaKey, subject), expected: alice },
    { name: 'PS256', token: () => makeToken(pssKey, subject), expected: alice },
    { name: 'EdDSA', token: () => makeToken(edKey, subject), expected: alice },
    {
      name: 'no kid: the keys that fit are tried',
      token: () => makeToken(edKey, subject, { kid: undefined }),
      expected: alice,
    },
    {
      name: 'one of several audiences suffices',
      token: () => makeToken(idpKey, { ...subject, aud: ['other', 'shop'] }),
      expected: alice,
    },
    {
      name: 'expired, but within the clock skew',
      token: () => makeToken(idpKey, { ...subject, exp: seconds - 59 }),
      expected: alice,
    },
    {
      name: 'not yet valid, but within the clock skew',
      token: () => makeToken(idpKey, { ...subject, nbf: seconds + 59 }),
      expected: alice,
    },
    { name: 'an SVID for the service', token: () => makeToken(meshKey, svid), expected: svid.sub },
    { name: 'an SVID with typ JOSE', token: () => makeToken(meshKey, svid, { typ: 'JOSE' }), expected: svid.sub },
    {
      name: 'an SVID for the origin',
      token: () => makeToken(meshKey, { ...svid, aud: 'https://pay.test:8443' }),
      expected: svid.sub,
    },
    {
      name: 'an SVID for the host without port',
      token: () => makeToken(meshKey, { ...svid, aud: 'http://pay.test' }),
      expected: svid.sub,
    },
    {
      name: 'an SVID as the identity Worker signs it',
      token: async () =>
        (
          await signSvid(
            { trustDomain, subject: svid.sub, audience: service, actor: 'https://idp.test/a b' },
            { kid: meshKey.kid, privateKey: meshKey.privateKey },
            now,
            600_000,
          )
        ).token,
      expected: svid.sub,
    },
  ];
  for (const row of rows) {
    it(row.name, async () =>
      expect(principalOf(await verifyBearer(await row.token(), rules, context))).toBe(row.expected),
    );
  }

  it('a trust domain that a rule names speaks for its own ids, which are end users then', async () => {
    const sub = 'spiffe://partner.test/svc/books';
    rules = [{ issuer: 'spiffe://partner.test', audiences: ['shop'], jwks: { keys: [{ ...idpKey.jwk }] } }];
    const token = await makeToken(idpKey, { ...subject, iss: 'spiffe://partner.test', sub });
    expect(principalOf(await verifyBearer(token, rules, context))).toBe(`user spiffe://partner.test/${sub}`);
  });

  it('claims come along, and a rule without audiences takes a token for anybody', async () => {
    rules = [{ issuer: idp, audiences: [], jwks: { keys: [{ ...idpKey.jwk }] } }];
    for (const aud of [service, 'other', undefined]) {
      const verdict = await verifyBearer(await makeToken(idpKey, { ...subject, aud, role: 'admin' }), rules, context);
      expect(verdict).toMatchObject({ kind: 'user', claims: { role: 'admin', sub: 'alice' } });
    }
  });

  it('a token without subject has claims, and no request principal', async () => {
    const verdict = await verifyBearer(await makeToken(idpKey, { ...subject, sub: undefined }), rules, context);
    expect(verdict).toMatchObject({ kind: 'user', requestPrincipal: null, claims: { aud: 'shop' } });
  });

  it('the clock skew is that of the rule', async () => {
    rules = rules.map((rule) => ({ ...rule, clockSkewMs: 1_000 }));
    const late = await makeToken(idpKey, { ...subject, exp: seconds - 2 });
    expect((await verifyBearer(late, rules, context)).kind).toBe('invalid');
  });

  it('claims that are lists of words are lists, scope and permission always', async () => {
    rules = rules.map((rule) => ({ ...rule, wordClaims: [['realm', 'roles'], ['nothing']] }));
    const realm = { roles: 'admin  clerk', name: 'a b' };
    const token = await makeToken(idpKey, { ...subject, scope: 'read write', permission: ['as it is'], realm });
    expect(await verifyBearer(token, rules, context)).toMatchObject({
      claims: {
        scope: ['read', 'write'],
        permission: ['as it is'],
        realm: { roles: ['admin', 'clerk'], name: 'a b' },
      },
    });
  });

  it('a rule without issuer takes every issuer that no other rule names', async () => {
    const anybody = { audiences: [], jwks: { keys: [{ ...strangeKey.jwk }] } };
    rules = [...rules, anybody];
    const claims = { ...subject, iss: 'https://other.test' };
    expect(principalOf(await verifyBearer(await makeToken(strangeKey, claims), rules, context))).toBe(
      'user https://other.test/alice',
    );
    expect((await verifyBearer(await makeToken(strangeKey, subject), rules, context)).kind).toBe('invalid');
    const posing = { ...subject, iss: `${idp}/alice`, sub: 'x' };
    expect((await verifyBearer(await makeToken(strangeKey, posing), rules, context)).kind).toBe('invalid');
  });

  it("what a rule names is no other rule's, at whatever place they look", async () => {
    const anybody = { audiences: [], jwks: { keys: [{ ...strangeKey.jwk }] } };
    const here = { ...context, allRules: [...rules, anybody] };
    for (const claims of [
      { iss: idp, sub: 'alice' },
      { iss: idp.slice(0, 6), sub: `${idp.slice(7)}/alice` },
      { iss: `${idp}/alice`, sub: 'x' },
    ])
      expect((await verifyBearer(await makeToken(strangeKey, { ...subject, ...claims }), [anybody], here)).kind).toBe(
        'invalid',
      );
    const tenant = { issuer: `${idp}/tenant`, audiences: [], jwks: { keys: [{ ...meshKey.jwk }] } };
    const reading = await makeToken(idpKey, { ...subject, sub: 'tenant/root' });
    expect(await verifyBearer(reading, rules, { ...context, allRules: [...rules, tenant] })).toMatchObject({
      kind: 'invalid',
      detail: expect.stringMatching(/tenant/),
    });
  });

  it('of several rules for one issuer the one whose audience fits decides', async () => {
    const first = rules[0] as JwtRule;
    rules = [{ ...first, audiences: ['nobody'] }, first];
    expect(principalOf(await verifyBearer(await makeToken(idpKey, subject), rules, context))).toBe(alice);
  });
});

describe('attacks', () => {
  const hmacWithPublicKey = (): string => {
    const input = `${encode({ alg: 'HS256', kid: idpKey.kid })}.${encode(subject)}`;
    const mac = createHmac('sha256', JSON.stringify(idpKey.jwk)).update(input).digest('base64url');
    return `${input}.${mac}`;
  };
  const rows: { name: string; token: () => string | Promise<string>; says: RegExp }[] = [
    { name: 'alg none', token: () => rawToken({ alg: 'none', kid: idpKey.kid }, subject), says: /algorithm "none"/ },
    {
      name: 'alg None, as some parsers read it',
      token: () => rawToken({ alg: 'None' }, subject),
      says: /algorithm "None"/,
    },
    { name: 'HS256 with the public key as the secret', token: hmacWithPublicKey, says: /algorithm "HS256"/ },
    { name: 'alg from the prototype', token: () => rawToken({ alg: 'constructor' }, subject), says: /not allowed/ },
    { name: 'alg absent', token: () => rawToken({ kid: 'idp-1' }, subject), says: /algorithm null/ },
    {
      name: 'ES256K, which is sound but not on the list',
      token: () => rawToken({ alg: 'ES256K', kid: 'idp-1' }, subject, 'AAAA'),
      says: /algorithm "ES256K"/,
    },
    {
      name: 'the key in the header (jwk), with a kid that is unknown',
      token: () => makeToken({ ...strangeKey, kid: 'mine' }, subject, { jwk: strangeKey.jwk }),
      says: /no ES256 key "mine"/,
    },
    {
      name: 'the key in the header (jwk), with a kid that is known',
      token: () => makeToken(strangeKey, subject, { jwk: strangeKey.jwk }),
      says: /signature/,
    },
    {
      name: 'the key by a URL in the header (jku, x5u)',
      token: () => makeToken(strangeKey, subject, { jku: 'https://evil.test/jwks', x5u: 'https://evil.test/x' }),
      says: /signature/,
    },
    { name: 'a signature by somebody else', token: () => makeToken(strangeKey, subject), says: /signature/ },
    {
      name: 'the alg of another key of the set',
      token: () => rawToken({ alg: 'RS256', kid: 'idp-1' }, subject, 'AAAA'),
      says: /no RS256 key/,
    },
    {
      name: 'a stripped signature',
      token: async () => (await makeToken(idpKey, subject)).replace(/[^.]+$/, ''),
      says: /signature/,
    },
    {
      name: 'other claims under a good signature',
      token: async () => {
        const [head, , signature] = (await makeToken(idpKey, subject)).split('.');
        return `${head}.${encode({ ...subject, sub: 'root' })}.${signature}`;
      },
      says: /signature/,
    },
    {
      name: 'crit',
      token: () => rawToken({ alg: 'ES256', kid: 'idp-1', crit: ['exp'], exp: 1 }, subject, 'AAAA'),
      says: /crit/,
    },
    {
      name: 'an unencoded payload (b64), which is critical too',
      token: () => rawToken({ alg: 'ES256', kid: 'idp-1', b64: false, crit: ['b64'] }, subject, 'AAAA'),
      says: /crit/,
    },
    { name: 'expired', token: () => makeToken(idpKey, { ...subject, exp: seconds - 60 }), says: /expired/ },
    { name: 'no expiry', token: () => makeToken(idpKey, { ...subject, exp: undefined }), says: /exp/ },
    {
      name: 'an expiry that is a text',
      token: () => makeToken(idpKey, { ...subject, exp: '9' as unknown as number }),
      says: /exp/,
    },
    { name: 'not yet valid', token: () => makeToken(idpKey, { ...subject, nbf: seconds + 61 }), says: /nbf/ },
    { name: 'another audience', token: () => makeToken(idpKey, { ...subject, aud: 'other' }), says: /aud/ },
    { name: 'no audience', token: () => makeToken(idpKey, { ...subject, aud: undefined }), says: /aud/ },
    { name: 'an empty list of audiences', token: () => makeToken(idpKey, { ...subject, aud: [] }), says: /aud/ },
    {
      name: 'an issuer that nobody named',
      token: () => makeToken(idpKey, { ...subject, iss: 'https://evil.test' }),
      says: /not one that/,
    },
    {
      name: 'an issuer with a slash more',
      token: () => makeToken(idpKey, { ...subject, iss: `${idp}/` }),
      says: /not one that/,
    },
    {
      name: 'a list of issuers',
      token: () => makeToken(idpKey, { ...subject, iss: [idp] as unknown as string }),
      says: /no issuer/,
    },
    { name: 'an empty subject', token: () => makeToken(idpKey, { ...subject, sub: '' }), says: /sub/ },
    {
      name: 'a subject of our trust domain',
      token: () => makeToken(idpKey, { ...subject, sub: svid.sub }),
      says: /does not speak/,
    },
    {
      name: 'a subject of a trust domain of others',
      token: () => makeToken(idpKey, { ...subject, sub: 'spiffe://partner.test/x' }),
      says: /does not speak/,
    },
    {
      name: 'a malformed SPIFFE id',
      token: () => makeToken(idpKey, { ...subject, sub: 'SPIFFE://mesh.test/svc/orders' }),
      says: /not a SPIFFE id/,
    },
    {
      name: 'too long',
      token: () => makeToken(idpKey, { ...subject, pad: 'x'.repeat(8192) }),
      says: /longer than 8192/,
    },
    { name: 'not a token', token: () => 'hello', says: /not a JWT/ },
    { name: 'an empty token', token: () => '', says: /not a JWT/ },
    {
      name: 'an encrypted token',
      token: () => `${encode({ alg: 'ES256', enc: 'A256GCM' })}.a.b.c.d`,
      says: /not a JWT/,
    },
    { name: 'a header that is a list', token: () => rawToken([], subject), says: /not a JWT/ },
    { name: 'a kid that is a number', token: () => rawToken({ alg: 'ES256', kid: 1 }, subject), says: /kid/ },
    {
      name: 'an SVID by a foreign key under our kid',
      token: () => makeToken({ ...strangeKey, kid: meshKey.kid }, svid),
      says: /signature/,
    },
    { name: 'an SVID by a key of the document', token: () => makeToken(idpKey, svid), says: /no ES256 key "idp-1"/ },
    { name: 'an SVID without kid', token: () => makeToken(meshKey, svid, { kid: undefined }), says: /without kid/ },
    { name: 'an SVID of another typ', token: () => makeToken(meshKey, svid, { typ: 'at+jwt' }), says: /typ/ },
    {
      name: 'an SVID for another service',
      token: () => makeToken(meshKey, { ...svid, aud: `spiffe://${trustDomain}/svc/stock` }),
      says: /aud/,
    },
    {
      name: 'an SVID for another host',
      token: () => makeToken(meshKey, { ...svid, aud: 'https://other.test' }),
      says: /aud/,
    },
    {
      name: 'an SVID for another trust domain',
      token: () => makeToken(meshKey, { ...svid, sub: 'spiffe://partner.test/svc/orders' }),
      says: /trust domain/,
    },
    {
      name: 'an SVID with dot segments',
      token: () => makeToken(meshKey, { ...svid, sub: `spiffe://${trustDomain}/svc/../svc/orders` }),
      says: /trust domain/,
    },
  ];
  for (const row of rows) {
    it(row.name, async () => {
      const verdict = await verifyBearer(await row.token(), rules, context);
      expect(verdict).toMatchObject({ kind: 'invalid', detail: expect.stringMatching(row.says) });
      expect(context.tokenCache.size).toBe(0);
    });
  }

  it('of a token that holds, and is meant for others, it is said that it is', async () => {
    const other = await makeToken(idpKey, { ...subject, aud: 'other' });
    expect(await verifyBearer(other, rules, context)).toMatchObject({ kind: 'invalid', elsewhere: true });
    const late = await makeToken(idpKey, { ...subject, aud: 'other', exp: seconds - 61 });
    expect(await verifyBearer(late, rules, context)).not.toHaveProperty('elsewhere');
  });

  it('a rule for our own issuer gives the document no say over our trust domain', async () => {
    rules = [{ issuer: svid.iss, audiences: ['shop', service], jwks: { keys: [{ ...idpKey.jwk }] } }];
    expect((await verifyBearer(await makeToken(idpKey, svid), rules, context)).kind).toBe('invalid');
  });

  const composed: [name: string, issuer: string, sub: string][] = [
    ['issuer and subject that compose to one of our ids', `spiffe://${trustDomain}/svc`, 'orders'],
    ['a scheme as the issuer', 'spiffe:', `/${trustDomain}/svc/orders`],
    ['our issuer in upper case', `SPIFFE://${trustDomain}`, 'svc/orders'],
    ['our trust domain under an issuer of another path', `spiffe://${trustDomain}/`, svid.sub],
  ];
  for (const [name, issuer, sub] of composed) {
    it(name, async () => {
      rules = [{ issuer, audiences: ['shop'], jwks: { keys: [{ ...idpKey.jwk }] } }];
      expect((await verifyBearer(await makeToken(idpKey, { ...subject, iss: issuer, sub }), rules, context)).kind).toBe(
        'invalid',
      );
    });
  }

  it('a subject that would read as one of another issuer of the same rules', async () => {
    rules = [...rules, { issuer: `${idp}/tenant`, audiences: ['shop'], jwks: { keys: [{ ...meshKey.jwk }] } }];
    const verdict = await verifyBearer(await makeToken(idpKey, { ...subject, sub: 'tenant/root' }), rules, context);
    expect(verdict).toMatchObject({ kind: 'invalid', detail: expect.stringMatching(/tenant/) });
  });

  it('an edge without identity Worker takes no token of the mesh', async () => {
    const alone = { ...context, meshKeys: undefined };
    expect((await verifyBearer(await makeToken(meshKey, svid), rules, alone)).kind).toBe('invalid');
  });
});

describe('verified tokens', () => {
  it('are not verified again, until they expire', async () => {
    const token = await makeToken(idpKey, { ...subject, exp: seconds + 1 });
    const first = await verifyBearer(token, rules, context);
    const again = await verifyBearer(token, rules, context);
    // The very same object: no second verification made another one.
    expect(again).toBe(first);
    clock = now + 61_000;
    expect((await verifyBearer(token, rules, context)).kind).toBe('invalid');
    expect(context.tokenCache.size).toBe(0);
  });

  it('mean nothing under other rules, for another service or another host', async () => {
    const token = await makeToken(idpKey, subject);
    expect((await verifyBearer(token, rules, context)).kind).toBe('user');
    expect((await verifyBearer(token, [], context)).kind).toBe('invalid');
    expect((await verifyBearer(token, rules, context)).kind).toBe('user');
    const forHost = await makeToken(meshKey, { ...svid, aud: 'https://pay.test' });
    expect((await verifyBearer(forHost, rules, context)).kind).toBe('principal');
    expect((await verifyBearer(forHost, rules, { ...context, host: 'stock.test' })).kind).toBe('invalid');
  });

  it('fall with the key that signed them, when its issuer withdraws it', async () => {
    const second = await makeKey('mesh-2');
    let published = keysOf(meshKey, second);
    context = { ...context, meshKeys: meshSource(async () => published) };
    const token = await makeToken(meshKey, { ...svid, exp: seconds + 3600 });
    expect((await verifyBearer(token, rules, context)).kind).toBe('principal');
    published = keysOf(second);
    clock += 151_000;
    // This call is served by the copy that is held, and has the copy refreshed in the background.
    expect((await verifyBearer(token, rules, context)).kind).toBe('principal');
    await Promise.all(background);
    expect((await verifyBearer(token, rules, context)).kind).toBe('invalid');
  });

  it('outlive a refresh that brings the same keys', async () => {
    context = { ...context, meshKeys: meshSource(async () => keysOf({ ...meshKey, jwk: { ...meshKey.jwk } })) };
    const token = await makeToken(meshKey, { ...svid, exp: seconds + 3600 });
    const first = await verifyBearer(token, rules, context);
    clock += 151_000;
    await verifyBearer(token, rules, context);
    await Promise.all(background);
    const again = await verifyBearer(token, rules, context);
    expect(again).toBe(first);
  });

  it('of long tokens are fewer, since their claims take many times the room of their text', async () => {
    const token = await makeToken(idpKey, subject);
    await verifyBearer(token, rules, context);
    const [verdict] = context.tokenCache.get(token) ?? [];
    if (verdict === undefined) throw new Error('The token was not remembered.');
    for (let at = 0; at < 500; at += 1) rememberVerdict(context.tokenCache, `${at}`.padEnd(8192, '.'), verdict);
    expect(context.tokenCache.size).toBe(256);
    const long = '499'.padEnd(8192, '.');
    for (let at = 0; at < 16; at += 1) rememberVerdict(context.tokenCache, long, { ...verdict, host: `${at}.test` });
    expect([context.tokenCache.size, context.tokenCache.get(long)?.length]).toEqual([241, 16]);
  });

  it('are at most a thousand, the youngest', async () => {
    const token = await makeToken(idpKey, subject);
    await verifyBearer(token, rules, context);
    const verdict = context.tokenCache.get(token);
    if (verdict === undefined) throw new Error('The token was not remembered.');
    for (let at = 0; at < 999; at += 1) context.tokenCache.set(`token-${at}`, verdict);
    await verifyBearer(token, rules, context);
    await verifyBearer(await makeToken(idpKey, { ...subject, sub: 'bob' }), rules, context);
    expect(context.tokenCache.size).toBe(1000);
    expect(context.tokenCache.has(token)).toBe(true);
    expect(context.tokenCache.has('token-0')).toBe(false);
  });
});

describe('laws of principals', () => {
  // Texts out of the pieces that an attacker would try, and any others.
  const piece = fc.constantFrom(
    'spiffe:',
    'SPIFFE:',
    '//',
    '/',
    trustDomain,
    'svc',
    'orders',
    'https:',
    'idp',
    ' ',
    '..',
    'spiffe://mesh.test',
    '\n',
  );
  const text = fc.oneof(
    fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join('')),
    fc.string(),
  );

  it('whatever an issuer is called and says, it makes no principal of our trust domain', () => {
    fc.assert(
      fc.property(text, text, (issuer, sub) => {
        const principal = foreignPrincipal(issuer, sub, [{ issuer, audiences: [] }], trustDomain);
        // A longer name that begins so is another trust domain.
        const ours = new RegExp(`^spiffe://${trustDomain.replaceAll('.', '\\.')}(?![a-z0-9._-])`, 'i');
        return typeof principal !== 'string' || !ours.test(principal.trim());
      }),
      { numRuns: 5000 },
    );
  });

  it('two issuers of the same rules never make the same principal', () => {
    fc.assert(
      fc.property(text, text, text, text, (one, oneSub, other, otherSub) => {
        fc.pre(one !== other);
        const both = [one, other].map((issuer) => ({ issuer, audiences: [] }));
        const principals = [
          foreignPrincipal(one, oneSub, both, trustDomain),
          foreignPrincipal(other, otherSub, both, trustDomain),
        ];
        return typeof principals[0] !== 'string' || principals[0] !== principals[1];
      }),
      { numRuns: 5000 },
    );
  });

  it('any text is an answer, never an exception', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string(),
          fc.tuple(fc.json(), fc.json()).map(([head, body]) => rawToken(JSON.parse(head), JSON.parse(body), 'AA')),
        ),
        async (token) => {
          expect((await verifyBearer(token, rules, context)).kind).toBe('invalid');
        },
      ),
    );
  });
});
