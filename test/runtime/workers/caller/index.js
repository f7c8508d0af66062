import { env } from 'cloudflare:workers';

const attempt = async (work) => {
  try {
    return await work();
  } catch (error) {
    return { name: error.name, message: error.message };
  }
};

const cases = {
  context: async () => (await env.MIRROR.fetch('http://mirror/')).json(),
  'user-headers': async () => {
    const headers = { traceparent: `00-${'9'.repeat(32)}-${'9'.repeat(16)}-00`, baggage: 'own=1,x-user=mine' };
    return (await env.MIRROR.fetch('http://mirror/', { headers })).json();
  },
  'after-timer': async () => {
    await scheduler.wait(5);
    return new Promise((done) =>
      setTimeout(async () => done(await (await env.MIRROR.fetch('http://mirror/')).json()), 5),
    );
  },
  forwarded: async (request) => (await env.MIRROR.fetch(new Request('http://mirror/', request))).json(),
  rpc: () => env.CALLEE.relay('r'),
  inherited: () => env.CALLEE.inherited('x'),
  pipelined: async () => await env.CALLEE.nested().deeper.value,
  callback: () => env.CALLEE.apply((a, b) => a + b, 20, 22),
  stream: () => env.CALLEE.count(new Response('x'.repeat(10_000)).body),
  request: () => env.CALLEE.inspect(new Request('http://there/', { method: 'POST', body: 'hello' })),
  error: () => attempt(() => env.CALLEE.fail()),
  missing: () => attempt(() => env.CALLEE.nosuch()),
  private: () => attempt(() => env.CALLEE.secret()),
  getter: () => attempt(() => env.CALLEE.plain()),
  wildcard: async () => [
    await env.WILDCARD.known(),
    await env.WILDCARD.anything(1, 2),
    await attempt(() => env.WILDCARD.dup()),
  ],
  outside: async (request) => {
    const target = new URL(request.url).searchParams.get('to');
    return (await fetch(target, { method: 'POST', body: 'x' })).json();
  },
  reserved: () => Promise.all(['dup', 'alarm', 'webSocketMessage'].map((name) => attempt(() => env.CALLEE[name]()))),
  ours: () => attempt(() => env.CALLEE['selvedge:call'](['', 'inherited', ['x']])),
  fetcher: () => [
    String(env.CALLEE),
    Object.hasOwn(env.CALLEE, 'fetch'),
    typeof env.CALLEE.connect,
    env.CALLEE instanceof Object,
  ],
  'named-props': () => env.NAMED.whoami(),
  literal: async () => [
    await env.LITERAL.double(21),
    await attempt(() => env.LITERAL.two(1)),
    await attempt(() => env.LITERAL.two(1, 2)),
    await attempt(() => env.LITERAL.two()),
    await attempt(() => env.LITERAL.four(1)),
    await attempt(() => env.LITERAL.version()),
    await attempt(() => env.LITERAL.nosuch(1)),
    await (await env.LITERAL.fetch('http://literal/')).json(),
  ],
  frozen: async () => [await env.FROZEN.double(21), await (await env.FROZEN.fetch('http://frozen/')).json()],
  handler: async (request) => {
    const { searchParams } = new URL(request.url);
    return (await env[searchParams.get('binding')].fetch('http://handlers/')).json();
  },
  hono: async () => (await env.HONO.fetch('http://hono/context')).json(),
  objects: async () => (await env.OBJECTS.fetch('http://objects/context')).json(),
  alarm: async () => (await env.OBJECTS.fetch('http://objects/alarm')).json(),
  'bad-url': () => attempt(() => env.MIRROR.fetch('not a url')),
  aborted: () => attempt(() => env.CALLEE.fetch('http://callee/slow', { signal: AbortSignal.timeout(50) })),
  socket: async () => {
    const { webSocket } = await env.CALLEE.fetch('http://callee/socket', { headers: { upgrade: 'websocket' } });
    webSocket.accept();
    webSocket.send('hi');
    return new Promise((done) => webSocket.addEventListener('message', ({ data }) => done(data)));
  },
  echo: async () => {
    const response = await env.CALLEE.fetch('http://callee/echo?a=%20', {
      method: 'PUT',
      headers: { 'x-custom': 'c' },
      body: 'body',
      cf: { colo: 'XXX' },
    });
    return response.json();
  },
  shapes: () => ({
    promise: env.CALLEE.then === undefined,
    kind: Object.prototype.toString.call(env.CALLEE),
    keys: Object.keys(env).sort(),
  }),
};

export default {
  async fetch(request, handed, ctx) {
    const name = new URL(request.url).pathname.slice(1);
    if (name === 'same-env') return Response.json(handed.MIRROR === env.MIRROR);
    if (name === 'background') {
      const key = new URL(request.url).searchParams.get('key');
      ctx.waitUntil(scheduler.wait(20).then(async () => background.set(key, await cases.context())));
      return new Response('later');
    }
    if (name === 'background-result')
      return Response.json(background.get(new URL(request.url).searchParams.get('key')) ?? null);
    if (name === 'scheduled-result') return Response.json(scheduledSaw);
    return Response.json((await cases[name](request)) ?? null);
  },
  async scheduled() {
    scheduledSaw.push(await cases.context(), await cases.context());
  },
};

const background = new Map();
const scheduledSaw = [];
