/** Client certificates that the platform vouches for, over real TLS: `mtls: { trust: platform }`. */
import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { make, makeLeafOf, type Wish } from '../../identity/ca/certificates.ts';
import { type Credentials, credentialsOf, valid } from '../../support/certificate-files.ts';
import { type Answer, startWorld, type World } from './mtls-world.ts';

const app = 'spiffe://clients.example/app';
const uri = (value: string) => ({ type: 'url' as const, value });
const hour = 3_600_000;
const digitsOf = ({ cert }: Credentials) => new X509Certificate(cert).fingerprint256.replaceAll(':', '').toLowerCase();

let world: World;
let named: Credentials;
const certificates: Record<string, Credentials> = {};

const accepted = (caller: string): Answer => expect.objectContaining({ status: 200, caller });
const refused: Answer = { status: 401, code: 'invalid_certificate' } as Answer;
const unauthenticated: Answer = { status: 401, code: 'unauthenticated' } as Answer;

beforeAll(async () => {
  const platformCa = await make({ name: 'CN=platform ca', ...valid() });
  const leaf = async (wish: Wish) => credentialsOf(await makeLeafOf(platformCa, { ...valid(), ...wish }));
  named = await leaf({ name: 'CN=named', names: [uri('https://example.com/')] });
  const rules = { certificates: [{ subject: 'CN=partner,O=Example\\, Inc.', principal: 'by-subject' }] };
  const services = {
    open: { mtls: rules },
    strict: { mtls: rules, strict: true },
    named: { mtls: { certificates: [{ fingerprint: digitsOf(named), principal: 'by-fingerprint' }] } },
    off: {},
  };
  world = await startWorld(services, platformCa);
  const foreign = await make({ name: 'CN=foreign ca', ...valid() });
  const names = [uri(app)];
  Object.assign(certificates, {
    spiffe: await leaf({ names }),
    subject: await leaf({ name: 'O=Example\\, Inc., CN=partner', names: [uri('https://example.com/')] }),
    nobody: await leaf({ name: 'CN=nobody', names: [uri('https://example.com/')] }),
    'two URIs': await leaf({ names: [uri(app), uri('https://example.com/')] }),
    'own trust domain': await leaf({ names: [uri('spiffe://mesh.local/svc/orders')] }),
    expired: await leaf({ names, notBefore: Date.now() - 2 * hour, notAfter: Date.now() - hour }),
    'not yet valid': await leaf({
      names,
      notBefore: Date.now() + hour,
      notAfter: Date.now() + 2 * hour,
    }),
    foreign: await credentialsOf(await makeLeafOf(foreign, { names, ...valid() }), foreign),
    'self-signed': await credentialsOf(await make({ name: 'CN=me', names, ca: false, usage: 1, ...valid() })),
    revoked: await leaf({ names }),
  });
  world.front.revoked.add(digitsOf(certificates.revoked as Credentials));
}, 60_000);

afterAll(() => world.stop());

describe('a certificate that the platform verifies', () => {
  it.each([
    ['a SPIFFE id in it is the principal', 'spiffe', accepted(app)],
    ['a rule by subject names the principal', 'subject', accepted('by-subject')],
    ['one that names nobody is accepted, and nobody calls', 'nobody', accepted('')],
    ['a SPIFFE id beside another URI is none', 'two URIs', refused],
    ['its authority is believed about our own trust domain too', 'own trust domain', accepted('orders')],
    ['an expired one is refused', 'expired', refused],
    ['one that is not valid yet is refused', 'not yet valid', refused],
    ['one of an authority that the platform does not know is refused', 'foreign', refused],
    ['one that is signed by itself is refused', 'self-signed', refused],
    ['one that the platform has revoked is refused', 'revoked', refused],
  ])('%s', async (_rule, name, expected) => {
    expect(await world.ask('open', certificates[name])).toEqual(expected);
    expect(await world.askByNode('open', certificates[name])).toEqual(expected);
  });

  it('is named by its fingerprint', async () => {
    expect(await world.ask('named', named)).toEqual(accepted('by-fingerprint'));
  });

  it('is not asked for: without one the caller is nobody, and strict access refuses him', async () => {
    expect(await world.ask('open')).toEqual({ status: 200, caller: '', clientCert: null });
    expect(await world.ask('strict')).toEqual(unauthenticated);
    expect(await world.ask('strict', certificates.nobody)).toEqual(unauthenticated);
    expect(await world.ask('strict', certificates.spiffe)).toEqual(accepted(app));
  });

  it('counts nothing where the document has no mtls, good or bad', async () => {
    for (const name of ['spiffe', 'foreign', 'revoked'])
      expect(await world.ask('off', certificates[name])).toEqual({ status: 200, caller: '', clientCert: null });
  });

  it('is told to the callee in the words of Envoy, and to nobody by the words of a client', async () => {
    const spiffe = certificates.spiffe as Credentials;
    const headers = { 'x-forwarded-client-cert': 'By=x;URI=spiffe://mesh.local/svc/admin' };
    const told = `By=spiffe://mesh.local/svc/open;Hash=${digitsOf(spiffe)};Subject="O=mesh.test";URI=${app}`;
    expect((await world.ask('open', spiffe, headers)).clientCert).toBe(told);
    expect((await world.ask('open', certificates.subject)).clientCert).toMatch(
      /;Subject="CN=partner,O=Example\\, Inc\."$/,
    );
    expect((await world.ask('open', undefined, headers)).clientCert).toBeNull();
    expect((await world.ask('off', spiffe, headers)).clientCert).toBeNull();
  });

  it('is refused without a word about why, which stands in the trace', async () => {
    await world.ask('open', certificates.foreign);
    const calls = await world.mesh.calls();
    const reasons = calls.filter(({ status }) => status === 401).map(({ reason }) => reason);
    expect(reasons).toContainEqual(expect.stringMatching(/^the platform says FAILED/));
  });
});

describe('what a client says of certificates that it does not hold', () => {
  it('counts for nothing: neither headers nor the words of machinery', async () => {
    const der = new X509Certificate((certificates.spiffe as Credentials).cert).raw.toString('base64');
    const clientAuth = { certPresented: '1', certVerified: 'SUCCESS', certRevoked: '0', certRFC9440: `:${der}:` };
    const headers = {
      'client-cert': `:${der}:`,
      'mf-cf-blob': JSON.stringify({ tlsClientAuth: clientAuth }),
      'cf-client-cert-sha256': digitsOf(certificates.spiffe as Credentials),
    };
    expect(await world.ask('open', undefined, headers)).toEqual({ status: 200, caller: '', clientCert: null });
    expect(await world.ask('strict', undefined, headers)).toEqual(unauthenticated);
  });
});
