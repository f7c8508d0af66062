/** JWT-SVIDs of callers on the public door: of this mesh under each of its names, and of meshes that it federates with. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { IdentityAuthority, Refused, TrustBundle } from '../../../src/identity/authority.ts';
import { compileMesh, compileService } from '../../../src/model/compile/compile.ts';
import type { MeshDocument } from '../../../src/model/schema/mesh.ts';
import type { ServiceDocument } from '../../../src/model/schema/service.ts';
import type { Snapshot } from '../../../src/model/snapshot.ts';
import { edgeIdentities } from '../../../src/platform/identity/identity-client.ts';
import type { Identification, Identities } from '../../../src/proxy/deps.ts';
import { makeKey, makeToken, type TestKey } from './make-token.ts';

const now = 1_800_000_000_000;
const seconds = now / 1000;
let own: TestKey;
let partner: TestKey;
let stranger: TestKey;
let partnerEd: TestKey;
beforeAll(async () => {
  [own, partner, stranger, partnerEd] = (await Promise.all([
    makeKey('own'),
    makeKey('partner'),
    makeKey('stranger'),
    makeKey('partner-ed', 'EdDSA'),
  ])) as [TestKey, TestKey, TestKey, TestKey];
});

let clock: number;
let asked: (string | undefined)[];
let federated: Record<string, TestKey[]>;
let down: boolean;
let background: Promise<unknown>[];
let identities: Identities;

const authority: IdentityAuthority = {
  issue: () => Promise.reject(new Error('no token is asked for here')),
  verifyCertificate: () => Promise.reject(new Error('no certificate is asked about here')),
  jwks: async (trustDomain): Promise<TrustBundle | Refused> => {
    asked.push(trustDomain);
    if (down) throw new Error('down');
    const keys = trustDomain === undefined ? [own] : federated[trustDomain];
    if (keys === undefined) return { error: { code: 'unknown_trust_domain', message: 'unknown' } };
    return { keys: keys.map(({ jwk }) => jwk), maxAgeMs: 300_000 };
  },
};

beforeEach(() => {
  clock = now;
  asked = [];
  federated = { 'partner.test': [partner, partnerEd] };
  down = false;
  background = [];
  identities = edgeIdentities({
    authorityOf: () => authority,
    fetch: () => Promise.reject(new Error('no network in this test')),
    now: () => clock,
    allowLoopback: false,
  });
});

function snapshotOf(document: Partial<ServiceDocument> = {}, mesh: MeshDocument = {}): Snapshot {
  const service = { service: 'payment', versions: { v1: { worker: 'payment' } }, ...document };
  const settings = compileMesh({ trustDomain: 'mesh.test', ...mesh }, '');
  return compileService(service, settings, { revision: '', declared: [] });
}

async function whoIs(bearer: string, snapshot = snapshotOf()): Promise<Identification> {
  const lifetime = { waitUntil: (work: Promise<unknown>) => void background.push(work), end: () => {} };
  const request = new Request('http://pay.test/');
  return identities.identifyPublic({ bearer, request, host: 'pay.test', snapshot, lifetime });
}

const svid = (trustDomain: string, more: object = {}) => ({
  iss: `spiffe://${trustDomain}`,
  sub: `spiffe://${trustDomain}/svc/orders`,
  aud: 'spiffe://mesh.test/svc/payment',
  exp: seconds + 60,
  ...more,
});
const principal = (name: string) => expect.objectContaining({ kind: 'principal', principal: name });
const invalid = (detail: RegExp) => ({ kind: 'invalid', detail: expect.stringMatching(detail) });
const anonymous = { kind: 'anonymous' };

describe('a trust domain under another name', () => {
  const moved = () => snapshotOf({}, { trustDomainAliases: ['old.test', 'older.test'] });

  it.each<[string, ReturnType<typeof svid>]>([
    ['a caller of the old name', svid('old.test')],
    [
      'the audience in the old name',
      svid('mesh.test', { aud: 'spiffe://older.test/svc/payment', sub: 'spiffe://old.test/svc/orders' }),
    ],
    ['a subject of the old name by the new issuer', svid('mesh.test', { sub: 'spiffe://old.test/svc/orders' })],
  ])('%s is taken by our own keys', async (_rule, claims) => {
    const token = await makeToken(own, claims);
    expect(await whoIs(token, moved())).toEqual(principal('spiffe://old.test/svc/orders'));
    // Without the alias it is somebody else's name, with which this mesh has nothing to do.
    expect((await whoIs(token)).kind).not.toBe('principal');
  });

  it('is not spoken for by the keys of others', async () => {
    federated['old.test'] = [partner];
    expect(await whoIs(await makeToken(partner, svid('old.test')), moved())).toEqual(invalid(/no ES256 key/));
    expect(asked).toEqual([undefined]);
  });
});

describe('a trust domain that the mesh federates with', () => {
  it('speaks for its own workloads, of any path', async () => {
    const sub = 'spiffe://partner.test/ns/books/sa/reader';
    const token = await makeToken(partner, svid('partner.test', { sub }));
    expect(await whoIs(token)).toEqual(principal(sub));
    expect(await whoIs(token)).toEqual(principal(sub));
    expect(asked).toEqual(['partner.test']);
  });

  it.each<[string, () => Promise<string>, RegExp]>([
    [
      'for ours',
      () => makeToken(partner, svid('partner.test', { sub: 'spiffe://mesh.test/svc/orders' })),
      /no workload/,
    ],
    [
      'for a third one',
      () => makeToken(partner, svid('partner.test', { sub: 'spiffe://x.test/svc/orders' })),
      /no workload/,
    ],
    [
      'for itself as a whole',
      () => makeToken(partner, svid('partner.test', { sub: 'spiffe://partner.test' })),
      /no workload/,
    ],
    ['in our name', () => makeToken(partner, svid('mesh.test')), /no ES256 key/],
    ['by our keys', () => makeToken(own, svid('partner.test')), /no ES256 key/],
    [
      'by strange keys under its kid',
      () => makeToken({ ...stranger, kid: 'partner' }, svid('partner.test')),
      /signature/,
    ],
    [
      'to another service',
      () => makeToken(partner, svid('partner.test', { aud: 'spiffe://mesh.test/svc/stock' })),
      /aud/,
    ],
    ['without audience', () => makeToken(partner, svid('partner.test', { aud: undefined })), /aud/],
    ['without subject', () => makeToken(partner, svid('partner.test', { sub: undefined })), /no workload/],
    ['by an algorithm that SPIFFE does not allow', () => makeToken(partnerEd, svid('partner.test')), /algorithm/],
    [
      'later than half a minute after the end',
      () => makeToken(partner, svid('partner.test', { exp: seconds - 30 })),
      /expired/,
    ],
  ])('does not speak %s', async (_rule, token, detail) => {
    expect(await whoIs(await token())).toMatchObject(invalid(detail));
  });

  it('is one no more when identity knows it no more, whatever was remembered', async () => {
    const token = await makeToken(partner, svid('partner.test', { exp: seconds + 3600 }));
    expect((await whoIs(token)).kind).toBe('principal');
    federated = {};
    clock += 151_000;
    expect((await whoIs(token)).kind).toBe('principal');
    await Promise.all(background);
    expect(await whoIs(token)).toEqual(anonymous);
  });

  it('cannot be verified while identity is down, and then its tokens are refused', async () => {
    down = true;
    expect(await whoIs(await makeToken(partner, svid('partner.test')))).toEqual(invalid(/not available/));
  });
});

describe('a trust domain that nobody knows', () => {
  it("is the service's own business, and asked for once in half a minute", async () => {
    const token = await makeToken(stranger, svid('strange.test'));
    for (let time = 0; time < 5; time += 1) expect(await whoIs(token)).toEqual(anonymous);
    expect(asked).toEqual(['strange.test']);
    clock += 31_000;
    federated['strange.test'] = [stranger];
    expect((await whoIs(token)).kind).toBe('principal');
  });

  it('of many made up names the 65th and those after it are not asked for, and keys that are held stay', async () => {
    const good = await makeToken(partner, svid('partner.test'));
    expect((await whoIs(good)).kind).toBe('principal');
    for (let at = 0; at < 100; at += 1)
      expect(await whoIs(await makeToken(stranger, svid(`x${at}.test`)))).toEqual(anonymous);
    expect(asked).toHaveLength(65);
    expect((await whoIs(await makeToken(partner, svid('partner.test', { jti: '2' })))).kind).toBe('principal');
    clock += 31_000;
    expect(await whoIs(await makeToken(stranger, svid('y.test')))).toEqual(anonymous);
    expect(asked.at(-1)).toBe('y.test');
  });

  it('that a rule names is an issuer of end users, and of no caller', async () => {
    const rule = { issuer: 'spiffe://partner.test', jwksUri: 'https://partner.test/jwks' };
    const snapshot = snapshotOf({ authentication: { jwt: [rule] } });
    expect(await whoIs(await makeToken(partner, svid('partner.test')), snapshot)).toEqual(anonymous);
    expect(asked).toEqual([]);
  });
});

describe('a token of a service in the place of an end user', () => {
  it('proves nothing, and is refused', async () => {
    const rules = [{ issuer: 'https://idp.test', audiences: [], jwks: { keys: [{ ...own.jwk }] } }];
    const lifetime = { waitUntil: () => {}, end: () => {} };
    const token = await makeToken(own, svid('mesh.test'));
    // Also where the edge has verified it as a caller's before.
    expect((await whoIs(token)).kind).toBe('principal');
    expect(await identities.identifyUser({ token, rules, snapshot: snapshotOf(), lifetime })).toMatchObject({
      kind: 'invalid',
    });
  });
});
