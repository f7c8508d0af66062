import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { MeshFailure } from '../../../src/core/errors/mesh-error.ts';
import type { CertificateAnswer, Refused } from '../../../src/identity/authority.ts';
import type { CertificateCache } from '../../../src/identity/certificates/certificate-cache.ts';
import type { TlsClientAuth } from '../../../src/identity/certificates/tls-client-auth.ts';
import { compileMtls } from '../../../src/model/compile/compile-mtls.ts';
import { certificateHolder } from '../../../src/platform/identity/client-certificates.ts';

const orders = 'spiffe://mesh.local/svc/orders';
const der = Buffer.from('not really DER, which only the identity Worker reads');
const fingerprint = createHash('sha256').update(der).digest('hex');
const shown: TlsClientAuth = {
  certPresented: '1',
  certVerified: 'NONE',
  certRevoked: '0',
  certFingerprintSHA256: fingerprint,
  certRFC9440: `:${der.toString('base64')}:`,
  certChainRFC9440: ':AAAA:',
};
const meshRule = compileMtls({ trust: 'mesh' }, 'mesh.local');

let clock: number;
let cache: CertificateCache;
let background: Promise<unknown>[];
let questions: (readonly string[])[];
let reply: () => Promise<CertificateAnswer | Refused>;

const answer = (more: Partial<CertificateAnswer> = {}): CertificateAnswer => ({
  certificate: {
    fingerprint,
    serial: '01',
    subject: 'CN=orders',
    issuer: 'CN=ca',
    uris: [orders],
    dnsNames: [],
    notBeforeMs: 0,
    notAfterMs: clock + 86_400_000,
  },
  verdict: { kind: 'trusted', principal: orders, validUntilMs: clock + 86_400_000 },
  recheckAtMs: clock + 60_000,
  ...more,
});

beforeEach(() => {
  vi.useRealTimers();
  clock = 1_000_000;
  cache = new Map();
  background = [];
  questions = [];
  reply = async () => answer();
});

const authority = {
  verifyCertificate: ({ chain }: { readonly chain: readonly string[] }) => {
    questions.push(chain);
    return reply();
  },
};

function ask(tls: TlsClientAuth | null = shown, rule = meshRule, asked: typeof authority | undefined = authority) {
  const lifetime = { waitUntil: (work: Promise<unknown>) => void background.push(work) };
  return certificateHolder(tls, rule, { cache, authority: asked, now: () => clock, lifetime });
}

/** The error with which the call ends, whether at once or later. */
async function failure(work: () => unknown): Promise<unknown> {
  try {
    await work();
    return 'no failure';
  } catch (error) {
    return error instanceof MeshFailure ? error.error : error;
  }
}

const holder = { principal: orders, certificate: { fingerprint, subject: 'CN=orders', uri: orders } };

describe('the holder of a client certificate', () => {
  it('is undefined where none was presented', () => {
    for (const tls of [null, {}, { certPresented: '' }, { certPresented: '0', certVerified: 'NONE' }])
      expect(ask(tls)).toBeUndefined();
    expect(questions).toEqual([]);
  });

  it('is asked for once, with the chain as it came, and then told without a promise', async () => {
    expect(await ask()).toMatchObject(holder);
    expect(ask()).toMatchObject(holder);
    expect(questions).toEqual([[der.toString('base64'), 'AAAA']]);
  });

  it('is asked for anew where the chain or the fingerprint of the platform is another', async () => {
    await ask();
    await ask({ ...shown, certChainRFC9440: '' });
    await ask({ ...shown, certFingerprintSHA256: '' });
    expect(questions).toHaveLength(3);
  });

  it.each(['ab'.repeat(32), fingerprint.slice(2), 'none'])(
    'is refused where the platform tells another fingerprint than that of the certificate: %s',
    async (certFingerprintSHA256) => {
      const other = { ...shown, certFingerprintSHA256 };
      expect(await failure(() => ask(other))).toMatchObject({ code: 'invalid_certificate' });
      expect(questions).toEqual([]);
    },
  );

  it('is looked for where the platform says anything but no of a certificate', async () => {
    const bare = { certPresented: 'true' };
    expect(await failure(() => ask(bare))).toMatchObject({ code: 'invalid_certificate' });
    expect(await ask({ ...shown, ...bare })).toMatchObject(holder);
  });

  it('is refused, also from what is held, with the reason for the record', async () => {
    reply = async () => answer({ verdict: { kind: 'untrusted', reason: 'unknown_authority', detail: 'no root' } });
    const refused = { code: 'invalid_certificate', detail: 'unknown_authority: no root' };
    expect(await failure(() => ask())).toEqual(refused);
    expect(() => ask()).toThrow(MeshFailure);
    expect(questions).toHaveLength(1);
  });

  it('is asked for in the background from half of the way to the recheck on, once', async () => {
    await ask();
    clock += 29_999;
    ask();
    expect(questions).toHaveLength(1);
    clock += 1;
    expect(ask()).toMatchObject(holder);
    expect(ask()).toMatchObject(holder);
    expect(questions).toHaveLength(2);
    await Promise.all(background);
    clock += 30_000;
    expect(ask()).toMatchObject(holder);
  });

  it('is waited for from the recheck on: a revocation counts from then at the latest', async () => {
    await ask();
    clock += 60_000;
    reply = async () => answer({ verdict: { kind: 'untrusted', reason: 'revoked', detail: 'key lost' } });
    expect(await failure(() => ask())).toMatchObject({ code: 'invalid_certificate' });
  });

  it('serves a second at least, whatever the clock of the identity Worker', async () => {
    reply = async () => answer({ recheckAtMs: clock - 60_000 });
    expect(await ask()).toMatchObject(holder);
    clock += 499;
    expect(ask()).toMatchObject(holder);
    expect(questions).toHaveLength(1);
  });

  it('keeps the answer to the youngest question', async () => {
    const arrivals: ((said: CertificateAnswer) => void)[] = [];
    reply = () => new Promise((resolve) => arrivals.push(resolve));
    const first = ask();
    await vi.waitFor(() => expect(arrivals).toHaveLength(1), 10_000);
    clock += 1;
    const second = ask();
    await vi.waitFor(() => expect(arrivals).toHaveLength(2), 10_000);
    const revoked = { kind: 'untrusted', reason: 'revoked', detail: 'x' } as const;
    arrivals[1]?.(answer({ verdict: revoked }));
    expect(await failure(() => second)).toMatchObject({ code: 'invalid_certificate' });
    arrivals[0]?.(answer());
    expect(await failure(() => first)).toMatchObject({ code: 'invalid_certificate' });
  });

  it('keeps an older answer while a younger question has none', async () => {
    const arrivals: ((said: CertificateAnswer) => void)[] = [];
    reply = () => new Promise((resolve) => arrivals.push(resolve));
    const first = ask();
    await vi.waitFor(() => expect(arrivals).toHaveLength(1), 10_000);
    clock += 1;
    void Promise.resolve(ask()).catch(() => undefined);
    await vi.waitFor(() => expect(arrivals).toHaveLength(2), 10_000);
    arrivals[0]?.(answer());
    expect(await first).toMatchObject(holder);
    arrivals[1]?.(answer());
  });
});

describe('a verdict that cannot be had', () => {
  const unavailable = expect.objectContaining({ code: 'identity_unavailable' });

  it('refuses the call, and the next second of calls without a question', async () => {
    reply = () => Promise.reject(new Error('down'));
    expect(await failure(() => ask())).toEqual({ code: 'identity_unavailable', detail: 'down' });
    clock += 999;
    expect(await failure(() => ask())).toEqual(unavailable);
    expect(questions).toHaveLength(1);
    clock += 1;
    reply = async () => answer();
    expect(await ask()).toMatchObject(holder);
  });

  it('leaves what is held in force until its recheck, and then refuses', async () => {
    await ask();
    reply = () => Promise.reject(new Error('down'));
    clock += 59_999;
    expect(ask()).toMatchObject(holder);
    await Promise.all(background);
    clock += 1;
    expect(await failure(() => ask())).toEqual(unavailable);
  });

  it('is a refusal of the identity Worker, its answer about another certificate, or no binding', async () => {
    const code = 'no_identity';
    reply = async () => ({ error: { code, message: 'no props' } });
    expect(await failure(() => ask())).toEqual({ code: 'identity_unavailable', detail: 'no_identity: no props' });
    clock += 1_000;
    const said = answer();
    reply = async () => ({ ...said, certificate: { ...said.certificate, fingerprint: 'cd'.repeat(32) } });
    expect(await failure(() => ask())).toEqual(unavailable);
    clock += 1_000;
    const lifetime = { waitUntil: () => undefined };
    const context = { cache: new Map(), authority: undefined, now: () => clock, lifetime };
    expect(await failure(() => certificateHolder(shown, meshRule, context))).toEqual(unavailable);
  });

  it('is waited for two seconds, and serves the next call when it comes late', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    let arrive: (said: CertificateAnswer) => void = () => undefined;
    reply = () => new Promise((resolve) => (arrive = resolve));
    const call = failure(() => ask());
    await vi.waitFor(() => expect(questions).toHaveLength(1));
    await vi.advanceTimersByTimeAsync(2_000);
    expect(await call).toEqual(unavailable);
    arrive(answer());
    await Promise.all(background);
    expect(ask()).toMatchObject(holder);
  });

  it('is none where the bytes are no certificate: that refuses the caller, for a minute without a question', async () => {
    const message = 'the first certificate cannot be read';
    reply = async () => ({ error: { code: 'bad_certificate', message } });
    expect(await failure(() => ask())).toEqual({ code: 'invalid_certificate', detail: message });
    clock += 29_999;
    expect(await failure(() => ask())).toMatchObject({ code: 'invalid_certificate' });
    expect(questions).toHaveLength(1);
    clock += 30_001;
    await failure(() => ask());
    expect(questions).toHaveLength(2);
  });
});

describe('with trust in the platform', () => {
  const platformRule = compileMtls({ certificates: [{ fingerprint, principal: 'partner' }] }, 'mesh.local');
  const verified = { ...shown, certVerified: 'SUCCESS' };

  it('a rule that fits asks nobody', async () => {
    expect(await ask(verified, platformRule)).toMatchObject({ principal: 'spiffe://mesh.local/svc/partner' });
    expect(ask(verified, platformRule)).toMatchObject({ certificate: { fingerprint, subject: '' } });
    expect(questions).toEqual([]);
  });

  it('a SPIFFE id is asked for once and for all, and both kinds of trust share what is known', async () => {
    const rule = compileMtls({}, 'mesh.local');
    const told = { principal: orders, certificate: { fingerprint, subject: '', uri: orders } };
    expect(await ask(verified, rule)).toMatchObject(told);
    expect(ask(verified, meshRule)).toMatchObject(holder);
    clock += 86_400_000;
    expect(ask(verified, rule)).toMatchObject({ principal: orders });
    expect(questions).toHaveLength(1);
  });
});
