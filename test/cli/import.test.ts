/** `selvedge import`, and `selvedge apply` with manifests, as people meet them. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startControl, token } from '../control/control-mesh.ts';
import { selvedgeInProcess as selvedge } from './in-process.ts';

const route = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: reviews }
spec:
  hosts: [reviews]
  http:
    - timeout: 2s
      route: [{ destination: { host: reviews } }]
`;
const text =
  'service: reviews\nversions:\n  reviews:\n    worker: reviews\nroutes:\n  - name: reviews\n    backends:\n      - version: reviews\n    timeouts:\n      request: 2s\n    retry:\n      attempts: 2\n';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'selvedge-import-'));
  await writeFile(join(folder, 'good.yaml'), route);
  await writeFile(join(folder, 'bad.yaml'), route.replace('timeout', 'timeuot'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('selvedge import', () => {
  it('prints documents', async () => {
    expect(await selvedge(['import', 'good.yaml'], folder)).toEqual({ code: 0, out: text, err: '' });
  });

  it('names the file, line and field of what it cannot carry over, and prints nothing', async () => {
    const { code, out, err } = await selvedge(['import', 'bad.yaml'], folder);
    expect([code, out]).toEqual([1, '']);
    expect(err).toContain('bad.yaml:7:7: error SV0005 unknown field "timeuot" (spec.http[0].timeuot; expected timeout');
  });

  it('leaves it as a comment when asked to', async () => {
    const { code, out } = await selvedge(['import', '--lenient', 'bad.yaml'], folder);
    expect(code).toBe(0);
    expect(out).toContain('  # not imported: bad.yaml:7 spec.http[0].timeuot: unknown field "timeuot"');
  });

  it('writes a file for each document, and none over what somebody changed', async () => {
    expect(await selvedge(['import', '--out', 'config', 'good.yaml'], folder)).toMatchObject({ code: 0 });
    const path = join(folder, 'config/reviews.yaml');
    expect(await readFile(path, 'utf8')).toBe(text);
    expect(await selvedge(['import', '--out', 'config', 'good.yaml'], folder)).toMatchObject({ code: 0 });
    await writeFile(path, `${text}# by hand\n`);
    const refused = await selvedge(['import', '--out', 'config', 'good.yaml'], folder);
    expect([refused.code, await readFile(path, 'utf8')]).toEqual([1, `${text}# by hand\n`]);
    expect(await selvedge(['import', '--force', '--out', 'config', 'good.yaml'], folder)).toMatchObject({ code: 0 });
    expect(await readFile(path, 'utf8')).toBe(text);
  });

  it('as JSON says all of it', async () => {
    const { out } = await selvedge(['import', '--json', '--worker', 'reviews=reviews-eu', 'good.yaml'], folder);
    expect(JSON.parse(out)).toMatchObject({
      documents: [{ key: 'service/reviews', value: { versions: { reviews: { worker: 'reviews-eu' } } }, comments: [] }],
      issues: [],
      names: { 'default/reviews': 'reviews' },
    });
  });

  it('takes policies of Istio, with the root namespace and the addresses of keys that it is told', async () => {
    const policies = `apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: all, namespace: root }
spec: { rules: [{ from: [{ source: { requestPrincipals: ["*"] } }] }] }
---
apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: { name: users, namespace: root }
spec: { jwtRules: [{ issuer: i, jwksUri: "http://keys.infra:8000/jwks?a=b" }] }
`;
    await writeFile(join(folder, 'policies.yaml'), policies);
    const told = ['--root-namespace', 'root', '--keys', 'http://keys.infra:8000=https://keys.example.com'];
    const { code, out } = await selvedge(['import', ...told, 'policies.yaml'], folder);
    expect([code, out]).toEqual([
      0,
      'defaults:\n  access:\n    rules:\n      - name: root.all.0\n        action: allow\n        from:\n          requestPrincipals:\n            - "*"\n  authentication:\n    jwt:\n      - issuer: i\n        jwksUri: https://keys.example.com/jwks?a=b\n',
    ]);
    expect((await selvedge(['import', 'policies.yaml'], folder)).code).toBe(1);
  });

  it.each([
    { name: 'no files', args: ['import'] },
    { name: 'a namespace without services', args: ['import', '--namespace', 'web', 'good.yaml'] },
  ])('$name is a wrong command line', async ({ args }) => {
    expect((await selvedge(args, folder)).code).toBe(2);
  });
});

describe('selvedge apply', () => {
  it('writes manifests beside documents of the same file', async () => {
    const mesh = await startControl();
    try {
      await writeFile(join(folder, 'mixed.yaml'), `${route}---\nservice: cart\nversions: { v1: { worker: cart } }\n`);
      const env = { SELVEDGE_CONTROL: mesh.url, SELVEDGE_TOKEN: token };
      const { code, out } = await selvedge(['apply', '-f', 'mixed.yaml', '--json'], folder, env);
      expect(code).toBe(0);
      const { results } = JSON.parse(out) as { results: { key: string; change: string }[] };
      expect(results.map(({ key, change }) => `${change} ${key}`).sort()).toEqual([
        'created service/cart',
        'created service/reviews',
      ]);
    } finally {
      await mesh.stop();
    }
  });

  it('refuses manifests that cannot be carried over before it asks any control', async () => {
    const { code, err } = await selvedge(['apply', '-f', 'bad.yaml', '--control', 'http://127.0.0.1:9'], folder);
    expect(code).toBe(1);
    expect(err).toContain('bad.yaml:7:7: error SV0005');
  });
});
