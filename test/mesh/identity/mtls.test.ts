/** Client certificates that our own bundles vouch for, over real TLS: `mtls: { trust: mesh }`. The identity Worker issues them. */
import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { IssuedCertificate } from '../../../src/identity/operators/operator.ts';
import { make, makeLeafOf, type Party, serverAuth, type Wish } from '../../identity/ca/certificates.ts';
import { makeKey, makeToken, type TestKey } from '../../identity/tokens/make-token.ts';
import { type Credentials, credentialsOf, valid } from '../../support/certificate-files.ts';
import { eventually } from '../../support/edge-mesh.ts';
import { type Answer, answerOf, makePartner, type Partner, startWorld, type World } from './mtls-world.ts';

const orders = 'spiffe://mesh.local/svc/orders';
const billing = 'spiffe://partner.test/billing';
const uri = (value: string) => ({ type: 'url' as const, value });
const hour = 3_600_000;
const fingerprintOf = ({ cert }: Credentials) =>
  new X509Certificate(cert).fingerprint256.replaceAll(':', '').toLowerCase();
/** What a client sends that has lost the intermediate. */
const leafOnly = ({ cert, key }: Credentials): Credentials => {
  return { cert: cert.slice(0, cert.indexOf('-----BEGIN', 1)), key };
};

let world: World;
let partner: Partner;
let issuerKey: TestKey;
let fakeRoot: Party;
let ordersIssued: IssuedCertificate;
let certificates: Record<string, Credentials>;

const accepted = (caller: string): Answer => expect.objectContaining({ status: 200, caller });
const refused = { status: 401, code: 'invalid_certificate' } as Answer;
const unauthenticated = { status: 401, code: 'unauthenticated' } as Answer;

beforeAll(async () => {
  partner = await makePartner(billing);
  const named = await partner.leaf({ name: 'CN=named' });
  const platformCa = await make({ name: 'CN=platform ca', ...valid() });
  const rules = [{ fingerprint: fingerprintOf(named), principal: 'by-fingerprint' }];
  issuerKey = await makeKey('idp');
  const jwt = [
    {
      issuer: 'https://idp.example',
      jwks: { keys: [{ ...issuerKey.jwk }] },
      outputClaimToHeaders: [{ header: 'x-user', claim: 'sub' }],
    },
  ];
  const services = {
    users: { mtls: { trust: 'mesh' }, jwt },
    open: { mtls: { trust: 'mesh', certificates: rules } },
    strict: { mtls: { trust: 'mesh' }, strict: true },
    platform: { mtls: { trust: 'platform' } },
  };
  // Verdicts are short-lived, so that a revocation is seen soon.
  const identityVars = { SCHEDULE: { verdictMaxAgeMs: 2_000 } };
  world = await startWorld(services, platformCa, { identityVars });
  await world.identity.post('/v1/federation', { trustDomain: 'partner.test', bundle: partner.bundle });
  const ordersCertificate = await world.identity.enroll('orders');
  ordersIssued = ordersCertificate.issued;
  const root = new X509Certificate(Buffer.from(ordersCertificate.issued.bundle[0] as string, 'base64'));
  // Its name is that of our root, word for word; its key is not.
  const name = root.subject.split('\n').join(', ');
  fakeRoot = await make({ name, ...valid() });
  const names = [uri(orders)];
  const lost = await world.identity.enroll('lost');
  const courier = await world.identity.enroll('courier');
  const leafBy = async (
    issuer: Parameters<typeof makeLeafOf>[0],
    wish: Wish,
    ...above: Parameters<typeof credentialsOf>
  ) => credentialsOf(await makeLeafOf(issuer, { ...valid(), ...wish }), ...above);
  certificates = {
    orders: ordersCertificate,
    'without intermediate': leafOnly(ordersCertificate),
    'revoked by us': lost,
    'revoked by the platform': courier,
    'self-signed': await credentialsOf(await make({ name: 'CN=me', names, ca: false, usage: 1, ...valid() })),
    'fake root': await leafBy(fakeRoot, { names }, fakeRoot),
    'of the platform': await leafBy(platformCa, { names }, platformCa),
    partner: await partner.leaf(),
    named,
    expired: await partner.leaf({ notBefore: Date.now() - 2 * hour, notAfter: Date.now() - hour }),
    'not yet valid': await partner.leaf({ notBefore: Date.now() + hour, notAfter: Date.now() + 2 * hour }),
    'for servers only': await partner.leaf({ extendedUsage: [serverAuth] }),
    'an authority': await partner.leaf({ ca: true, usage: 5 }),
    'no SPIFFE id': await partner.leaf({ names: [uri('https://partner.test/billing')] }),
    'two URIs': await partner.leaf({ names: [uri(billing), uri('https://partner.test/billing')] }),
    'no path': await partner.leaf({ names: [uri('spiffe://partner.test')] }),
    'our trust domain by a partner': await partner.leaf({ names }),
    'unknown trust domain': await partner.leaf({ names: [uri('spiffe://elsewhere.test/billing')] }),
  };
  await world.identity.post('/v1/revocations', { serial: lost.issued.certificate.serial, reason: 'the key was lost' });
  world.front.revoked.add(fingerprintOf(courier));
}, 60_000);

afterAll(() => world.stop());

describe('a certificate that our bundles vouch for', () => {
  it.each([
    ['one that the identity Worker issued says who calls', 'orders', accepted('orders')],
    ['so does one of a federated trust domain, under its own name', 'partner', accepted(billing)],
    ['a rule by fingerprint names the principal', 'named', accepted('by-fingerprint')],
    ['without its intermediate nothing leads to our root', 'without intermediate', refused],
    ['one that we have revoked is refused', 'revoked by us', refused],
    [
      'one that the platform has revoked is refused, though our bundle vouches for it',
      'revoked by the platform',
      refused,
    ],
    ['one with our SPIFFE id that is signed by itself is refused', 'self-signed', refused],
    ['a root that comes with the chain is no root, under whatever name', 'fake root', refused],
    ["one that only the platform's authority signed is refused", 'of the platform', refused],
    ['an expired one is refused', 'expired', refused],
    ['one that is not valid yet is refused', 'not yet valid', refused],
    ['one for servers only is refused (X509-SVID section 4.4)', 'for servers only', refused],
    ['one of an authority is nobody who calls', 'an authority', refused],
    ['one without a SPIFFE id is refused', 'no SPIFFE id', refused],
    ['one with two URIs is refused', 'two URIs', refused],
    ['the id of a trust domain is nobody who calls', 'no path', refused],
    ['a partner cannot speak for our trust domain', 'our trust domain by a partner', refused],
    ['a trust domain that we do not federate with is refused', 'unknown trust domain', refused],
  ])('%s', async (_rule, name, expected) => {
    expect(await world.ask('open', certificates[name])).toEqual(expected);
    expect(await world.askByNode('open', certificates[name])).toEqual(expected);
  });

  // Node's terminator gives up such connections now and then: here the platform's words are written by hand.
  it.each([
    ['a root that nobody knows behind a good chain changes nothing', {}, accepted('orders')],
    ['a chain that is too large counts as not sent', { certChainRFC9440: '', certChainRFC9440TooLarge: true }, refused],
    ['a fingerprint of another certificate is refused', { certFingerprintSHA256: 'ab'.repeat(32) }, refused],
    ['a certificate that is not handed over is refused', { certRFC9440: '', certRFC9440TooLarge: true }, refused],
    ['one that the platform has revoked is refused', { certRevoked: '1' }, refused],
  ])('%s', async (_rule, more, expected) => {
    const [leaf, ...above] = ordersIssued.chain;
    const chain = [...above, Buffer.from(fakeRoot.certificate.der).toString('base64')].map((der) => `:${der}:`);
    const tlsClientAuth = {
      ...{ certPresented: '1', certVerified: 'FAILED', certRevoked: '0', certFingerprintSHA256: '' },
      ...{ certRFC9440: `:${leaf}:`, certChainRFC9440: chain.join(', '), ...more },
    };
    const init = { cf: { tlsClientAuth } } as unknown as RequestInit;
    const answer = await world.mesh.askPublic('/', init, 'open.mtls.example');
    expect(answerOf({ status: answer.status, body: await answer.text() })).toEqual(expected);
  });

  it('is accepted whatever the platform says of it, and the platform says no', async () => {
    expect(await world.ask('open', certificates.orders)).toEqual(accepted('orders'));
    expect(world.front.last()?.certVerified).toMatch(/^FAILED/);
    expect(await world.ask('platform', certificates.orders)).toEqual(refused);
    expect(await world.ask('platform', certificates['of the platform'])).toEqual(accepted('orders'));
  });

  it('is not asked for: without one the caller is nobody, and strict access refuses him', async () => {
    expect(await world.ask('open')).toEqual({ status: 200, caller: '', clientCert: null });
    expect(await world.ask('strict')).toEqual(unauthenticated);
    expect(await world.ask('strict', certificates.orders)).toEqual(accepted('orders'));
    expect(await world.ask('strict', certificates.expired)).toEqual(refused);
  });

  it('is refused from the next verdict on when it is revoked, though it was accepted before', async () => {
    const turncoat = await world.identity.enroll('turncoat');
    expect(await world.ask('open', turncoat)).toEqual(accepted('turncoat'));
    await world.identity.post('/v1/revocations', { spiffeId: turncoat.issued.spiffeId, reason: 'left the company' });
    const after = await eventually(
      () => world.ask('open', turncoat),
      ({ status }) => status === 401,
    );
    expect(after).toEqual(refused);
  });

  it('is told to the callee', async () => {
    const hash = fingerprintOf(certificates.orders as Credentials);
    const told = `By=spiffe://mesh.local/svc/open;Hash=${hash};Subject="O=mesh.local";URI=${orders}`;
    expect((await world.ask('open', certificates.orders)).clientCert).toBe(told);
  });

  it('is refused with its reason in the trace alone', async () => {
    const reasons = async () => (await world.mesh.calls()).map(({ reason }) => reason);
    const words = ['revoked', 'unknown_authority', 'expired', 'not_yet_valid', 'bad_usage', 'no_spiffe_id'];
    const found = await eventually(reasons, (all) => words.every((word) => all.some((one) => one.startsWith(word))));
    for (const word of words) expect(found).toContainEqual(expect.stringMatching(new RegExp(`^${word}: `)));
  });
});

describe('while the identity Worker does not answer', () => {
  let slow: World;
  beforeAll(async () => {
    const platformCa = await make({ name: 'CN=platform ca', ...valid() });
    slow = await startWorld({ open: { mtls: { trust: 'mesh' } } }, platformCa, { slowDoors: true });
  }, 60_000);
  afterAll(() => slow.stop());

  it('a certificate that is known goes on counting, and one that is new refuses the call', async () => {
    const [known, unknown] = [await slow.identity.enroll('known'), await slow.identity.enroll('unknown')];
    expect(await slow.ask('open', known)).toEqual(accepted('known'));
    await slow.mesh.slow(60_000);
    expect(await slow.ask('open', known)).toEqual(accepted('known'));
    expect(await slow.ask('open', unknown)).toEqual({ status: 503, code: 'identity_unavailable' });
    expect(await slow.ask('open')).toEqual(accepted(''));
    await slow.mesh.slow(0);
    const after = await eventually(
      () => slow.ask('open', unknown),
      ({ status }) => status === 200,
    );
    expect(after).toEqual(accepted('unknown'));
  });
});

describe('a certificate beside a token', () => {
  it('has to agree with a JWT-SVID', async () => {
    const svidOf = async (service: string) => {
      const { token } = await world.identity.post<{ token: string }>('/v1/tokens', { service });
      const body = { audience: 'spiffe://mesh.local/svc/open', proof: { kind: 'join-token', token } };
      return (await world.identity.post<{ token: string }>('/v1/svid/jwt', body)).token;
    };
    const ask = async (service: string) =>
      world.ask('open', certificates.orders, { authorization: `Bearer ${await svidOf(service)}` });
    expect(await ask('orders')).toEqual(accepted('orders'));
    expect(await ask('storefront')).toEqual({ status: 401, code: 'invalid_token' });
  });

  it("says who calls, and an end user's token says for whom", async () => {
    const claims = { iss: 'https://idp.example', sub: 'ada', exp: Math.floor(Date.now() / 1000) + 600 };
    const headers = { authorization: `Bearer ${await makeToken(issuerKey, claims)}` };
    expect(await world.ask('users', certificates.orders, headers)).toMatchObject({ caller: 'orders', user: 'ada' });
    expect(await world.ask('users', certificates.expired, headers)).toEqual(refused);
  });
});
