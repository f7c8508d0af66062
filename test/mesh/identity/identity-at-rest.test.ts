import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeProtectedHeader, exportJWK, generateKeyPair } from 'jose';
import type { Miniflare } from 'miniflare';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { CertificateAnswer, Issued, TrustBundle } from '../../../src/identity/authority.ts';
import type { IssuedCertificate, JoinToken, KeyStates } from '../../../src/identity/operators/operator.ts';
import { everything, keepOnly, sql } from '../../identity/database.ts';
import {
  ask,
  type Code,
  readCode,
  type StartOptions,
  startIdentity,
  trustDomain,
} from '../../identity/identity-worker.ts';
import { makeRequester } from '../../identity/proofs/requester.ts';
import { encryptionKey } from '../../support/encryption-key.ts';

const otherKey = Buffer.from(Array.from({ length: 32 }, (_, at) => (at * 11 + 5) % 256)).toString('base64');
let code: Code;
let persist: string;
let mf: Miniflare | undefined;

beforeAll(async () => {
  code = await readCode();
});
beforeEach(async () => {
  persist = await mkdtemp(join(tmpdir(), 'identity-rest-'));
});
afterEach(async () => {
  await mf?.dispose();
  mf = undefined;
  await rm(persist, { recursive: true, force: true });
});

/** Ends the process that runs and starts another on the same state. */
async function restart(bindings: StartOptions['bindings'] = {}): Promise<Miniflare> {
  await mf?.dispose();
  mf = startIdentity(code, { persist, bindings: { TRUST_DOMAIN: trustDomain, ...bindings } });
  await mf.ready;
  return mf;
}

async function issueCertificate(running: Miniflare): Promise<IssuedCertificate> {
  const { token } = (await ask(running, 'OPERATOR', 'createJoinToken', { service: 'orders' })).value as JoinToken;
  const { csr } = await makeRequester();
  const init = { method: 'POST', body: JSON.stringify({ csr, proof: { kind: 'join-token', token } }) };
  const worker = (await running.getWorker('caller')) as unknown as { fetch: typeof fetch };
  const url = 'http://identity/v1/svid/x509';
  const said = await worker.fetch('http://caller/', {
    method: 'POST',
    body: JSON.stringify({ binding: 'DEFAULT', url, init }),
  });
  return JSON.parse(((await said.json()) as { body: string }).body) as IssuedCertificate;
}

const issueToken = async (running: Miniflare) => (await ask(running, 'ORDERS', 'issue', { audience: 'x' })).value;
const keysOf = async (running: Miniflare) => (await ask(running, 'OPERATOR', 'keys')).value as KeyStates;

describe('private keys at rest', () => {
  it('are sealed, and nothing that opens a door lies beside them', async () => {
    const running = await restart();
    const issued = await issueCertificate(running);
    const { token } = (await issueToken(running)) as Issued;
    const joined = (await ask(running, 'OPERATOR', 'createJoinToken', { service: 'orders' })).value as JoinToken;
    await running.dispose();
    mf = undefined;
    const all = await everything(persist);
    expect(all).toContain(issued.certificate.serial);
    expect(all.match(/'v1\.[\w-]+\.[\w-]+\.[\w-]+'/g)?.length).toBe(5);
    for (const secret of ['PRIVATE', '"d"', joined.token, joined.token.slice(4), token, encryptionKey]) {
      expect(all.includes(secret), secret.slice(0, 12)).toBe(false);
    }
  });

  it('open again after a restart, and under a new secret that knows the one before', async () => {
    const first = await restart();
    const issued = await issueCertificate(first);
    const kid = decodeProtectedHeader(((await issueToken(first)) as Issued).token).kid;
    const keys = await keysOf(first);
    const second = await restart({ ENCRYPTION_KEY: otherKey, ENCRYPTION_KEY_PREVIOUS: encryptionKey });
    expect(await keysOf(second)).toEqual(keys);
    // What the previous secret sealed is sealed anew, so that it can be forgotten.
    const third = await restart({ ENCRYPTION_KEY: otherKey });
    expect(decodeProtectedHeader(((await issueToken(third)) as Issued).token).kid).toBe(kid);
    const renewed = await issueCertificate(third);
    expect(renewed.chain[1]).toBe(issued.chain[1]);
    const answer = (await ask(third, 'ORDERS', 'verifyCertificate', { chain: issued.chain }))
      .value as CertificateAnswer;
    expect(answer.verdict.kind).toBe('trusted');
  });

  it('that a lost secret sealed are refused with the remedy, and revoked ones make room for new ones', async () => {
    const first = await restart();
    const before = await keysOf(first);
    const second = await restart({ ENCRYPTION_KEY: otherKey });
    expect(await issueToken(second)).toMatchObject({
      error: { code: 'encryption_key_wrong', message: expect.stringContaining('ENCRYPTION_KEY_PREVIOUS') },
    });
    // Public keys are still there for verifiers.
    expect(((await ask(second, 'ORDERS', 'jwks')).value as TrustBundle).keys).toHaveLength(2);
    for (const { kid } of [...before.keys, ...before.roots, ...before.intermediates]) {
      await ask(second, 'OPERATOR', 'revoke', { key: kid });
    }
    expect(await issueToken(second)).toHaveProperty('token');
    expect((await issueCertificate(second)).chain).toHaveLength(2);
  });

  it('an alarm that starts the object, with no call, knows whose authority it is and opens its keys', async () => {
    const schedule = { rotationMs: 1500, tokenLifeMs: 2000, jwksMaxAgeMs: 100, skewMs: 0 };
    const run = async (work: (running: Miniflare) => Promise<unknown>) => {
      mf = startIdentity(code, { persist, schedule });
      await mf.ready;
      await work(mf);
      await mf.dispose();
      mf = undefined;
    };
    await run(issueToken);
    const active = async () => (await everything(persist)).match(/'jwt active'/g)?.length ?? 0;
    const before = await active();
    const pause = () => new Promise((resolve) => setTimeout(resolve, 2500));
    for (let tries = 0; tries < 6 && (await active()) === before; tries += 1) await run(pause);
    expect(await active()).toBeGreaterThan(before);
  });

  const weak: [name: string, secret: string | undefined, code: string][] = [
    ['is not set', undefined, 'encryption_key_not_set'],
    ['is empty', '', 'encryption_key_not_set'],
    ['is short', Buffer.from('0123456789abcdef0123456789abcde').toString('base64'), 'encryption_key_weak'],
    ['is no base64', 'this is a very long pass phrase, but no base64 at all!', 'encryption_key_weak'],
    ['is one byte over and over', Buffer.alloc(32, 7).toString('base64'), 'encryption_key_weak'],
  ];
  for (const [name, secret, expected] of weak) {
    it(`a secret that ${name} signs nothing`, async () => {
      const running = await restart({ ENCRYPTION_KEY: secret });
      const remedy = { error: { code: expected, message: expect.stringContaining('openssl rand -base64 32') } };
      expect(await issueToken(running)).toEqual(remedy);
      expect((await ask(running, 'ORDERS', 'jwks')).value).toEqual(remedy);
      expect((await ask(running, 'OPERATOR', 'rotate')).value).toEqual(remedy);
      expect((await ask(running, 'OPERATOR', 'audit', {})).value).toEqual({ entries: [] });
    });
  }

  it('plaintext of an earlier deployment is sealed when it is first touched, and another key signs soon', async () => {
    const running = await restart({ ENCRYPTION_KEY: undefined });
    await issueToken(running);
    await running.dispose();
    mf = undefined;
    await keepOnly(persist, 'signing_keys');
    const pair = await generateKeyPair('ES256', { extractable: true });
    const [publicJwk, privateJwk] = await Promise.all([exportJWK(pair.publicKey), exportJWK(pair.privateKey)]);
    const published = JSON.stringify({ ...publicJwk, kid: 'old', alg: 'ES256', use: 'sig' });
    const at = Date.now() + 3_600_000;
    await sql(
      persist,
      `INSERT INTO signing_keys VALUES ('old', 'active', ${at}, '${published}', '${JSON.stringify(privateJwk)}')`,
    );
    expect(await everything(persist)).toContain('"d"');

    const after = await restart();
    const { token } = (await issueToken(after)) as Issued;
    expect(decodeProtectedHeader(token).kid).toBe('old');
    expect((await keysOf(after)).keys.find(({ kid }) => kid === 'old')).toMatchObject({
      state: 'active',
      rotateAtMs: expect.any(Number),
    });
    const { keys } = await keysOf(after);
    expect(keys.find(({ state }) => state === 'active')).toHaveProperty('rotateAtMs');
    const active = keys.find((key) => key.state === 'active');
    expect(active?.state === 'active' && active.rotateAtMs).toBeLessThanOrEqual(Date.now());
    await after.dispose();
    mf = undefined;
    const all = await everything(persist);
    expect(all).not.toContain('"d"');
    expect(all).toContain(publicJwk.x);
  });
});
