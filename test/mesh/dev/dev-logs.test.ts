/** What Workers log in development, as a person reads it: whose line it is, in which journey, and where in the sources an error arose. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningMesh, startDev } from '../../../src/cli/dev/start.ts';

const config = (name: string, services: readonly string[] = []) =>
  JSON.stringify({
    name,
    main: 'index.ts',
    compatibility_date: '2026-04-21',
    services: services.map((service) => ({ binding: service.toUpperCase(), service })),
  });
const files: Readonly<Record<string, string>> = {
  'shop/wrangler.json': config('shop', ['pay', 'gone', 'old']),
  'shop/index.ts': `export default {
  async fetch(request: Request, env: any, ctx: any): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const id = searchParams.get('id');
    if (pathname === '/gone') return env.GONE.fetch('http://gone/');
    if (pathname.startsWith('/old')) return env.OLD.fetch('http://old/' + pathname.slice(5));
    if (pathname === '/chain') return env.PAY.fetch('http://pay/down?left=' + searchParams.get('left'));
    console.log('begin %s', id);
    await new Promise((done) => setTimeout(done, Math.random() * 20));
    await env.PAY.charge(id);
    await env.PAY.fetch('http://pay/?id=' + id);
    console.warn('end', { id });
    if (pathname === '/late') ctx.waitUntil(env.PAY.fetch('http://pay/').then(() => { throw new Error('too late'); }));
    if (pathname === '/kinds') {
      console.log({ deep: { er: [1] } }, 'and %s');
      console.error('first\\nsecond');
      console.log();
      console.log(' 100%');
    }
    return new Response('done');
  },
};`,
  'old/wrangler.json': JSON.stringify({
    ...JSON.parse(config('old')),
    compatibility_flags: ['disallow_importable_env'],
  }),
  'old/index.ts': `console.log('an old one starts');
export default { fetch() {
  console.log('an old one was asked', { by: 1 });
  return new Response('old');
} };`,
  'pay/wrangler.json': config('pay', ['pay']),
  'pay/index.ts': `import { WorkerEntrypoint } from 'cloudflare:workers';
import { refuse } from './refuse.ts';

export default class extends WorkerEntrypoint<any> {
  async fetch(request: Request) {
    const { pathname, searchParams } = new URL(request.url);
    const left = Number(searchParams.get('left'));
    if (pathname === '/down') return left > 0 ? this.env.PAY.fetch('http://pay/down?left=' + (left - 1)) : new Response('down');
    console.log('asked', searchParams.get('id'));
    return new Response('paid');
  }
  async charge(id: string) {
    console.info('charged', id);
    await new Promise((done) => setTimeout(done, Math.random() * 20));
    if (id === 'bad') refuse(id);
  }
}`,
  'pay/refuse.ts': `/** A comment, so that lines differ from the bundle's. */
interface Never { readonly x: string }

export function refuse(id: string): never {
  const what: Never = { x: id };
  throw new RangeError('no charge for ' + what.x);
}
`,
};

let folder: string;
let mesh: RunningMesh;
const lines: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mesh-logs-'));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  mesh = await startDev({
    configs: ['shop', 'pay', 'old'].map((name) => join(folder, name, 'wrangler.json')),
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

const soon = { timeout: 20_000, interval: 50 };

async function ask(path: string, traceId?: string): Promise<string> {
  const headers = traceId === undefined ? undefined : { traceparent: `00-${traceId}-00f067aa0ba902b7-01` };
  return (await fetch(`${mesh.info.services.shop?.url}${path}`, { headers })).text();
}

test('each line has the service and the trace that it belongs to, also where journeys overlap', async () => {
  const ids = Array.from({ length: 12 }, (_, index) => (index + 16).toString(16));
  const traceOf = (id: string) => id.repeat(4) + '0'.repeat(24);
  await Promise.all(ids.map((id) => ask(`/?id=${id}`, traceOf(id))));
  const expected = ids.flatMap((id) => [
    `[shop ${id.repeat(4)}] begin ${id}`,
    `[pay ${id.repeat(4)}] charged ${id}`,
    `[pay ${id.repeat(4)}] asked ${id}`,
    `[shop ${id.repeat(4)}] end { id: '${id}' }`,
  ]);
  await expect.poll(() => expected.filter((line) => !lines.includes(line)), soon).toEqual([]);
});

test('messages are printed as console formats them; further lines are set in', async () => {
  await ask('/kinds?id=k', '4bf92f3577b34da6a3ce929d0e0e4736');
  const prefix = '[shop 4bf92f35]';
  for (const line of [
    `${prefix} { deep: { er: [ 1 ] } } and %s`,
    `${prefix} first\n  second`,
    `${prefix} `,
    `${prefix}  100%`,
  ])
    await expect.poll(() => lines, soon).toContain(line);
});

test('an error that nobody catches is told by the service in which it arose, with a stack of its sources', async () => {
  await ask('/?id=bad', '5bf92f3577b34da6a3ce929d0e0e4736');
  const found = () =>
    lines.find((line) => line.startsWith('[pay 5bf92f35] uncaught RangeError: no charge for bad')) ?? '';
  await expect.poll(found, soon).toMatch(/refuse \(\S*pay\/refuse\.ts:6:9\)\n\s+at \S+ \(\S*pay\/index\.ts:\d+:\d+\)/);
  expect(found()).not.toContain('selvedge-');
  await expect.poll(() => lines.filter((line) => line.startsWith('[shop 5bf92f35] uncaught')), soon).toHaveLength(1);
});

test('what fails under waitUntil is told as well', async () => {
  await ask('/late?id=l', '6bf92f3577b34da6a3ce929d0e0e4736');
  await expect
    .poll(() => lines.join('\n'), soon)
    .toMatch(/\[shop 6bf92f35\] uncaught Error: too late\n\s+at \S*.*shop\/index\.ts:13:\d+/);
});

test('a Worker before which the runtime cannot stand has its service before its lines, and no trace', async () => {
  expect(await ask('/old')).toBe('old');
  await expect.poll(() => lines, soon).toContain('[old] an old one was asked { by: 1 }');
});

test('a call to a Worker that is not in the mesh names the binding', async () => {
  expect(await ask('/gone')).toBe('Worker "gone" not found. Make sure it is running locally.');
  await expect.poll(() => lines.join('\n'), soon).toContain('[gone] shop called it by its binding GONE');
});

test.each([
  { name: 'a journey of 24 invocations is warned of', left: 10, trace: '7bf92f35', says: '24 Worker invocations' },
  { name: 'one of 32 is an error', left: 14, trace: '8bf92f35', says: '32 Worker invocations' },
])('$name, once, with its chain', async ({ left, trace, says }) => {
  expect(await ask(`/chain?left=${left}`, `${trace}77b34da6a3ce929d0e0e4736`)).toBe('down');
  const told = () => lines.filter((line) => line.startsWith(`[trace ${trace}]`));
  await expect.poll(told, soon).toHaveLength(1);
  expect(told()[0]).toContain(says);
  expect(told()[0]).toContain('shop > pay > pay');
});
