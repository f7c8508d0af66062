/** `selvedge diff` against a control on workerd: what it says is what the apply then does. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ControlMesh, startControl, token } from '../control/control-mesh.ts';
import { selvedgeInProcess } from './in-process.ts';
import { selvedge } from './spawn.ts';

const payment = `service: payment
versions:
  v1: { worker: payment }
  v2: { worker: payment-v2 }
routes:
  - name: default
    backends: [{ version: v1, weight: 90 }, { version: v2, weight: 10 }]
`;
const files: Readonly<Record<string, string>> = {
  'config/mesh.yaml': 'trustDomain: shop.example\n',
  'config/payment.yaml': payment,
  'next/payment.yaml': payment.replace('weight: 10', 'weight: 20'),
  'next/orders.yaml': 'service: orders\nversions: { v1: { worker: orders } }\n',
  'restyled/payment.json': `${JSON.stringify({
    routes: [
      {
        backends: [
          { weight: 90, version: 'v1' },
          { weight: 10, version: 'v2' },
        ],
        name: 'default',
      },
    ],
    versions: { v1: { worker: 'payment' }, v2: { worker: 'payment-v2' } },
    service: 'payment',
  })}\n`,
  'broken/payment.yaml': payment.replace('worker: payment }', 'wroker: payment }'),
  'twice/a.yaml': payment,
  'twice/b.yaml': payment,
};

const patch = `--- service/payment
+++ next/payment.yaml
@@ -10,4 +10,4 @@
       - version: v1
         weight: 90
       - version: v2
-        weight: 10
+        weight: 20
`;

let mesh: ControlMesh;
let folder: string;
const run = (...args: string[]) =>
  selvedgeInProcess(args, folder, { SELVEDGE_CONTROL: mesh.url, SELVEDGE_TOKEN: token });
const runJson = async (...args: string[]) => JSON.parse((await run(...args, '--json')).out);

beforeAll(async () => {
  mesh = await startControl();
  folder = await mkdtemp(join(tmpdir(), 'selvedge-diff-'));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}, 120_000);
afterAll(async () => {
  await mesh?.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('against the registry', () => {
  test('of documents that nobody has applied: what they hold, as a process says it too', async () => {
    const environment = { SELVEDGE_CONTROL: mesh.url, SELVEDGE_TOKEN: token };
    const ended = await selvedge(['diff', 'config'], folder, environment);
    expect(ended).toEqual(await run('diff', '-f', 'config'));
    expect(ended).toMatchObject({ code: 1, err: '' });
    expect(ended.out).toContain('would be created  service/payment  config/payment.yaml\n  versions v1, v2\n');
    expect(ended.out).toContain(
      '  route default to v1 90%, v2 10%\n--- /dev/null\n+++ config/payment.yaml\n@@ -0,0 +1,13 @@\n',
    );
    expect(await mesh.read('service/payment')).toBeNull();
  });

  test('0 and no patch where an apply would change nothing, however the files are written', async () => {
    expect((await run('apply', '-f', 'config')).code).toBe(0);
    const { code, out, err } = await run('diff', 'config');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toBe(`No differences: ${mesh.url} has all 2 documents as they are here.\n`);
    expect(await runJson('diff', 'restyled')).toMatchObject({
      equal: true,
      results: [{ key: 'service/payment', change: 'unchanged', words: [], patch: '' }],
    });
    expect(await run('diff', '--patch', 'config')).toEqual({ code: 0, out: '', err: '' });
  });

  test('1 where it would, in words and as a patch of what `get` prints', async () => {
    const { code, out } = await run('diff', 'next/payment.yaml');
    expect(code).toBe(1);
    expect(out).toBe(
      `would be updated  service/payment  next/payment.yaml
  route default: share of v1 90% -> 81.8% (weight stays 90)
  route default: weight of v2 10 -> 20 (share 10% -> 18.2%)
${patch}Only in ${mesh.url}, and left as they are by an apply: mesh
`,
    );
    const got = (await run('get', 'payment')).out.split('\n');
    expect(got.slice(9, 13)).toEqual(
      patch
        .split('\n')
        .slice(3, 7)
        .map((line) => line.slice(1)),
    );
  });

  test('--patch and --words give one of the two alone; --json both', async () => {
    expect(await run('diff', '--patch', 'next/payment.yaml')).toEqual({ code: 1, out: patch, err: '' });
    expect((await run('diff', '--words', 'next/payment.yaml')).out).not.toContain('@@');
    expect(await runJson('diff', 'next')).toEqual({
      equal: false,
      against: mesh.url,
      results: [
        {
          key: 'service/orders',
          file: 'next/orders.yaml',
          change: 'created',
          words: ['versions v1'],
          patch: expect.stringContaining('+service: orders'),
        },
        {
          key: 'service/payment',
          file: 'next/payment.yaml',
          change: 'updated',
          words: [
            'route default: share of v1 90% -> 81.8% (weight stays 90)',
            'route default: weight of v2 10 -> 20 (share 10% -> 18.2%)',
          ],
          patch: patch.trimEnd(),
        },
      ],
      left: ['mesh'],
    });
  });

  test('a value that somebody broke in KV is shown as it is stored', async () => {
    const stored = (await mesh.read('service/payment')) as string;
    await mesh.put('service/payment', '{ "service": "payment", \n');
    const { code, out } = await run('diff', 'config/payment.yaml');
    expect(code).toBe(1);
    expect(out).toContain('  replaces a value that was malformed\n');
    expect(out).toContain('\n-{ "service": "payment", \n+service: payment\n');
    await mesh.put('service/payment', stored);
  });

  test('what it says is what the apply does, and afterwards there is nothing more to say', async () => {
    const { results } = await runJson('diff', 'next');
    const applied = (await runJson('apply', '-f', 'next')).results as { key: string; change: string }[];
    expect(results.map(({ key, change }: { key: string; change: string }) => ({ key, change }))).toEqual(
      applied.map(({ key, change }) => ({ key, change })),
    );
    expect((await run('diff', 'next')).code).toBe(0);
  });
});

describe('against other files', () => {
  test('no control is asked', async () => {
    const { code, out, err } = await selvedgeInProcess(['diff', '--against', 'config', 'next', '--words'], folder);
    expect({ code, err }).toEqual({ code: 1, err: '' });
    expect(out).toContain('would be created  service/orders');
    expect(out).toContain('weight of v2 10 -> 20');
    expect(out).toContain('Only in config, and left as they are by an apply: mesh\n');
  });
});

describe('1 means differences and nothing else', () => {
  test.each([
    { name: 'malformed documents', args: ['broken'], code: 2, says: /^broken\/payment\.yaml:3:9: error SV0005 /m },
    {
      name: 'a service in two files',
      args: ['twice'],
      code: 2,
      says: /^twice\/b\.yaml:1:1: error SV\d+ a document for/m,
    },
    { name: 'malformed documents to compare with', args: ['--against', 'broken', 'config'], code: 2, says: /SV0005/ },
    { name: 'no path', args: [], code: 2, says: /name the documents/ },
    { name: 'a path that is not there', args: ['nowhere'], code: 2, says: /"nowhere"/ },
    { name: 'a token that control refuses', args: ['config', '--token', 'wrong'], code: 3, says: /Bearer TOKEN/ },
    { name: 'no control there', args: ['config', '--control', 'http://127.0.0.1:1'], code: 3, says: /cannot reach/ },
  ])('$name: $code', async ({ args, code, says }) => {
    const ended = await run('diff', ...args);
    expect(ended).toMatchObject({ code, out: '' });
    expect(ended.err).toMatch(says);
    const { error } = JSON.parse((await run('diff', '--json', ...args)).out);
    expect(error.message).not.toBe('');
  });
});
