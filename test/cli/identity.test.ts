/** `selvedge identity` against the identity Worker on workerd. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import type { Miniflare } from 'miniflare';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { opensslVerify } from '../identity/ca/certificates.ts';
import { ask, operatorToken, readCode, startIdentity, trustDomain } from '../identity/identity-worker.ts';
import { audience } from '../identity/proofs/requester.ts';
import { selvedgeInProcess } from './in-process.ts';

const orders = `spiffe://${trustDomain}/svc/orders`;
let mf: Miniflare;
let url: string;
let folder: string;

beforeAll(async () => {
  mf = startIdentity(await readCode(), {
    token: operatorToken,
    bindings: { TRUST_DOMAIN: trustDomain, ALLOW_LOOPBACK: 'true' },
  });
  url = String(await mf.ready).replace(/\/$/, '');
  folder = await mkdtemp(join(tmpdir(), 'selvedge-identity-'));
});
afterAll(async () => {
  await mf.dispose();
  await rm(folder, { recursive: true, force: true });
});

/** As operator unless `env` says otherwise. */
function run(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const own = { SELVEDGE_IDENTITY: url, SELVEDGE_IDENTITY_TOKEN: operatorToken, SELVEDGE_JOIN_TOKEN: '', ...env };
  return selvedgeInProcess(['identity', ...args], folder, own);
}

/** As somebody who knows no operator's token. */
const stranger = { SELVEDGE_IDENTITY_TOKEN: '' };

async function json<Value>(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Value> {
  const { code, out, err } = await run([...args, '--json'], env);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return JSON.parse(out) as Value;
}

async function pemOf(path: string): Promise<Buffer[]> {
  const text = await readFile(join(folder, path), 'utf8');
  return (text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []).map(
    (pem) => new X509Certificate(pem).raw,
  );
}

describe('certificates', () => {
  it('an operator gets one for a service; the key is made here, for its owner only', async () => {
    const { code, out } = await run(['issue', 'x509', '--service', 'orders', '--out', 'first']);
    expect(code).toBe(0);
    expect(out).toContain(orders);
    expect((await stat(join(folder, 'first/svid-key.pem'))).mode & 0o777).toBe(0o600);
    const [leaf, intermediate] = (await pemOf('first/svid.pem')) as [Buffer, Buffer];
    const files = { leaf, untrusted: [intermediate], roots: await pemOf('first/bundle.pem') };
    expect(await opensslVerify(files, Date.now(), true)).toBe('OK');
    const key = createPrivateKey(await readFile(join(folder, 'first/svid-key.pem')));
    expect(new X509Certificate(leaf).checkPrivateKey(key)).toBe(true);
  });

  it('somebody with a join token gets it once', async () => {
    const made = await run([
      'token',
      'create',
      '--service',
      'orders',
      '--dns',
      'orders.mesh.test',
      '--dns',
      'o.mesh.test',
    ]);
    const token = made.out.trim();
    expect(token).toMatch(/^sjt_[\w-]{43}$/);
    expect(made.err).toContain(orders);
    const args = ['issue', 'x509', '--join-token', token, '--out', 'joined'];
    expect((await run(args, stranger)).code).toBe(0);
    const { certificates } = await json<{ certificates: { dnsNames: string[] }[] }>([
      'show',
      '--cert',
      'joined/svid.pem',
    ]);
    expect(certificates[0]?.dnsNames).toEqual(['orders.mesh.test', 'o.mesh.test']);
    const again = await run(args, stranger);
    expect(again).toMatchObject({ code: 1, err: expect.stringContaining('selvedge identity audit') });
  });

  it('a certificate and its key get the next one, and a token', async () => {
    const proof = ['--cert', 'first/svid.pem', '--key', 'first/svid-key.pem'];
    expect((await run(['issue', 'x509', ...proof, '--out', 'second'], stranger)).code).toBe(0);
    const { out } = await run(['issue', 'jwt', '--audience', 'https://pay.test', ...proof], stranger);
    expect(decodeJwt(out.trim())).toMatchObject({ sub: orders, aud: 'https://pay.test' });
  });

  it('a JWT-SVID for identity gets one', async () => {
    const { token } = (await ask(mf, 'ORDERS', 'issue', { audience })).value as { token: string };
    await writeFile(join(folder, 'svid.jwt'), `${token}\n`);
    const { code } = await run(['issue', 'x509', '--jwt', 'svid.jwt', '--out', 'third'], stranger);
    expect(code).toBe(0);
  });

  it('one is shown with all that it says', async () => {
    const { out } = await run(['show', '--cert', 'first/svid.pem']);
    expect(out).toContain(`subject      O=${trustDomain}`);
    expect(out).toMatch(/valid for (?:24|23) h more/);
  });

  it('a revoked one gets nothing, and a lifted id does', async () => {
    expect((await run(['revoke', '--cert', 'first/svid.pem', '--reason', 'laptop lost'])).code).toBe(0);
    const proof = ['--cert', 'first/svid.pem', '--key', 'first/svid-key.pem'];
    expect((await run(['issue', 'x509', ...proof, '--out', 'fourth'], stranger)).code).toBe(1);
    expect((await run(['audit', '--limit', '1'])).out).toContain('laptop lost');
    const id = `spiffe://${trustDomain}/svc/lost`;
    expect((await run(['revoke', '--spiffe', id])).code).toBe(0);
    const refused = await run(['issue', 'x509', '--service', 'lost', '--out', 'lost']);
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('selvedge identity lift') });
    expect((await run(['lift', id])).code).toBe(0);
    expect((await run(['lift', id])).code).toBe(1);
    expect((await run(['issue', 'x509', '--service', 'lost', '--out', 'lost'])).code).toBe(0);
  });
});

describe('keys', () => {
  it('are shown by state, to everybody else as the bundle', async () => {
    const { out } = await run(['show']);
    for (const words of ['jwt', 'root', 'intermediate', 'active', 'next']) expect(out).toContain(words);
    expect((await run(['show'], stranger)).out).toContain('sequence 1');
  });

  it('are rotated and revoked', async () => {
    const before = await json<{ intermediates: { kid: string }[] }>(['show']);
    const after = await json<{ intermediates: { kid: string; state: string }[] }>(['rotate', 'intermediate']);
    expect(after.intermediates.find(({ state }) => state === 'active')?.kid).not.toBe(before.intermediates[0]?.kid);
    const token = (await run(['issue', 'jwt', '--audience', 'x', '--service', 'orders'])).out.trim();
    const kid = decodeProtectedHeader(token).kid ?? '';
    expect((await run(['revoke', '--key', kid])).code).toBe(0);
    expect((await run(['show'])).out).not.toContain(kid);
  });
});

describe('operators', () => {
  it('federate by a file, list and undo it', async () => {
    const bundle = await json(['show', '--trust-domain', 'partner.test'], {});
    expect(bundle).toHaveProperty('roots');
    const response = await mf.dispatchFetch('http://identity/v1/bundle?trust-domain=partner.test', {
      headers: { authorization: `Bearer ${operatorToken}` },
    });
    await writeFile(join(folder, 'partner.json'), await response.text());
    expect((await run(['federate'])).out).toContain('No other trust domain');
    expect((await run(['federate', 'partner.test', '--bundle', 'partner.json'])).out).toContain('2 X.509 authorities');
    expect((await run(['federate'])).out).toContain('given by hand');
    expect((await run(['federate', 'partner.test', '--remove'])).code).toBe(0);
    expect((await run(['federate', 'partner.test', '--remove'])).code).toBe(1);
  });

  it('add, list and remove claim rules', async () => {
    const add = [
      'attest',
      'add',
      '--issuer',
      'https://ci.test',
      '--audience',
      'mesh',
      '--service',
      'deploy',
      '--claim',
      'repository=acme/shop',
      '--claim',
      'ref=refs/heads/*',
    ];
    const { id } = await json<{ id: string }>(add);
    // Begins with no dash, which would make it an option of `remove`.
    expect(id).toMatch(/^[0-9a-f]{16}$/);
    expect((await run(['attest', 'list'])).out).toContain('repository=acme/shop ref=refs/heads/*');
    expect((await run(['attest', 'remove', id])).code).toBe(0);
    expect((await run(['attest', 'remove', id])).code).toBe(1);
  });
});

describe('what is wrong is said with its remedy', () => {
  const rows: [name: string, args: string[], code: number, words: string, env?: Record<string, string>][] = [
    ['no proof', ['issue', 'x509', '--out', 'x'], 2, '--join-token', stranger],
    ['two proofs', ['issue', 'x509', '--out', 'x', '--join-token', 'a', '--jwt', 'b'], 2, 'one proof only'],
    ['a certificate without its key', ['issue', 'x509', '--out', 'x', '--cert', 'first/svid.pem'], 2, '--key'],
    ['a file that is not there', ['issue', 'x509', '--out', 'x', '--jwt', 'nothing'], 2, 'cannot be read'],
    ['a file without a certificate', ['show', '--cert', 'partner.json'], 2, 'no certificate in PEM'],
    ['a folder that cannot be', ['issue', 'x509', '--service', 'x', '--out', '/proc/x/y'], 2, 'cannot be written'],
    ['a federation without a name', ['federate', '--remove'], 2, 'name the trust domain'],
    ['nobody to make it for', ['token', 'create'], 2, '--service'],
    ['a stranger who wants to operate', ['audit'], 2, 'SELVEDGE_IDENTITY_TOKEN', stranger],
    ['a wrong token', ['audit'], 3, 'operator token', { SELVEDGE_IDENTITY_TOKEN: 'wrong' }],
    ['no identity', ['show'], 3, 'selvedge dev', { SELVEDGE_IDENTITY: '' }],
    ['an identity that is down', ['show'], 3, 'cannot reach identity', { SELVEDGE_IDENTITY: 'http://127.0.0.1:1' }],
    ['no key', ['rotate', 'leaf'], 2, 'jwt, intermediate, root'],
    ['nothing to revoke', ['revoke'], 2, '--serial'],
    ['an unknown key', ['revoke', '--key', 'x'], 1, 'selvedge identity show'],
    ['no claim', ['attest', 'add', '--issuer', 'https://a.test', '--audience', 'x', '--service', 'y'], 2, '--claim'],
    ['a duration that is none', ['audit', '--since', 'ever'], 2, '--since'],
    ['an option that is none', ['issue', 'jwt', '--audience', 'x', '--forever'], 2, '--forever'],
    ['a group without its command', ['issue'], 2, 'x509, jwt'],
    ['a command that is not there', ['mint'], 2, 'issue, token, show'],
  ];
  for (const [name, args, code, words, env] of rows) {
    it(name, async () => {
      const ended = await run(args, env);
      expect(ended).toMatchObject({ code, err: expect.stringContaining(words) });
    });
  }

  it('the help of a command in a group is that of the command', async () => {
    const { out } = await run(['token', 'create', '--help']);
    expect(out).toContain('selvedge identity token create');
    expect(out).toContain('--certificate-ttl');
  });

  it('a running `selvedge dev` is found by its file', async () => {
    await mkdir(join(folder, '.selvedge'));
    const file = { control: 'http://127.0.0.1:1', identity: url, token: operatorToken, pid: process.pid };
    await writeFile(join(folder, '.selvedge/dev.json'), JSON.stringify(file));
    const { code } = await run(['audit'], { SELVEDGE_IDENTITY: '', SELVEDGE_IDENTITY_TOKEN: '' });
    expect(code).toBe(0);
  });
});
