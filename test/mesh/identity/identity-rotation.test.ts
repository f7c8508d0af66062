import type { Miniflare } from 'miniflare';
import { afterEach, beforeAll, expect, it } from 'vitest';
import type { CertificateSchedule } from '../../../src/identity/ca/schedule.ts';
import type { SpiffeBundle } from '../../../src/identity/ca/spiffe-bundle.ts';
import type { IssuedCertificate, JoinToken, KeyStates } from '../../../src/identity/operators/operator.ts';
import { opensslVerify } from '../../identity/ca/certificates.ts';
import { ask, type Code, operatorToken, readCode, startIdentity, trustDomain } from '../../identity/identity-worker.ts';
import { makeRequester } from '../../identity/proofs/requester.ts';

let code: Code;
let mf: Miniflare;

beforeAll(async () => {
  code = await readCode();
});
afterEach(() => mf.dispose());

async function send<Value>(method: string, path: string, body?: unknown): Promise<Value> {
  const headers = { authorization: `Bearer ${operatorToken}` };
  const init = { method, headers, body: body === undefined ? undefined : JSON.stringify(body) };
  return (await (await mf.dispatchFetch(`http://identity${path}`, init as never)).json()) as Value;
}

async function issue(): Promise<IssuedCertificate> {
  const { token } = await send<JoinToken>('POST', '/v1/tokens', { service: 'orders' });
  const { csr } = await makeRequester();
  return send('POST', '/v1/svid/x509', { csr, proof: { kind: 'join-token', token } });
}

const rootsOf = (bundle: SpiffeBundle) =>
  bundle.keys.flatMap(({ use, x5c }) => (use === 'x509-svid' && x5c ? [Buffer.from(x5c[0], 'base64')] : []));

it('an operator gets another intermediate at once, and another root when every copy of the bundle knows it', async () => {
  const schedule: Partial<CertificateSchedule> = { bundleMaxAgeMs: 1500, skewMs: 200 };
  mf = startIdentity(code, { token: operatorToken, schedule, bindings: { TRUST_DOMAIN: trustDomain } });
  const first = await issue();
  const oldBundle = await send<SpiffeBundle>('GET', '/v1/bundle');
  const before = await send<KeyStates>('GET', '/v1/keys');

  const rotated = await send<KeyStates>('POST', '/v1/rotate', { key: 'intermediate' });
  expect(rotated.intermediates.map(({ state }) => state).sort()).toEqual(['active', 'retired']);
  expect(rotated.roots).toEqual(before.roots);
  const second = await issue();
  expect(second.chain[1]).not.toBe(first.chain[1]);

  await send<KeyStates>('POST', '/v1/rotate', { key: 'root' });
  let roots = before.roots;
  while (roots.length < 3) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    roots = (await send<KeyStates>('GET', '/v1/keys')).roots;
  }
  const next = before.roots.find(({ state }) => state === 'next');
  expect(roots.find(({ state }) => state === 'active')?.kid).toBe(next?.kid);
  const third = await issue();
  const newBundle = await send<SpiffeBundle>('GET', '/v1/bundle');
  expect(newBundle.spiffe_sequence).toBeGreaterThan(oldBundle.spiffe_sequence);

  // Each leaf is vouched for by the bundle before and after, and by a judge of other make.
  for (const { chain } of [first, second, third]) {
    const answer = (await ask(mf, 'ORDERS', 'verifyCertificate', { chain })).value;
    expect(answer).toMatchObject({ verdict: { kind: 'trusted' } });
    const [leaf, intermediate] = chain.map((text) => Buffer.from(text, 'base64')) as [Buffer, Buffer];
    for (const bundle of [oldBundle, newBundle]) {
      const files = { leaf, untrusted: [intermediate], roots: rootsOf(bundle) };
      expect(await opensslVerify(files, Date.now(), true)).toBe('OK');
    }
  }
});

it('through rotations by schedule every leaf verifies to its end, by every bundle of permitted age', async () => {
  const schedule: Partial<CertificateSchedule> = {
    leafLifeMs: 4000,
    longestLeafMs: 4000,
    intermediateLifeMs: 8000,
    rootLifeMs: 60_000,
    rootRotationMs: 2000,
    bundleMaxAgeMs: 1000,
    skewMs: 100,
  };
  mf = startIdentity(code, { token: operatorToken, schedule, bindings: { TRUST_DOMAIN: trustDomain } });
  let leaves: IssuedCertificate[] = [];
  let bundles: { readonly at: number; readonly roots: Buffer[] }[] = [];
  const signers = new Set<string>();
  let verified = 0;
  const end = Date.now() + 8_000;
  while (Date.now() < end || ((signers.size < 4 || verified <= 3) && Date.now() < end + 60_000)) {
    // Ages are reckoned from before the question, so a copy is never older than they say.
    const at = Date.now();
    bundles.push({ at, roots: rootsOf(await send<SpiffeBundle>('GET', '/v1/bundle')) });
    const leaf = await issue();
    leaves.push(leaf);
    signers.add(leaf.chain[1] ?? '');
    leaves = leaves.filter(({ certificate }) => certificate.notAfterMs > Date.now() + 100);
    bundles = bundles.filter((held) => Date.now() - held.at <= 1000).slice(-2);
    for (const { chain, certificate } of leaves.slice(0, 2)) {
      for (const { roots, at: fetchedAt } of bundles) {
        const now = Date.now();
        if (now - fetchedAt > 1000 || now >= certificate.notAfterMs) continue;
        const [first, second] = chain.map((text) => Buffer.from(text, 'base64')) as [Buffer, Buffer];
        expect(await opensslVerify({ leaf: first, untrusted: [second], roots }, now, true)).toBe('OK');
        verified += 1;
      }
    }
  }
  expect(signers.size).toBeGreaterThanOrEqual(4);
  expect(verified).toBeGreaterThan(3);
});
