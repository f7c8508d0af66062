import type { Miniflare } from 'miniflare';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { CertificateAnswer, Issued, TrustBundle } from '../../../src/identity/authority.ts';
import type { Revocation } from '../../../src/identity/ca/revocation.ts';
import type { SpiffeBundle } from '../../../src/identity/ca/spiffe-bundle.ts';
import type { AuditEntry } from '../../../src/identity/operators/audit-entry.ts';
import type {
  FederationState,
  IssuedCertificate,
  JoinToken,
  KeyStates,
} from '../../../src/identity/operators/operator.ts';
import { twinOf } from '../../identity/ca/twin.ts';
import { ask, type Code, operatorToken, readCode, startIdentity, trustDomain } from '../../identity/identity-worker.ts';
import { makeRequester } from '../../identity/proofs/requester.ts';
import { makeKey, makeToken } from '../../identity/tokens/make-token.ts';
import { type LocalServer, startServer } from '../../support/local-server.ts';

const orders = `spiffe://${trustDomain}/svc/orders`;
let code: Code;
let mf: Miniflare;

beforeAll(async () => {
  code = await readCode();
});

const start = () =>
  startIdentity(code, { token: operatorToken, bindings: { TRUST_DOMAIN: trustDomain, ALLOW_LOOPBACK: 'true' } });

let address = 1;

/** Each call comes from an address of its own, because failures are counted by address. */
async function send(method: string, path: string, body?: unknown, token: string | undefined = operatorToken) {
  const response = await mf.dispatchFetch(`http://identity${path}`, {
    method,
    body: body === undefined ? undefined : JSON.stringify(body),
    headers: {
      'cf-connecting-ip': `192.0.2.${address++ % 250}`,
      ...(token !== '' && { authorization: `Bearer ${token}` }),
    },
  } as never);
  return { status: response.status, body: (await response.json()) as unknown };
}

async function operate<Value>(method: string, path: string, body?: unknown): Promise<Value> {
  return (await send(method, path, body)).body as Value;
}

async function issueBy(proof: unknown): Promise<{ status: number; body: IssuedCertificate }> {
  const { csr } = await makeRequester();
  return (await send('POST', '/v1/svid/x509', { csr, proof }, '')) as { status: number; body: IssuedCertificate };
}

async function issue(service = 'orders'): Promise<IssuedCertificate> {
  const { token } = await operate<JoinToken>('POST', '/v1/tokens', { service });
  return (await issueBy({ kind: 'join-token', token })).body;
}

async function verdict(chain: readonly string[], binding = 'ORDERS') {
  return ((await ask(mf, binding, 'verifyCertificate', { chain })).value as CertificateAnswer).verdict;
}

const twin = (certificate: string) => twinOf(Buffer.from(certificate, 'base64')).toString('base64');

const audit = async (query = '') => (await operate<{ entries: AuditEntry[] }>('GET', `/v1/audit?${query}`)).entries;

describe('with an authority that all share', () => {
  beforeAll(async () => {
    mf = start();
    await mf.ready;
  });
  afterAll(() => mf.dispose());

  describe('the doors of operators', () => {
    const routes = [
      ['POST', '/v1/tokens'],
      ['GET', '/v1/attestation'],
      ['POST', '/v1/attestation'],
      ['DELETE', '/v1/attestation?id=x'],
      ['GET', '/v1/revocations'],
      ['POST', '/v1/revocations'],
      ['DELETE', '/v1/revocations?spiffeId=x'],
      ['POST', '/v1/rotate'],
      ['GET', '/v1/keys'],
      ['GET', '/v1/audit'],
      ['GET', '/v1/federation'],
      ['POST', '/v1/federation'],
      ['DELETE', '/v1/federation?trustDomain=x'],
    ] as const;
    for (const [method, path] of routes) {
      it(`${method} ${path} is shut for everybody else`, async () => {
        for (const token of ['', 'wrong', `${operatorToken}x`]) {
          const body = method === 'POST' ? {} : undefined;
          expect(await send(method, path, body, token)).toMatchObject({
            status: 401,
            body: { error: { code: 'unauthorized' } },
          });
        }
      });
    }

    it('open paths are about the own trust domain only', async () => {
      for (const [method, path] of [
        ['GET', '/v1/bundle'],
        ['GET', '/.well-known/jwks.json'],
        ['POST', '/v1/svid/x509'],
        ['POST', '/v1/svid/jwt'],
      ] as const) {
        const body = method === 'POST' ? {} : undefined;
        expect((await send(method, `${path}?trust-domain=evil.test`, body, '')).status, path).toBe(401);
        expect((await send(method, path, body, '')).status, path).toBe(method === 'GET' ? 200 : 400);
      }
    });
  });

  const malformed: [path: string, body: unknown][] = [
    ['/v1/tokens', {}],
    ['/v1/tokens', { service: 'a', spiffeId: orders }],
    ['/v1/tokens', { service: 'a/../b' }],
    ['/v1/tokens', { spiffeId: 'spiffe://evil.test/svc/orders' }],
    ['/v1/tokens', { spiffeId: `spiffe://${trustDomain}` }],
    ['/v1/tokens', { spiffeId: `spiffe://${trustDomain}/selvedge/identity` }],
    ['/v1/tokens', { service: 'a', ttl: '25h' }],
    ['/v1/tokens', { service: 'a', ttl: 600 }],
    ['/v1/tokens', { service: 'a', ttl: '0s' }],
    ['/v1/tokens', { service: 'a', dnsNames: ['*.mesh.test'] }],
    ['/v1/tokens', { service: 'a', dnsNames: 'a.test' }],
    ['/v1/tokens', { service: 'a', certificateTtl: 'long' }],
    ['/v1/attestation', { service: 'ci', issuer: 'https://ci.test', audience: 'x', claims: {} }],
    ['/v1/attestation', { service: 'ci', issuer: 'https://ci.test', audience: 'x', claims: { repo: '*' } }],
    ['/v1/attestation', { service: 'ci', issuer: 'https://ci.test', audience: 'x', claims: { repo: '*/*' } }],
    ['/v1/attestation', { service: 'ci', issuer: 'https://ci.test', audience: 'x', claims: { repo: 1 } }],
    ['/v1/attestation', { service: 'ci', issuer: 'https://ci.test', claims: { repo: 'a' } }],
    ['/v1/attestation', { service: 'ci', issuer: 'http://ci.test', audience: 'x', claims: { repo: 'a' } }],
    ['/v1/attestation', { service: 'ci', issuer: 'https://10.0.0.1', audience: 'x', claims: { repo: 'a' } }],
    [
      '/v1/attestation',
      {
        service: 'ci',
        issuer: 'https://ci.test',
        jwksUri: 'https://169.254.169.254/',
        audience: 'x',
        claims: { repo: 'a' },
      },
    ],
    ['/v1/revocations', {}],
    ['/v1/revocations', { serial: 'xyz' }],
    ['/v1/revocations', { serial: '01', spiffeId: orders }],
    ['/v1/revocations', { fingerprint: 'ab' }],
    ['/v1/revocations', { spiffeId: `spiffe://${trustDomain}` }],
    ['/v1/revocations', { serial: '01', reason: 'x'.repeat(301) }],
    ['/v1/rotate', { key: 'leaf' }],
    ['/v1/federation', { trustDomain }],
    ['/v1/federation', { trustDomain, bundle: {} }],
    ['/v1/federation', { trustDomain: 'other.test' }],
    ['/v1/federation', { trustDomain: 'other.test', bundle: {} }],
    ['/v1/federation', { trustDomain: 'other.test', bundle: { keys: [] } }],
    ['/v1/federation', { trustDomain: 'other.test', bundle: { keys: [{ use: 'x509-svid', x5c: ['AAAA'] }] } }],
    ['/v1/federation', { trustDomain: 'other.test', bundle: {}, bundleUrl: 'https://a.test' }],
    ['/v1/federation', { trustDomain: 'other.test', bundleUrl: 'https://192.168.1.1/' }],
    ['/v1/federation', { trustDomain: 'other.test', bundleUrl: 'http://a.test/' }],
  ];
  for (const [path, body] of malformed) {
    it(`POST ${path} refuses ${JSON.stringify(body).slice(0, 90)}`, async () => {
      expect(await send('POST', path, body)).toMatchObject({ status: 400, body: { error: { code: 'bad_request' } } });
    });
  }

  it('a revoked certificate is vouched for no more, and its holder cannot renew it', async () => {
    for (const by of ['serial', 'fingerprint'] as const) {
      const issued = await issue();
      expect((await verdict(issued.chain)).kind).toBe('trusted');
      const value = issued.certificate[by].toUpperCase().match(/../g)?.join(':');
      await operate('POST', '/v1/revocations', { [by]: value, reason: 'laptop lost' });
      const [leaf = '', ...above] = issued.chain;
      for (const shown of [leaf, twin(leaf)]) {
        expect(await verdict([shown, ...above])).toMatchObject({
          reason: 'revoked',
          detail: expect.stringContaining('laptop lost'),
        });
      }
      const { revocations } = await operate<{ revocations: { value: string; untilMs: number }[] }>(
        'GET',
        '/v1/revocations',
      );
      const listed = revocations.find((entry) => entry.value === issued.certificate[by]);
      expect(listed?.untilMs).toBe(issued.certificate.notAfterMs + 60_000);
      expect((await verdict((await issue()).chain)).kind).toBe('trusted');
    }
  });

  it('a revoked SPIFFE id loses what it has and gets nothing until that is lifted', async () => {
    const id = `spiffe://${trustDomain}/svc/lost`;
    const before = await issue('lost');
    const { token } = await operate<JoinToken>('POST', '/v1/tokens', { service: 'lost' });
    await operate('POST', '/v1/revocations', { spiffeId: id, reason: 'broken into' });
    expect(await verdict(before.chain)).toMatchObject({ reason: 'revoked' });
    expect(await issueBy({ kind: 'join-token', token })).toMatchObject({
      status: 403,
      body: { error: { code: 'identity_revoked' } },
    });
    expect(await operate('DELETE', `/v1/revocations?spiffeId=${encodeURIComponent(id)}`)).toEqual({ lifted: true });
    expect(await verdict(before.chain)).toMatchObject({ reason: 'revoked' });
    // What is issued in the second of the revocation counts as issued before it.
    await new Promise((resolve) => setTimeout(resolve, 1100));
    const after = await issue('lost');
    expect((await verdict(after.chain)).kind).toBe('trusted');
    expect(await operate('DELETE', `/v1/revocations?spiffeId=${encodeURIComponent(id)}`)).toEqual({ lifted: false });
  });

  it('an edge of a revoked SPIFFE id gets no token', async () => {
    await operate('POST', '/v1/revocations', { spiffeId: orders });
    expect((await ask(mf, 'ORDERS', 'issue', { audience: 'x' })).value).toMatchObject({
      error: { code: 'identity_revoked' },
    });
    await operate('DELETE', `/v1/revocations?spiffeId=${encodeURIComponent(orders)}`);
    expect((await ask(mf, 'ORDERS', 'issue', { audience: 'x' })).value).toHaveProperty('token');
  });

  it('the audit log knows who did what, by page and by id', async () => {
    const issued = await issue('audited');
    const id = `spiffe://${trustDomain}/svc/audited`;
    const entries = await audit(`spiffeId=${encodeURIComponent(id)}`);
    expect(entries.map(({ action, outcome }) => [action, outcome])).toEqual([
      ['issue-x509', 'done'],
      ['join-token', 'done'],
    ]);
    expect(entries[0]).toMatchObject({
      subject: issued.certificate.serial,
      expiresAtMs: issued.certificate.notAfterMs,
      actor: `join token ${entries[1]?.subject}`,
    });
    expect(entries[1]).toMatchObject({ actor: 'operator (token)' });
    expect(await audit(`spiffeId=${encodeURIComponent(id)}&before=${entries[0]?.id}`)).toEqual(entries.slice(1));
    expect(await audit(`since=${Date.now() + 60_000}`)).toEqual([]);
    await ask(mf, 'OPERATOR', 'createJoinToken', { service: 'audited' });
    expect((await audit('limit=1'))[0]).toMatchObject({ actor: 'operator control', action: 'join-token' });
    expect(await send('GET', '/v1/audit?limit=many')).toMatchObject({ status: 400 });
  });

  it('the entrypoint of operators does the same, for who has its props', async () => {
    expect((await ask(mf, 'OPERATOR', 'keys')).value).toEqual(await operate('GET', '/v1/keys'));
    for (const method of ['createJoinToken', 'revoke', 'federate', 'audit', 'keys', 'addAttestation']) {
      expect((await ask(mf, 'FALSE_OPERATOR', method, {})).value).toMatchObject({ error: { code: 'no_operator' } });
    }
  });

  it('the bundle is in the form of SPIFFE, and its sequence grows when its keys change', async () => {
    const bundle = await operate<SpiffeBundle>('GET', '/v1/bundle');
    expect(bundle.spiffe_refresh_hint).toBe(150);
    expect(bundle.keys.map(({ use }) => use).sort()).toEqual(['jwt-svid', 'jwt-svid', 'x509-svid', 'x509-svid']);
    for (const key of bundle.keys) {
      expect(Object.keys(key).sort()).toEqual(
        key.use === 'x509-svid'
          ? ['crv', 'kty', 'use', 'x', 'x5c', 'y']
          : ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'],
      );
    }
    expect(await operate('GET', '/v1/bundle')).toEqual(bundle);
    const next = (await operate<KeyStates>('GET', '/v1/keys')).keys.find(({ state }) => state === 'next');
    await operate('POST', '/v1/revocations', { key: next?.kid });
    const after = await operate<SpiffeBundle>('GET', '/v1/bundle');
    expect(after.spiffe_sequence).toBe(bundle.spiffe_sequence + 1);
  });

  describe('a token of a CI provider', () => {
    let server: LocalServer;
    let issuer: string;
    let sign: (claims: Record<string, unknown>, header?: Record<string, unknown>) => Promise<string>;
    let asked: string[] = [];

    beforeAll(async () => {
      const key = await makeKey('ci', 'RS256');
      server = await startServer((request, response) => {
        asked.push(request.url ?? '');
        if (request.url === '/.well-known/openid-configuration') {
          response.end(JSON.stringify({ issuer, jwks_uri: `${issuer}/keys` }));
        } else if (request.url === '/keys') response.end(JSON.stringify({ keys: [key.jwk] }));
        else if (request.url === '/slow') setTimeout(() => response.end(JSON.stringify({ keys: [key.jwk] })), 300);
        else response.writeHead(404).end();
      });
      issuer = server.url;
      const repository = { sub: 'repo:acme/shop', repository: 'acme/shop', ref: 'refs/heads/main' };
      sign = (claims, header) => {
        const iat = Math.floor(Date.now() / 1000);
        return makeToken(key, { iss: issuer, aud: 'mesh', ...repository, iat, exp: iat + 300, ...claims }, header);
      };
    });
    afterAll(() => server.stop());
    beforeEach(() => {
      asked = [];
    });

    it('becomes what the operator wrote, by discovery, once', async () => {
      const wish = {
        spiffeId: `spiffe://${trustDomain}/ci/shop`,
        issuer,
        audience: 'mesh',
        claims: { repository: 'acme/shop', ref: 'refs/heads/*' },
        dnsNames: ['ci.mesh.test'],
        ttl: '1h',
      };
      const { id } = await operate<{ id: string }>('POST', '/v1/attestation', wish);
      const token = await sign({});
      const { status, body } = await issueBy({ kind: 'platform-jwt', token });
      expect({ status, id: body.spiffeId, names: body.certificate.dnsNames }).toEqual({
        status: 200,
        id: wish.spiffeId,
        names: ['ci.mesh.test'],
      });
      expect(body.certificate.notAfterMs).toBeLessThanOrEqual(Date.now() + 3_600_000);
      expect(asked).toEqual(['/.well-known/openid-configuration', '/keys']);
      expect((await issueBy({ kind: 'platform-jwt', token })).status).toBe(401);
      expect((await audit('limit=1'))[0]?.detail).toContain('has been used');
      expect((await issueBy({ kind: 'platform-jwt', token: await sign({ jti: 'other' }) })).status).toBe(200);
      expect(asked).toHaveLength(2);

      const wrong: [words: string, token: string][] = [
        ['do not fit', await sign({ repository: 'evil/shop' })],
        ['do not fit', await sign({ ref: 'refs/tags/v1' })],
        ['do not fit', await sign({ repository: undefined })],
        ['"aud"', await sign({ aud: 'elsewhere' })],
        ['has expired', await sign({ exp: 1 })],
        ['has no RS256 key', await sign({}, { kid: 'unknown' })],
        ['no claim rule', await sign({ iss: `${issuer}/` })],
      ];
      for (const [words, bad] of wrong) {
        expect((await issueBy({ kind: 'platform-jwt', token: bad })).status, words).toBe(401);
        expect((await audit('limit=1'))[0]?.detail).toContain(words);
      }
      const { rules } = await operate<{ rules: { id: string }[] }>('GET', '/v1/attestation');
      expect(rules.map((rule) => rule.id)).toEqual([id]);
      expect(await operate('DELETE', `/v1/attestation?id=${id}`)).toEqual({ removed: true });
      expect((await issueBy({ kind: 'platform-jwt', token: await sign({ jti: 'late' }) })).status).toBe(401);
    });

    it('is looked at though many come at once from one address, while the issuer takes its time', async () => {
      const spiffeId = `spiffe://${trustDomain}/ci/matrix`;
      const rule = {
        spiffeId,
        issuer,
        jwksUri: `${issuer}/slow`,
        audience: 'matrix',
        claims: { repository: 'acme/shop' },
      };
      const { id } = await operate<{ id: string }>('POST', '/v1/attestation', rule);
      const jobs = Array.from({ length: 12 }, async (_, job) => {
        const [{ csr }, token] = await Promise.all([makeRequester(), sign({ aud: 'matrix', jti: `job ${job}` })]);
        const body = JSON.stringify({ csr, proof: { kind: 'platform-jwt', token } });
        const headers = { 'cf-connecting-ip': '198.51.100.99' };
        return (await mf.dispatchFetch('http://identity/v1/svid/x509', { method: 'POST', body, headers } as never))
          .status;
      });
      expect(await Promise.all(jobs)).toEqual(jobs.map(() => 200));
      await operate('DELETE', `/v1/attestation?id=${id}`);
    });
  });

  it('a federated trust domain is believed by its bundle, whose sequence only grows', async () => {
    const partner = '?trust-domain=partner.test';
    const { token } = await operate<JoinToken>('POST', `/v1/tokens${partner}`, { service: 'pay' });
    const { csr } = await makeRequester();
    const issued = await operate<IssuedCertificate>('POST', `/v1/svid/x509${partner}`, {
      csr,
      proof: { kind: 'join-token', token },
    });
    expect(await verdict(issued.chain)).toMatchObject({ reason: 'unknown_authority' });
    expect((await ask(mf, 'ORDERS', 'jwks', 'partner.test')).value).toMatchObject({
      error: { code: 'unknown_trust_domain' },
    });

    const bundle = await operate<SpiffeBundle>('GET', `/v1/bundle${partner}`);
    const state = await operate<FederationState>('POST', '/v1/federation', { trustDomain: 'partner.test', bundle });
    expect(state).toMatchObject({
      trustDomain: 'partner.test',
      roots: 2,
      jwtKeys: 2,
      sequence: bundle.spiffe_sequence,
    });
    expect(await verdict(issued.chain)).toMatchObject({ kind: 'trusted', principal: 'spiffe://partner.test/svc/pay' });
    const keys = (await ask(mf, 'ORDERS', 'jwks', 'partner.test')).value as TrustBundle;
    const own = (await ask(mf, 'PARTNER', 'jwks')).value as TrustBundle;
    expect(new Set(keys.keys.map(({ kid }) => kid))).toEqual(new Set(own.keys.map(({ kid }) => kid)));
    // Its roots vouch for its own names only.
    expect(await verdict((await issue()).chain, 'PARTNER')).toMatchObject({ reason: 'unknown_authority' });

    const withdrawn = { keys: [], spiffe_sequence: bundle.spiffe_sequence };
    await operate('POST', '/v1/federation', { trustDomain: 'partner.test', bundle: withdrawn });
    expect(await verdict(issued.chain)).toMatchObject({ reason: 'unknown_authority' });
    expect(((await ask(mf, 'ORDERS', 'jwks', 'partner.test')).value as TrustBundle).keys).toEqual([]);

    const older = { ...bundle, spiffe_sequence: bundle.spiffe_sequence - 1 };
    expect(await send('POST', '/v1/federation', { trustDomain: 'partner.test', bundle: older })).toMatchObject({
      status: 400,
    });
    expect(
      await send('POST', '/v1/federation', { trustDomain: 'partner.test', bundle: older, force: true }),
    ).toMatchObject({ status: 200 });
    const revoked = 'spiffe://partner.test/svc/pay';
    await operate('POST', '/v1/revocations', { spiffeId: revoked });
    expect(await verdict(issued.chain)).toMatchObject({ reason: 'revoked' });
    await operate('DELETE', `/v1/revocations?spiffeId=${encodeURIComponent(revoked)}`);
    expect(await verdict(issued.chain)).toMatchObject({ reason: 'revoked' });
    const { revocations } = await operate<{ revocations: Revocation[] }>('GET', '/v1/revocations');
    // How long its certificates live is for others to say.
    const kept = revocations.find(({ value }) => value === revoked)?.untilMs ?? 0;
    expect(kept).toBeGreaterThan(Date.now() + 3650 * 86_400_000);

    expect(await operate('DELETE', '/v1/federation?trustDomain=partner.test')).toEqual({ removed: true });
    expect(await verdict(issued.chain)).toMatchObject({ reason: 'unknown_authority' });
  });

  it('a bundle endpoint is asked by its address, and a bundle that is none is not taken', async () => {
    const bundle = JSON.stringify(await operate<SpiffeBundle>('GET', '/v1/bundle?trust-domain=partner.test'));
    let body = bundle;
    const server = await startServer((request, response) => {
      if (request.url === '/moved') response.writeHead(302, { location: '/bundle' }).end();
      else response.end(body);
    });
    const { url } = server;
    try {
      const wish = { trustDomain: 'partner.test', bundleUrl: `${url}/bundle` };
      expect(await send('POST', '/v1/federation', wish)).toMatchObject({
        status: 200,
        body: { bundleUrl: wish.bundleUrl },
      });
      for (const bad of ['{', '{}', `{"keys":[],"pad":"${'x'.repeat(600_000)}"}`]) {
        body = bad;
        expect((await send('POST', '/v1/federation', wish)).status).toBe(400);
      }
      body = bundle;
      expect((await send('POST', '/v1/federation', { ...wish, bundleUrl: `${url}/moved` })).status).toBe(400);
      const { federations } = await operate<{ federations: FederationState[] }>('GET', '/v1/federation');
      expect(federations).toEqual([expect.objectContaining({ bundleUrl: wish.bundleUrl, roots: 2 })]);
    } finally {
      await server.stop();
      await operate('DELETE', '/v1/federation?trustDomain=partner.test');
    }
  });
});

describe('revoked keys', () => {
  beforeEach(async () => {
    mf = start();
    await mf.ready;
    return () => mf.dispose();
  });

  it('a key of tokens leaves the JWKS at once, and the next one signs', async () => {
    const { token } = (await ask(mf, 'ORDERS', 'issue', { audience: 'x' })).value as Issued;
    const kid = JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid as string;
    expect(await operate('POST', '/v1/revocations', { key: kid })).toEqual({ revoked: kid });
    const kids = ((await ask(mf, 'ORDERS', 'jwks')).value as TrustBundle).keys.map((key) => key.kid);
    expect(kids).not.toContain(kid);
    expect(kids).toHaveLength(2);
    const after = (await ask(mf, 'ORDERS', 'issue', { audience: 'x' })).value as Issued;
    expect(kids).toContain(JSON.parse(Buffer.from(after.token.split('.')[0] ?? '', 'base64url').toString()).kid);
    expect(await send('POST', '/v1/revocations', { key: 'unknown' })).toMatchObject({ status: 404 });
  });

  it('an intermediate is replaced, and what it signed is believed no more', async () => {
    const before = await issue();
    const { intermediates } = await operate<KeyStates>('GET', '/v1/keys');
    await operate('POST', '/v1/revocations', { serial: intermediates[0]?.certificate.serial, reason: 'stolen' });
    const [leaf = '', intermediate = ''] = before.chain;
    for (const above of [intermediate, twin(intermediate)]) {
      expect(await verdict([leaf, above])).toMatchObject({ reason: 'revoked' });
    }
    const after = await issue();
    expect((await verdict(after.chain)).kind).toBe('trusted');
    expect(after.chain[1]).not.toBe(before.chain[1]);
  });

  it('a root leaves the bundle, and the next one takes over', async () => {
    const before = await issue();
    const active = (await operate<KeyStates>('GET', '/v1/keys')).roots.find(({ state }) => state === 'active');
    await operate('POST', '/v1/revocations', { key: active?.kid });
    expect((await verdict(before.chain)).kind).toBe('untrusted');
    const after = await issue();
    expect((await verdict(after.chain)).kind).toBe('trusted');
    expect(after.bundle).toHaveLength(2);
    expect((await operate<KeyStates>('GET', '/v1/keys')).roots.map(({ kid }) => kid)).not.toContain(active?.kid);
  });
});
