import { createHash, X509Certificate } from 'node:crypto';
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import type { Miniflare } from 'miniflare';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CertificateAnswer, Issued } from '../../../src/identity/authority.ts';
import type { IssuedCertificate, JoinToken } from '../../../src/identity/operators/operator.ts';
import { opensslVerify } from '../../identity/ca/certificates.ts';
import { twinOf } from '../../identity/ca/twin.ts';
import {
  ask,
  type Code,
  call,
  operatorToken,
  readCode,
  startIdentity,
  trustDomain,
} from '../../identity/identity-worker.ts';
import { audience, digestOf, holderJws, makeRequester } from '../../identity/proofs/requester.ts';

const orders = `spiffe://${trustDomain}/svc/orders`;
let code: Code;
let mf: Miniflare;

beforeAll(async () => {
  code = await readCode();
  mf = startIdentity(code, { token: operatorToken, bindings: { TRUST_DOMAIN: trustDomain, ALLOW_LOOPBACK: 'true' } });
  await mf.ready;
});
afterAll(() => mf.dispose());

interface Reply<Value> {
  readonly status: number;
  readonly body: Value;
}

let address = 1;

/** Each call comes from an address of its own unless a test says otherwise: failures are counted by address. */
async function http<Value = { error: { code: string; message: string } }>(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Reply<Value>> {
  const response = await mf.dispatchFetch(`http://identity${path}`, {
    method,
    body: body === undefined ? undefined : JSON.stringify(body),
    headers: { 'cf-connecting-ip': `192.0.2.${address++ % 250}`, ...headers },
  } as never);
  return { status: response.status, body: (await response.json()) as Value };
}

const bearer = { authorization: `Bearer ${operatorToken}` };

function operate<Value>(method: string, path: string, body?: unknown): Promise<Reply<Value>> {
  return http<Value>(method, path, body, bearer);
}

async function joinToken(wish: Record<string, unknown> = { service: 'orders' }): Promise<string> {
  return (await operate<JoinToken>('POST', '/v1/tokens', wish)).body.token;
}

async function issue(wish: Record<string, unknown> = { service: 'orders' }, more: Record<string, unknown> = {}) {
  const requester = await makeRequester();
  const token = await joinToken(wish);
  const { body } = await http<IssuedCertificate>('POST', '/v1/svid/x509', {
    csr: requester.csr,
    proof: { kind: 'join-token', token },
    ...more,
  });
  return { ...requester, ...body };
}

async function verify(chain: readonly string[]): Promise<CertificateAnswer> {
  return (await ask(mf, 'ORDERS', 'verifyCertificate', { chain })).value as CertificateAnswer;
}

const der = (text: string) => Buffer.from(text, 'base64');

describe('an X509-SVID for a join token', () => {
  it('is what SPIFFE says, by judges of other make', async () => {
    const issued = await issue();
    const [leaf, intermediate] = issued.chain.map(der) as [Buffer, Buffer];
    const read = new X509Certificate(leaf);
    expect(read.subjectAltName).toBe(`URI:${orders}`);
    expect(read.subject).toBe(`O=${trustDomain}`);
    expect(read.ca).toBe(false);
    expect(read.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']);
    expect(read.serialNumber.length).toBe(34);
    const life = Date.parse(read.validTo) - Date.parse(read.validFrom);
    expect(life).toBeGreaterThanOrEqual(86_400_000 + 59_000);
    expect(life).toBeLessThanOrEqual(86_400_000 + 61_000);
    expect(read.publicKey.export({ format: 'jwk' })).toMatchObject(
      (({ x, y }) => ({ x, y }))(await crypto.subtle.exportKey('jwk', issued.keys.publicKey)),
    );
    const chain = { leaf, untrusted: [intermediate], roots: issued.bundle.map(der) };
    expect(await opensslVerify(chain, Date.now(), true)).toBe('OK');
    expect(issued.certificate.fingerprint).toBe(read.fingerprint256.replaceAll(':', '').toLowerCase());
  });

  it('is vouched for to edges', async () => {
    const issued = await issue();
    const answer = await verify(issued.chain);
    expect(answer).toEqual({
      certificate: issued.certificate,
      verdict: { kind: 'trusted', principal: orders, validUntilMs: issued.certificate.notAfterMs + 60_000 },
      recheckAtMs: expect.any(Number),
    });
    expect(answer.recheckAtMs).toBeLessThanOrEqual(Date.now() + 300_000);
    expect((await verify(issued.chain.slice(0, 1))).verdict).toMatchObject({ reason: 'unknown_authority' });
  });

  it('has DNS names only where the operator named them, and lives no longer than he said', async () => {
    const issued = await issue(
      { spiffeId: `spiffe://${trustDomain}/ci/deploy`, dnsNames: ['ci.mesh.test'], certificateTtl: '1h' },
      { ttl: '48h' },
    );
    const read = new X509Certificate(der(issued.chain[0] ?? ''));
    expect(read.subjectAltName).toBe(`URI:spiffe://${trustDomain}/ci/deploy, DNS:ci.mesh.test`);
    expect(issued.certificate.notAfterMs - Date.now()).toBeLessThanOrEqual(3_600_000);
  });

  it('lives a week at most', async () => {
    const { certificate } = await issue(undefined, { ttl: '10000h' });
    expect(certificate.notAfterMs - Date.now()).toBeLessThanOrEqual(7 * 86_400_000);
    expect(certificate.notAfterMs - Date.now()).toBeGreaterThan(6 * 86_400_000);
  });

  it('is given once, whoever comes first', async () => {
    const token = await joinToken();
    const replies = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const { csr } = await makeRequester();
        return http('POST', '/v1/svid/x509', { csr, proof: { kind: 'join-token', token } });
      }),
    );
    expect(replies.map(({ status }) => status).sort()).toEqual([200, ...Array.from({ length: 7 }, () => 401)]);
  });

  it('is given for the keys that the list allows', async () => {
    for (const algorithm of [{ name: 'Ed25519' }, { name: 'ECDSA', namedCurve: 'P-384' }]) {
      const { csr } = await makeRequester(algorithm);
      const proof = { kind: 'join-token', token: await joinToken() };
      const { status, body } = await http<IssuedCertificate>('POST', '/v1/svid/x509', { csr, proof });
      expect(status).toBe(200);
      expect((await verify(body.chain)).verdict.kind).toBe('trusted');
    }
  });

  it('a request that cannot be read does not use the token up', async () => {
    const proof = { kind: 'join-token', token: await joinToken() };
    const { csr } = await makeRequester();
    const broken = der(csr);
    broken[broken.length - 1] = (broken[broken.length - 1] as number) ^ 1;
    const refused = await http('POST', '/v1/svid/x509', { csr: broken.toString('base64'), proof });
    expect(refused).toMatchObject({ status: 400, body: { error: { code: 'bad_csr' } } });
    expect((await http('POST', '/v1/svid/x509', { csr, proof })).status).toBe(200);
  });

  it('is a JWT-SVID where a token is asked for', async () => {
    const proof = { kind: 'join-token', token: await joinToken() };
    const { body } = await http<Issued>('POST', '/v1/svid/jwt', { audience: 'https://pay.test', proof });
    const { body: jwks } = await http<JSONWebKeySet>('GET', '/.well-known/jwks.json');
    const { payload } = await jwtVerify(body.token, createLocalJWKSet(jwks), { audience: 'https://pay.test' });
    expect(payload).toMatchObject({ sub: orders, iss: `spiffe://${trustDomain}` });
  });
});

describe('an SVID that is there proves itself', () => {
  it('a certificate is renewed by its key, with the names that it has', async () => {
    const first = await issue({ service: 'orders', dnsNames: ['orders.mesh.test'] });
    const next = await makeRequester();
    const jws = await holderJws(first.keys.privateKey, digestOf(next.csr));
    const proof = { kind: 'x509-svid', chain: first.chain, jws };
    const { status, body } = await http<IssuedCertificate>('POST', '/v1/svid/x509', { csr: next.csr, proof });
    expect(status).toBe(200);
    expect(body.certificate).toMatchObject({ uris: [orders], dnsNames: ['orders.mesh.test'] });
    expect(body.certificate.serial).not.toBe(first.certificate.serial);
    const [leaf = '', ...above] = first.chain;
    for (const shown of [leaf, twinOf(der(leaf)).toString('base64')]) {
      const again = { ...proof, chain: [shown, ...above] };
      expect(await http('POST', '/v1/svid/x509', { csr: next.csr, proof: again })).toMatchObject({
        status: 401,
        body: { error: { code: 'proof_failed' } },
      });
    }
  });

  it('what lives short by the word of an operator does so after it is renewed, and proves nothing by a token', async () => {
    const first = await issue({ service: 'orders', certificateTtl: '10m' });
    const next = await makeRequester();
    const proofOver = async (digest: string) => {
      return { kind: 'x509-svid', chain: first.chain, jws: await holderJws(first.keys.privateKey, digest) };
    };
    const wish = { csr: next.csr, ttl: '48h', proof: await proofOver(digestOf(next.csr)) };
    const { body } = await http<IssuedCertificate>('POST', '/v1/svid/x509', wish);
    expect(body.certificate.notAfterMs).toBeLessThanOrEqual(Date.now() + 600_000);
    const own = { audience, proof: await proofOver(createHash('sha256').update(audience).digest('base64url')) };
    expect(await http('POST', '/v1/svid/jwt', own)).toMatchObject({
      status: 400,
      body: { error: { code: 'bad_audience' } },
    });
    const elsewhere = 'https://pay.test';
    const other = {
      audience: elsewhere,
      proof: await proofOver(createHash('sha256').update(elsewhere).digest('base64url')),
    };
    expect((await http('POST', '/v1/svid/jwt', other)).status).toBe(200);
  });

  it('a token with the audience of identity serves once', async () => {
    const { token } = (await ask(mf, 'ORDERS', 'issue', { audience })).value as Issued;
    const { csr } = await makeRequester();
    const proof = { kind: 'jwt-svid', token };
    const { status, body } = await http<IssuedCertificate>('POST', '/v1/svid/x509', { csr, proof });
    expect({ status, id: body.spiffeId }).toEqual({ status: 200, id: orders });
    expect((await http('POST', '/v1/svid/x509', { csr, proof })).status).toBe(401);
  });

  const spoiled: [name: string, claims: Record<string, unknown>, header?: Record<string, unknown>][] = [
    ['for another audience', { aud: 'https://elsewhere.test' }],
    ['over another request', { digest: 'x'.repeat(43) }],
    ['without jti', { jti: undefined }],
    ['with a short jti', { jti: 'abc' }],
    ['too old', { iat: Math.floor(Date.now() / 1000) - 301 }],
    ['from the future', { iat: Math.floor(Date.now() / 1000) + 120 }],
    ['without iat', { iat: undefined }],
    ['with critical parameters', {}, { crit: ['b64'], b64: true }],
  ];
  for (const [name, claims, header] of spoiled) {
    it(`a proof ${name} does not hold`, async () => {
      const first = await issue();
      const next = await makeRequester();
      const jws = await holderJws(first.keys.privateKey, digestOf(next.csr), claims, header);
      const proof = { kind: 'x509-svid', chain: first.chain, jws };
      expect((await http('POST', '/v1/svid/x509', { csr: next.csr, proof })).status).toBe(401);
    });
  }

  it('the key of somebody else proves nothing', async () => {
    const first = await issue();
    const next = await makeRequester();
    const jws = await holderJws(next.keys.privateKey, digestOf(next.csr));
    const proof = { kind: 'x509-svid', chain: first.chain, jws };
    expect((await http('POST', '/v1/svid/x509', { csr: next.csr, proof })).status).toBe(401);
  });
});

describe('a proof that does not hold', () => {
  const rows: [name: string, proof: () => Promise<unknown>][] = [
    ['an unknown join token', async () => ({ kind: 'join-token', token: `sjt_${'a'.repeat(43)}` })],
    ['a text that is no join token', async () => ({ kind: 'join-token', token: operatorToken })],
    [
      'the token of a service for another audience',
      async () => ({
        kind: 'jwt-svid',
        token: ((await ask(mf, 'ORDERS', 'issue', { audience: 'x' })).value as Issued).token,
      }),
    ],
    [
      'the token of another trust domain',
      async () => ({
        kind: 'jwt-svid',
        token: ((await ask(mf, 'PARTNER', 'issue', { audience })).value as Issued).token,
      }),
    ],
    ['a text that is no token', async () => ({ kind: 'jwt-svid', token: 'a.b.c' })],
    [
      'a token of an issuer without a rule',
      async () => ({
        kind: 'platform-jwt',
        token: ((await ask(mf, 'ORDERS', 'issue', { audience })).value as Issued).token,
      }),
    ],
    ['a chain of nothing', async () => ({ kind: 'x509-svid', chain: [], jws: 'a.b.c' })],
  ];
  for (const [name, proof] of rows) {
    it(`${name}: the caller learns only that, the audit log says why`, async () => {
      const { csr } = await makeRequester();
      const { status, body } = await http('POST', '/v1/svid/x509', { csr, proof: await proof() });
      expect({ status, body }).toEqual({
        status: 401,
        body: { error: { code: 'proof_failed', message: expect.stringContaining('does not hold') } },
      });
      const { entries } = (
        await operate<{ entries: { outcome: string; detail: string }[] }>('GET', '/v1/audit?limit=1')
      ).body;
      expect(entries[0]).toMatchObject({
        outcome: 'refused',
        action: 'issue-x509',
        detail: expect.stringMatching(/\w+ \w+/),
      });
    });
  }

  it('is refused unread after ten from one address, and others go on', async () => {
    const { csr } = await makeRequester();
    const wrong = { csr, proof: { kind: 'join-token', token: `sjt_${'b'.repeat(43)}` } };
    const from = { 'cf-connecting-ip': '2001:db8:1:2::1' };
    // At the same time: none is given back before the last is charged.
    const answers = await Promise.all(Array.from({ length: 12 }, () => http('POST', '/v1/svid/x509', wrong, from)));
    expect(answers.map(({ status }) => status).sort()).toEqual([...Array.from({ length: 10 }, () => 401), 429, 429]);
    const neighbour = { 'cf-connecting-ip': '2001:db8:1:2:ffff::9' };
    const token = await joinToken();
    const good = { csr, proof: { kind: 'join-token', token } };
    expect((await http('POST', '/v1/svid/x509', good, neighbour)).status).toBe(429);
    expect((await http('POST', '/v1/svid/x509', good)).status).toBe(200);
  });
});

it('a request that is malformed counts as one that did not hold, and is no more looked at then', async () => {
  const from = { 'cf-connecting-ip': '198.51.100.7' };
  const broken = { csr: 'x', proof: { kind: 'join-token', token: 'x' } };
  const answers = await Promise.all(Array.from({ length: 11 }, () => http('POST', '/v1/svid/x509', broken, from)));
  expect(answers.map(({ status }) => status).sort()).toEqual([...Array.from({ length: 10 }, () => 400), 429]);
});

describe('a malformed question', () => {
  const rows: [code: string, path: string, body: unknown][] = [
    ['bad_request', '/v1/svid/x509', {}],
    ['bad_request', '/v1/svid/x509', { csr: 'x', proof: { kind: 'word' } }],
    ['bad_request', '/v1/svid/x509', { csr: 'x', proof: { kind: 'join-token', token: 7 } }],
    ['bad_request', '/v1/svid/x509', { csr: 'x', proof: { kind: 'join-token', token: 'x'.repeat(9000) } }],
    ['bad_request', '/v1/svid/x509', { csr: 'x', ttl: 'soon', proof: { kind: 'join-token', token: 'x' } }],
    ['bad_csr', '/v1/svid/x509', { csr: 'x', proof: { kind: 'join-token', token: 'x' } }],
    ['bad_audience', '/v1/svid/jwt', { proof: { kind: 'join-token', token: 'x' } }],
  ];
  for (const [expected, path, body] of rows) {
    it(`${path} answers ${expected} to ${JSON.stringify(body).slice(0, 60)}`, async () => {
      expect(await http('POST', path, body)).toMatchObject({ status: 400, body: { error: { code: expected } } });
    });
  }

  it('a body that is too long, no JSON or nested too deep is refused', async () => {
    const init = { method: 'POST', body: JSON.stringify('x'.repeat(600_000)) };
    const long = await call(mf, { binding: 'DEFAULT', url: 'http://identity/v1/svid/x509', init });
    expect(JSON.parse(long.body ?? '')).toMatchObject({ error: { code: 'bad_request' } });
    const deep = `{"csr":${'['.repeat(10_000)}${']'.repeat(10_000)},"proof":{"kind":"join-token","token":"x"}}`;
    for (const body of ['{', deep]) {
      const response = await mf.dispatchFetch('http://identity/v1/svid/x509', { method: 'POST', body } as never);
      expect(response.status).toBe(400);
    }
  });

  const questions: unknown[] = [
    undefined,
    {},
    { chain: [] },
    { chain: 'x' },
    { chain: ['!'] },
    { chain: ['AAAA'] },
    { chain: Array(9).fill('AAAA') },
    { chain: ['A'.repeat(22_000)] },
  ];
  for (const question of questions) {
    it(`an edge that asks ${JSON.stringify(question)?.slice(0, 40)} gets bad_certificate`, async () => {
      expect((await ask(mf, 'ORDERS', 'verifyCertificate', question)).value).toMatchObject({
        error: { code: 'bad_certificate' },
      });
    });
  }
});
