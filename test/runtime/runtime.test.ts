/** The in-Worker runtime on workerd, behind an edge that only passes on: what it carries, and what it leaves as it was. */
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningMesh, startDev } from '../../src/cli/dev/start.ts';
import { passThroughMesh } from '../derive/fixtures/mesh-sources.ts';
import { type Bare, startBare } from './start-bare.ts';

const config = (worker: string) => fileURLToPath(new URL(`./workers/${worker}/wrangler.toml`, import.meta.url));
const called = ['caller', 'callee', 'mirror', 'literal', 'frozen', 'handlers', 'hono', 'objects'].map(config);

interface Context {
  readonly traceparent: string | null;
  readonly tracestate: string | null;
  readonly baggage: string | null;
  readonly 'selvedge-context': string | null;
}

/** The one document that matters here: it makes `localhost` a host of the mesh. */
const mirrorDocument = {
  service: 'mirror',
  public: { hosts: ['localhost'] },
  versions: { v1: { worker: 'mirror' } },
  routes: [{ name: 'default', backends: [{ version: 'v1' }] }],
};

let mesh: RunningMesh;
let bare: Bare;
let state: string;
beforeAll(async () => {
  state = await mkdtemp(join(tmpdir(), 'selvedge-runtime-'));
  const documents = join(state, 'documents');
  await mkdir(documents);
  await writeFile(join(documents, 'mirror.json'), JSON.stringify(mirrorDocument));
  const configs = [...called, config('script')];
  mesh = await startDev({ configs, documents, sources: passThroughMesh, port: 0, persist: state });
  bare = await startBare(called);
});
afterAll(async () => {
  await Promise.all([mesh?.stop(), bare?.stop()]);
  await rm(state, { recursive: true, force: true });
});

/** What was chosen and known further up: it goes along with the rest of the context. */
const chosen = 'versions=shop:v1,orders:v2;locality=EU/DE/TXL';

const traceId = (index: number) => index.toString(16).padStart(32, '0');

/** Asks the caller as an edge would hand on a call of journey `index`. */
async function journey<Answer = Context>(path: string, index: number, service = 'caller'): Promise<Answer> {
  const response = await fetch(`${mesh.info.services[service]?.url}/${path}`, {
    headers: {
      traceparent: `00-${traceId(index)}-00000000000000ab-01`,
      tracestate: `selvedge=shard-${index},other=1`,
      baggage: `x-user=user-${index}`,
      'selvedge-context': `hops=1;deadline=9999999999999;caller=outside-${index};${chosen}`,
    },
  });
  return (await response.json()) as Answer;
}

/** What the mirror sees of journey `index` when `caller` calls it, `hops` edges from the outside. */
function carried(index: number, caller: string, hops: number): Context {
  return {
    traceparent: `00-${traceId(index)}-00000000000000ab-01`,
    tracestate: `selvedge=shard-${index},other=1`,
    baggage: `x-user=user-${index}`,
    'selvedge-context': `hops=${hops};deadline=9999999999999;caller=${caller};${chosen}`,
  };
}

describe('an incoming call goes along with the calls that it causes', () => {
  test.each([
    { name: 'over fetch', path: 'context', caller: 'caller', hops: 3 },
    { name: 'after timers', path: 'after-timer', caller: 'caller', hops: 3 },
    { name: 'in a request that the code copied from the incoming one', path: 'forwarded', caller: 'caller', hops: 3 },
    { name: 'through a Hono app', path: 'hono', caller: 'hono', hops: 4 },
    { name: 'through a Durable Object that was handed the request', path: 'objects', caller: 'objects', hops: 4 },
  ])('$name', async ({ path, caller, hops }) => {
    expect(await journey(path, 7)).toEqual(carried(7, caller, hops));
  });

  test('into methods of a Durable Object of the same Worker', async () => {
    expect(await journey('method', 6, 'objects')).toEqual({ tag: 'm', seen: carried(6, 'objects', 3) });
  });

  test('through ctx.exports, with the props that the code gives', async () => {
    const seen = carried(6, 'objects', 3);
    expect(await journey('loopback', 6, 'objects')).toEqual([seen, { props: { a: 1 }, seen }]);
    expect(await journey('object-loopback', 6, 'objects')).toEqual(seen);
  });

  test('through the global exports, in one request as in the next', async () => {
    for (const index of [61, 62]) {
      const seen = carried(index, 'objects', 3);
      const names = ['Counter', 'Inner', 'default'];
      expect(await journey('global-loopback', index, 'objects')).toEqual([seen, { props: { a: 1 }, seen }, names]);
    }
  });

  test('over RPC', async () => {
    expect(await journey('rpc', 8)).toEqual({ tag: 'r', seen: carried(8, 'callee', 3) });
  });

  test('through object-literal and frozen default exports, by RPC and by fetch', async () => {
    const literal = await journey<unknown[]>('literal', 9);
    expect(literal.at(-1)).toEqual(carried(9, 'literal', 4));
    expect(await journey('frozen', 9)).toEqual([42, carried(9, 'frozen', 4)]);
  });

  test.each([
    { name: 'a field of an entrypoint class', binding: 'FIELD' },
    { name: 'a getter of an entrypoint class', binding: 'GETTER' },
    { name: 'one that instrumentation put on an instance', binding: 'INSTRUMENTED' },
    { name: 'a getter of an object literal', binding: 'GETTER_LITERAL' },
    { name: 'what a Proxy answers', binding: 'ANSWERED' },
    { name: 'fields of a default export and of a Durable Object', binding: 'ROUTER' },
  ])('through a fetch handler that is $name, which sees no header of the mesh', async ({ binding }) => {
    const answer = await journey<{ here: null; next: Context }>(`handler?binding=${binding}`, 10);
    expect(answer).toMatchObject({ here: null, next: carried(10, 'handlers', 4) });
  });

  test('calls at the same time keep their own context, over fetch and RPC', async () => {
    const indices = Array.from({ length: 40 }, (_, index) => index + 100);
    const seen = await Promise.all(
      indices.map((index) =>
        index % 2 === 0
          ? journey<{ seen: Context }>('rpc', index).then((answer) => answer.seen)
          : journey('after-timer', index),
      ),
    );
    expect(seen).toEqual(indices.map((index) => carried(index, index % 2 === 0 ? 'callee' : 'caller', 3)));
  });

  test('work after the answer, under waitUntil, still has it', async () => {
    await fetch(`${mesh.info.services.caller?.url}/background?key=k`, {
      headers: { traceparent: `00-${traceId(5)}-00000000000000ab-01` },
    });
    await expect
      .poll(async () => (await journey<Context | null>('background-result?key=k', 1))?.traceparent)
      .toBe(`00-${traceId(5)}-00000000000000ab-01`);
  });

  test('the journey wins over a traceparent that the code set; baggage of the code stays beside what is carried', async () => {
    const seen = await journey('user-headers', 11);
    expect(seen.traceparent).toBe(carried(11, '', 0).traceparent);
    expect(seen.baggage).toBe('own=1,x-user=mine');
  });
});

describe('global fetch', () => {
  const outside = createServer((request, response) => {
    const { traceparent = null, baggage = null, 'selvedge-context': context = null } = request.headers;
    response.end(JSON.stringify({ traceparent, baggage, context, method: request.method }));
  });
  beforeAll(() => once(outside.listen(0, '127.0.0.1'), 'listening'));
  afterAll(() => outside.close());
  const ask = (host: string) => {
    const { port } = outside.address() as AddressInfo;
    return journey<unknown>(`outside?to=${encodeURIComponent(`http://${host}:${port}/`)}`, 21);
  };

  test('carries the journey to a host of the mesh', async () => {
    const { traceparent, baggage } = carried(21, 'caller', 1);
    const context = `hops=2;deadline=9999999999999;caller=caller;${chosen}`;
    expect(await ask('localhost')).toEqual({ traceparent, baggage, context, method: 'POST' });
  });

  test('tells nothing to any other host', async () => {
    expect(await ask('127.0.0.1')).toEqual({ traceparent: null, baggage: null, context: null, method: 'POST' });
  });
});

describe('work that no call began starts one trace, with the Worker as caller', () => {
  const sameTrace = (contexts: readonly Context[]) => {
    expect(contexts).toHaveLength(2);
    const [first, second] = contexts.map(({ traceparent }) => traceparent);
    expect(first).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    expect(second).toBe(first);
    return contexts.map((context) => context['selvedge-context']);
  };

  test('an alarm of a Durable Object', async () => {
    expect(sameTrace(await journey<Context[]>('alarm', 12))).toEqual([
      'hops=1;caller=objects;began=event',
      'hops=1;caller=objects;began=event',
    ]);
  });

  test('a scheduled event', async () => {
    const worker = (await mesh.mf.getWorker('caller')) as unknown as {
      scheduled(event: { cron: string }): Promise<unknown>;
    };
    await worker.scheduled({ cron: '* * * * *' });
    expect(sameTrace(await journey<Context[]>('scheduled-result', 13))).toEqual([
      'hops=1;caller=caller;began=event',
      'hops=1;caller=caller;began=event',
    ]);
  });

  test('a script without modules has no runtime: its calls go through the mesh and begin traces of their own', async () => {
    const seen = await journey('', 14, 'script');
    expect(seen.traceparent).toBe(`00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`);
  });
});

/** Answers that must be the same with and without the mesh, to the letter. */
const unchanged = [
  'inherited',
  'pipelined',
  'callback',
  'stream',
  'request',
  'error',
  'missing',
  'private',
  'getter',
  'reserved',
  'wildcard',
  'fetcher',
  'named-props',
  'bad-url',
  'aborted',
  'socket',
  'echo',
  'shapes',
  'same-env',
];

describe('what code can see is as it is without the mesh', () => {
  test.each(unchanged)('%s', async (path) => {
    const ask = async (base: string) => (await fetch(`${base}/${path}`)).json();
    expect(await ask(mesh.info.services.caller?.url as string)).toEqual(await ask(bare.url));
  });

  test('object-literal entrypoints take the calls that workerd lets through, and refuse the others in its words', async () => {
    const ask = async (base: string) => ((await (await fetch(`${base}/literal`)).json()) as unknown[]).slice(0, -1);
    expect(await ask(mesh.info.services.caller?.url as string)).toEqual(await ask(bare.url));
  });
});

test('the reserved method is no method of the callee: a caller who names it is answered as bare', async () => {
  expect(await journey('ours', 1)).toEqual({
    name: 'TypeError',
    message: 'The RPC receiver does not implement the method "selvedge:call".',
  });
});
