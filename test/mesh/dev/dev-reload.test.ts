/** A mesh in development takes up what its user saves, and keeps what runs where that is broken. Conditions are waited for, never times. */
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type RunningMesh, startDev } from '../../../src/cli/dev/start.ts';

const pay = (answer: string) => `import page from './page.html';
import { Counter } from './counter.js';
export { Counter };
export default { async fetch(request, env) { if (request.body) await request.text();
  const { pathname } = new URL(request.url);
  if (pathname === '/page') return new Response(page);
  if (pathname === '/vars') return Response.json({ word: env.WORD, secret: env.SECRET, extra: typeof env.EXTRA });
  if (pathname === '/count') return new Response(String(await env.COUNTER.getByName('one').increment()));
  return new Response(${JSON.stringify(answer)});
} };`;
const payConfig = (more: string) => `name = "pay"
main = "src/index.js"
compatibility_date = "2026-04-21"
vars = { WORD = "first" }
durable_objects.bindings = [{ name = "COUNTER", class_name = "Counter" }]
migrations = [{ tag = "v1", new_sqlite_classes = ["Counter"] }]
${more}`;
const shop = (more = '') => `export default { async fetch(request, env) {
  ${more}
  return new Response('shop: ' + await (await env.PAY.fetch('http://pay/')).text());
} };`;
const document = (version: string) =>
  `service: pay\nversions: { v1: { worker: pay }, v2: { worker: pay-v2 } }\nroutes: [{ name: default, backends: [{ version: ${version} }] }]\n`;

const files: Readonly<Record<string, string>> = {
  'shop/wrangler.json': JSON.stringify({
    name: 'shop',
    main: 'index.js',
    compatibility_date: '2026-04-21',
    services: [{ binding: 'PAY', service: 'pay' }],
  }),
  'shop/index.js': shop(),
  'pay/wrangler.toml': payConfig(''),
  'pay/src/index.js': pay('one'),
  'pay/src/counter.js': `import { DurableObject } from 'cloudflare:workers';
    export class Counter extends DurableObject {
      async increment() { const n = ((await this.ctx.storage.get('n')) ?? 0) + 1; await this.ctx.storage.put('n', n); return n; }
    }`,
  'pay/src/page.html': 'first page',
  'pay-v2/wrangler.json': JSON.stringify({ name: 'pay-v2', main: 'index.js', compatibility_date: '2026-04-21' }),
  'pay-v2/index.js': `export default { fetch: () => new Response('from v2') };`,
  'documents/pay.yaml': document('v1'),
};

let folder: string;
let mesh: RunningMesh;
const lines: string[] = [];

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), text);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'selvedge-reload-'));
  for (const [path, text] of Object.entries(files)) await write(path, text);
  mesh = await startDev({
    configs: ['shop/wrangler.json', 'pay/wrangler.toml', 'pay-v2/wrangler.json'].map((path) => join(folder, path)),
    documents: join(folder, 'documents'),
    persist: join(folder, 'state'),
    port: 0,
    watch: true,
    onLine: (line) => lines.push(stripVTControlCharacters(line)),
  });
});
afterAll(async () => {
  await mesh?.stop();
  await rm(folder, { recursive: true, force: true });
});

// A test waits for several bundles, each of which is a whole run of wrangler, on a machine that may be busy.
vi.setConfig({ testTimeout: 600_000 });

/** While workerd takes the new code nobody answers; that is no answer, and is asked again. */
function ask(service: string, path = '/', host?: string): Promise<string> {
  const { url } = mesh.info.services[service] as { readonly url: string };
  return askAt(host === undefined ? url : mesh.info.gateway, path, host);
}

function askAt(base: string, path: string, host?: string, headers = {}): Promise<string> {
  const { hostname, port } = new URL(base);
  return new Promise((answer) => {
    const sent = request(
      { hostname, port, path, agent: false, headers: { ...(host && { host }), ...headers } },
      async (response) => {
        let text = '';
        for await (const chunk of response) text += (chunk as Buffer).toString();
        answer(text);
      },
    );
    sent.on('error', (error) => answer(`nobody answered: ${error.message}`));
    sent.end();
  });
}

const soon = { timeout: 120_000, interval: 100 };
const since = (from: number) => lines.slice(from).join('\n');

test('an edit of code is served; only the Worker that changed is bundled; ports and stored state stay', async () => {
  expect(await ask('pay', '/count')).toBe('1');
  await write('pay/src/index.js', pay('two'));
  await expect.poll(() => ask('shop'), soon).toBe('shop: two');
  await expect.poll(() => lines.at(-1), soon).toMatch(/^reloaded pay \([\d.]+ m?s\)$/);
  expect(await ask('pay', '/count')).toBe('2');
});

/** What a client that asks without a pause is answered until it is told to stop; what goes wrong is an answer too. */
function askOn(name: string, once: () => Promise<string>, stop: AbortSignal): Promise<Set<string>> {
  const answers = new Set<string>();
  const loop = async () => {
    while (!stop.aborted)
      answers.add(await once().catch((error: Error) => `${name} failed: ${error.message}, ${String(error.cause)}`));
    return answers;
  };
  return loop();
}

test('whoever asks while code is reloaded is answered by the old code or by the new', async () => {
  const stop = new AbortController();
  const url = mesh.info.services.pay?.url as string;
  const host = `pay.localhost:${new URL(mesh.info.gateway).port}`;
  const clients = [
    askOn('new connections', () => ask('pay'), stop.signal),
    askOn('the gateway', () => ask('pay', '/', host), stop.signal),
    askOn('a kept connection', async () => (await fetch(url)).text(), stop.signal),
    askOn('uploads', async () => (await fetch(url, { method: 'POST', body: 'x'.repeat(100_000) })).text(), stop.signal),
  ];
  const words = ['two', 'loop 1', 'loop 2', 'loop 3'];
  for (const word of words.slice(1)) {
    await write('pay/src/index.js', pay(word));
    await expect.poll(() => ask('pay'), soon).toBe(word);
  }
  stop.abort();
  for (const answers of await Promise.all(clients)) expect([...answers].sort()).toEqual([...words].sort());
  await write('pay/src/index.js', pay('two'));
  await expect.poll(() => ask('shop'), soon).toBe('shop: two');
});

test('a file that another one replaces by a rename is seen, and so is a module that is text', async () => {
  await write('pay/src/next.html', 'second page');
  await rename(join(folder, 'pay/src/next.html'), join(folder, 'pay/src/page.html'));
  await expect.poll(() => ask('pay', '/page'), soon).toBe('second page');
});

test('code that cannot be bundled is told with service, file and line; the old code answers until the next good one', async () => {
  const from = lines.length;
  await write('pay/src/index.js', `import { later } from './later.js';\n${pay('three')}\nglobalThis.x = later(;`);
  await expect.poll(() => since(from), soon).toContain('pay: the code before stays served');
  expect(since(from)).toMatch(/pay: wrangler could not bundle/);
  expect(since(from)).toContain('src/index.js:12:21');
  expect(since(from)).not.toContain('    at ');
  expect(await ask('shop')).toBe('shop: two');
  // The next mistake is a file that is not there: it is created without another edit of the one that imports it.
  const second = lines.length;
  await write('pay/src/index.js', `import { later } from './later.js';\n${pay('three')}\nglobalThis.x = later;`);
  await expect.poll(() => since(second), soon).toContain('Could not resolve "./later.js"');
  expect(await ask('shop')).toBe('shop: two');
  await write('pay/src/later.js', 'export const later = 1;');
  await expect.poll(() => ask('shop'), soon).toBe('shop: three');
});

test('a file that was imported later is watched as well', async () => {
  await write('pay/src/later.js', `throw new Error('not today');\nexport const later = 1;`);
  await expect
    .poll(() => lines.join('\n'), soon)
    .toMatch(/\[pay\] it does not start: Uncaught Error: not today\n\s+at \S*pay\/src\/later\.js:1:7/);
  await expect.poll(() => ask('shop'), soon).toBe('shop: three');
  await write('pay/src/later.js', 'export const later = 2;');
  await write('pay/src/index.js', pay('four'));
  await expect.poll(() => ask('shop'), soon).toBe('shop: four');
});

test('of two edits the last one wins, also where the second comes while the first is bundled', async () => {
  await write('pay/src/index.js', pay('five'));
  const from = lines.length;
  await new Promise((done) => setTimeout(done, 400));
  await write('pay/src/index.js', pay('six'));
  await write('shop/index.js', shop(`if (request.url.endsWith('/own')) return new Response('own');`));
  await expect.poll(() => ask('shop'), soon).toBe('shop: six');
  await expect.poll(() => ask('shop', '/own'), soon).toBe('own');
  expect(since(from)).not.toContain('error');
});

test('a document that is saved is served; one that is malformed is refused with its place, and the last good one stays', async () => {
  await write('documents/pay.yaml', document('v2'));
  await expect.poll(() => ask('shop'), soon).toBe('shop: from v2');
  const from = lines.length;
  await write('documents/pay.yaml', `${document('v1')}retries: 3\n`);
  await expect.poll(() => since(from), soon).toContain('the documents before stay served');
  expect(since(from)).toMatch(/documents\/pay\.yaml:4:1: error .*retries/);
  expect(await ask('shop')).toBe('shop: from v2');
  await write('documents/pay.yaml', document('v1'));
  await expect.poll(() => ask('shop'), soon).toBe('shop: six');
});

test('a public host of a document is reached through the gateway as soon as it is written, whatever its case, with a dot or without', async () => {
  await write('documents/pay.yaml', `${document('v1')}public: { hosts: [pay.example.com] }\n`);
  const port = new URL(mesh.info.gateway).port;
  for (const host of ['pay.example.com', 'PAY.Example.Com', 'pay.example.com.', 'PAY.localhost', 'pay.localhost.'])
    await expect.poll(() => ask('pay', '/', `${host}:${port}`), soon).toBe('six');
});

test('values of a config and of .dev.vars are taken up, and so is a new binding', async () => {
  await write('pay/.dev.vars', 'SECRET=hush\n');
  await expect.poll(() => ask('pay', '/vars'), soon).toBe('{"word":"first","secret":"hush","extra":"undefined"}');
  await write('pay/wrangler.toml', payConfig('services = [{ binding = "EXTRA", service = "pay-v2" }]'));
  await expect.poll(() => ask('pay', '/vars'), soon).toBe('{"word":"first","secret":"hush","extra":"object"}');
  const from = lines.length;
  await write('pay/wrangler.toml', 'name = [');
  await expect.poll(() => since(from), soon).toContain('pay: the code before stays served');
  expect(since(from)).toContain('wrangler.toml');
  expect(await ask('shop')).toBe('shop: six');
  await write('pay/wrangler.toml', payConfig(''));
  await expect.poll(() => ask('pay', '/vars'), soon).toBe('{"word":"first","secret":"hush","extra":"undefined"}');
});

test('identity shows its keys to whoever has the token', async () => {
  const path = '/.well-known/jwks.json?trust-domain=mesh.local';
  const answer = await askAt(mesh.info.identity, path, undefined, { authorization: `Bearer ${mesh.info.token}` });
  expect(JSON.parse(answer)).toHaveProperty('keys');
});

test('a Worker that is renamed is another service, and the others keep their ports', async () => {
  const config = JSON.parse(await readFile(join(folder, 'shop/wrangler.json'), 'utf8')) as object;
  await write('shop/wrangler.json', JSON.stringify({ ...config, name: 'store' }));
  const port = new URL(mesh.info.gateway).port;
  await expect.poll(() => ask('pay', '/', `store.localhost:${port}`), soon).toBe('shop: six');
  expect(await ask('pay')).toBe('six');
  const info = await mesh.host.info();
  expect(info.gateway).toBe(mesh.info.gateway);
  expect(info.services.pay).toEqual(mesh.info.services.pay);
});
