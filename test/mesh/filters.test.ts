import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage, type RequestOptions } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { assembleTrace } from '../../src/telemetry/trace.ts';
import { renderWaterfall } from '../../src/telemetry/waterfall.ts';
import { type EdgeMesh, eventually, startEdgeMesh } from '../support/edge-mesh.ts';

/** Says what it got, keeps it for `/seen`, and does what the path asks for. */
const backend = (name: string) => `
import { WorkerEntrypoint } from 'cloudflare:workers';
const seen = [];
export default class extends WorkerEntrypoint {
  async fetch(request) {
    const url = new URL(request.url);
    if (url.pathname === '/seen-by-you') return Response.json(seen);
    if (request.headers.get('upgrade') === 'websocket') {
      const { 0: client, 1: server } = new WebSocketPair();
      server.accept();
      server.addEventListener('message', ({ data }) => server.send(request.headers.get('x-added') + ' ' + data));
      return new Response(null, { status: 101, webSocket: client });
    }
    if (url.pathname.startsWith('/stream')) return new Response(request.body);
    const entry = { worker: '${name}', method: request.method, url: request.url, headers: [...request.headers] };
    entry.body = request.body === null ? null : await request.text();
    seen.push(entry);
    if ('${name}' === 'hang') await scheduler.wait(60_000);
    if ('${name}' === 'broken') throw new Error('down');
    const headers = new Headers({ 'content-type': 'application/json', 'access-control-allow-origin': 'https://backend.example', vary: 'Accept' });
    headers.append('set-cookie', 'a=1');
    headers.append('set-cookie', 'b=2');
    return new Response(JSON.stringify(entry), { headers });
  }
  async charge(cents) { seen.push({ worker: '${name}', cents }); return { worker: '${name}', cents }; }
  async feed(stream) { return new Response(stream).text(); }
}`;

/** Calls the edge by RPC, or by fetch with the path and headers it was asked with. */
const orders = `
export default {
  async fetch(request, env) {
    const url = new URL(request.url);
    if (url.pathname === '/rpc/charge') return env.EDGE_RPC.charge(5).then((value) => Response.json(value), (error) => Response.json({ code: error.code, status: error.status }));
    if (url.pathname === '/rpc/feed') return new Response(await env.EDGE_RPC.feed(new Response('flow').body));
    return env.EDGE.fetch(new Request('https://payment' + url.pathname + url.search, request));
  }
}`;

const at = (prefix: string, filters: readonly object[], backends: readonly object[] = [{ version: 'v1' }]) => ({
  name: prefix.slice(1),
  matches: [{ path: { value: prefix } }],
  filters,
  backends,
});
const mirrorTo = (version: string, more: object = {}) => ({
  type: 'RequestMirror',
  requestMirror: { version, ...more },
});
const rewriteTo = (urlRewrite: object) => ({ type: 'URLRewrite', urlRewrite });
const redirectTo = (requestRedirect: object) => ({ type: 'RequestRedirect', requestRedirect });
const fault = (faultInjection: object) => ({ type: 'FaultInjection', faultInjection });

const document = {
  service: 'payment',
  public: { hosts: ['pay.example.com'] },
  versions: {
    v1: { worker: 'one' },
    v2: { worker: 'two' },
    hang: { worker: 'hang' },
    broken: { worker: 'broken' },
    gone: { worker: 'nowhere' },
  },
  routes: [
    {
      name: 'charges',
      matches: [{ rpc: 'charge' }, { rpc: 'feed' }],
      filters: [mirrorTo('v2')],
      backends: [{ version: 'v1' }],
    },
    at(
      '/redirect',
      [
        redirectTo({
          scheme: 'https',
          hostname: 'example.org',
          path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/new' },
          statusCode: 308,
        }),
        { type: 'ResponseHeaderModifier', responseHeaderModifier: { set: [{ name: 'x-from', value: 'route' }] } },
      ],
      [],
    ),
    at('/one-moves', [], [{ version: 'v1', filters: [redirectTo({ hostname: 'moved.example.org' })] }]),
    at('/direct', [{ type: 'DirectResponse', directResponse: { status: 418, body: 'short and stout' } }], []),
    at('/rewrite', [
      rewriteTo({ hostname: 'inside.example:8443', path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/' } }),
    ]),
    at(
      '/full',
      [rewriteTo({ path: { type: 'ReplaceFullPath', replaceFullPath: '/all' } })],
      [{ version: 'v1', filters: [rewriteTo({ hostname: 'backend.example' })] }],
    ),
    at('/regex', [
      rewriteTo({
        path: {
          type: 'ReplaceRegexMatch',
          replaceRegexMatch: { pattern: '^/regex/([^/]*)-([^/]*)', substitution: '/\\2/\\1\\1' },
        },
      }),
    ]),
    {
      ...at('/mirror', [
        {
          type: 'RequestHeaderModifier',
          requestHeaderModifier: {
            set: [{ name: 'x-set', value: 'new' }],
            add: [{ name: 'x-line', value: 'last' }],
            remove: ['x-secret'],
          },
        },
        mirrorTo('v2'),
        mirrorTo('hang'),
        mirrorTo('broken'),
        mirrorTo('gone'),
        mirrorTo('v2', { percent: 0 }),
      ]),
      timeouts: { request: '2s' },
    },
    at('/cors', [
      {
        type: 'CORS',
        cors: {
          allowOrigins: ['https://*.shop.example'],
          allowMethods: ['GET', 'PUT'],
          allowHeaders: ['x-a'],
          exposeHeaders: ['x-b'],
          allowCredentials: true,
          maxAge: 60,
        },
      },
    ]),
    at('/late', [fault({ delay: { duration: '300ms' } })]),
    { ...at('/too-late', [fault({ delay: { duration: '10s' } })]), timeouts: { request: '200ms' } },
    at('/abort', [fault({ abort: { status: 503 } })]),
    at('/grpc', [fault({ abort: { grpcStatus: 14 } })]),
    at('/asked', [fault({ requestHeaders: true })]),
    at('/socket', [
      rewriteTo({ hostname: 'sockets.example' }),
      { type: 'RequestHeaderModifier', requestHeaderModifier: { set: [{ name: 'x-added', value: 'hello' }] } },
      { type: 'ResponseHeaderModifier', responseHeaderModifier: { set: [{ name: 'x-out', value: '1' }] } },
    ]),
    at('/stream', [mirrorTo('v2')]),
    { ...at('/again', [mirrorTo('v2')]), retry: { attempts: 1 } },
    at('/cookies', [
      { type: 'ResponseHeaderModifier', responseHeaderModifier: { add: [{ name: 'Set-Cookie', value: 'c=3' }] } },
    ]),
    { name: 'default', backends: [{ version: 'v1' }] },
  ],
}; // prettier-ignore

interface Seen {
  worker: string;
  method: string;
  url: string;
  headers: [string, string][];
  body: string | null;
  cents?: number;
}

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  raw: string[];
  body: string;
}

describe('filters of routes, seen from outside', () => {
  let mesh: EdgeMesh;
  let origin: URL;
  beforeAll(async () => {
    const names = ['one', 'two', 'hang', 'broken'];
    mesh = await startEdgeMesh({
      workers: { ...Object.fromEntries(names.map((name) => [name, backend(name)])), orders },
      upstreams: Object.fromEntries(names.map((name) => [name, false])),
      registry: { 'service/payment': document },
    });
    origin = await mesh.mf.ready;
  });
  afterAll(() => mesh.stop());

  /** One request as curl sends it: nothing followed, nothing added. */
  const send = (path: string, { body, ...options }: RequestOptions & { body?: string | Uint8Array } = {}) =>
    new Promise<Answer>((resolve, reject) => {
      const headers = { host: 'pay.example.com', ...options.headers };
      const outgoing = httpRequest(new URL(path, origin), { ...options, headers, agent: false }, async (incoming) => {
        const chunks: Buffer[] = [];
        for await (const chunk of incoming) chunks.push(chunk as Buffer);
        resolve({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers,
          raw: incoming.rawHeaders,
          body: Buffer.concat(chunks).toString(),
        });
      });
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  const echo = async (path: string, options?: Parameters<typeof send>[1]) =>
    JSON.parse((await send(path, options)).body) as Seen;
  const seenBy = async (worker: string) => (await mesh.ask(worker, '/seen-by-you')).json() as Promise<Seen[]>;
  const seen = async (worker: string, wanted: (entry: Seen) => boolean) => {
    const all = await eventually(
      () => seenBy(worker),
      (list) => list.some(wanted),
    ); // prettier-ignore
    return all.filter(wanted);
  };

  it('a mirror gets method, address, headers and body as the backend does, and its call gets the answer of the backend', async () => {
    const repeated = ['a', 'b'] as unknown as string;
    const init = { method: 'POST', body: 'hello', headers: { 'x-line': repeated, 'x-secret': 's' } };
    const own = await echo('/mirror/a%2Fb?n=1', init);
    expect(own.worker).toBe('one');
    const [copy, ...more] = await seen('two', (entry) => entry.url?.includes('n=1'));
    expect(more).toEqual([]);
    for (const { method, url, headers, body } of [own, copy as Seen]) {
      expect([method, url, body]).toEqual(['POST', 'http://pay.example.com/mirror/a%2Fb?n=1', 'hello']);
      const of = Object.fromEntries(headers);
      expect([of['x-line'], of['x-set'], of['x-secret'], of['content-length'], of.host]).toEqual([
        'a, b, last',
        'new',
        undefined,
        '5',
        'pay.example.com',
      ]); // prettier-ignore
    }
    expect(await seen('hang', (entry) => entry.url?.includes('n=1'))).toHaveLength(1);
  });
  it('a mirror that hangs, breaks or is not there stands in the trace, and counts nowhere', async () => {
    const mirrored = async () => {
      const { headers } = await echo('/mirror?n=2');
      const traceId = Object.fromEntries(headers).traceparent?.split('-')[1] ?? '';
      const ofTrace = async () => (await mesh.calls()).filter((record) => record.traceId === traceId);
      return eventually(ofTrace, (list) => list.length === 5); // prettier-ignore
    };
    let records = await mirrored();
    // On a busy machine a timer may ring after another call has settled what is over time, as cancelled.
    const lateTimer = () => records.some(({ mirror, outcome }) => mirror === true && outcome === 'cancelled');
    for (let tries = 0; tries < 5 && lateTimer(); tries += 1) records = await mirrored();
    const [call] = records.filter((record) => record.mirror !== true);
    expect(call).toMatchObject({ status: 200, outcome: 'response', version: 'v1', attempts: [{ version: 'v1' }] });
    const copies = records.filter((record) => record.mirror === true);
    expect(Object.fromEntries(copies.map((copy) => [copy.version, copy.outcome]))).toEqual({
      v2: 'response',
      hang: 'backend_timeout',
      broken: 'upstream_failed',
      gone: 'backend_unresolved',
    });
    const text = renderWaterfall(assembleTrace(records), 120);
    expect(text).toMatch(/-> mirror hang hang .*backend_timeout/);
    // Calls of the tests before may still be on their way between two questions.
    const apart = async () =>
      (await mesh.counts()).calls - (await mesh.calls()).filter((record) => record.mirror !== true).length;
    expect(await eventually(apart, (calls) => calls === 0)).toBe(0);
  });
  it.each([
    ['announced', 'sized', 70_000, {}, 0],
    ['not announced', 'streamed', 70_000, { 'transfer-encoding': 'chunked' }, 0],
    ['short and not announced', 'short', 700, { 'transfer-encoding': 'chunked' }, 1],
  ])(
    'a body whose length is %s reaches the backend whole, and a mirror up to 64 KiB',
    async (_, name, length, headers, copies) => {
      const init = { method: 'POST', body: 'x'.repeat(length), headers };
      expect((await echo(`/mirror?n=${name}`, init)).body).toHaveLength(length);
      const last = await eventually(
        () => mesh.calls(),
        (list) =>
          list.some(
            (record) =>
              record.mirror && record.method === 'POST' && record.outcome === (copies === 0 ? 'not_sent' : 'response'),
          ),
      ); // prettier-ignore
      expect(last.some((record) => record.mirror && record.version === 'v2')).toBe(true);
      expect((await seenBy('two')).filter((entry) => entry.url?.includes(`n=${name}`))).toHaveLength(copies);
    },
  );
  it('a body that is mirrored streams through as it comes, however long', async () => {
    const headers = { host: 'pay.example.com' };
    const outgoing = httpRequest(new URL('/stream', origin), { method: 'POST', headers, agent: false });
    outgoing.write('first');
    const incoming = await new Promise<IncomingMessage>((resolve) => outgoing.on('response', resolve));
    const chunks = incoming[Symbol.asyncIterator]();
    expect(String((await chunks.next()).value)).toBe('first');
    const block = Buffer.alloc(1_000_000, 1);
    for (let sent = 0; sent < 20; sent += 1) outgoing.write(block);
    outgoing.end();
    let received = 0;
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) received += next.value.length;
    expect(received).toBe(20_000_000);
  });
  it.each([
    ['GET', '', 1],
    ['GET', 'abc', 0],
    ['HEAD', '', 1],
    ['POST', '', 1],
    ['DELETE', 'abc', 1],
  ])(
    'a %s with the body %j that may be tried again passes as it is, and is copied %i times',
    async (method, body, copies) => {
      const path = `/again?${method}${body}`;
      const { status, body: text } = await send(path, { method, body, headers: { 'content-length': body.length } });
      expect(status).toBe(200);
      if (method !== 'HEAD') expect(JSON.parse(text)).toMatchObject({ method, body });
      const of = (entry: Seen) => entry.url?.endsWith(path);
      if (copies === 1) expect(await seen('two', of)).toHaveLength(1);
      expect((await seenBy('two')).filter(of)).toHaveLength(copies);
    },
  );
  it('an RPC call is mirrored where its arguments are plain data', async () => {
    expect(await (await mesh.ask('orders', '/rpc/charge')).json()).toEqual({ worker: 'one', cents: 5 });
    expect(await seen('two', (entry) => entry.cents === 5)).toHaveLength(1);
    expect(await (await mesh.ask('orders', '/rpc/feed')).text()).toBe('flow');
  });

  it.each([
    ['/redirect/a%20b/?x=1&y=%2F', 308, 'https://example.org/new/a%20b/?x=1&y=%2F'],
    ['/one-moves/x?y', 302, 'http://moved.example.org/one-moves/x?y'],
  ])('%s is redirected', async (path, status, location) => {
    const answer = await send(path, { method: 'POST', body: 'unread' });
    expect([answer.status, answer.headers.location, answer.body]).toEqual([status, location, '']);
  });
  it('a redirect has the header changes of its route, and asks no backend', async () => {
    expect((await send('/redirect')).headers['x-from']).toBe('route');
    expect((await seenBy('one')).some(({ url }) => url?.includes('/redirect'))).toBe(false);
  });
  it('a redirect in the mesh has the scheme and host that the caller used', async () => {
    const answer = await mesh.ask('orders', '/one-moves/x', { redirect: 'manual' });
    expect([answer.status, answer.headers.get('location')]).toEqual([302, 'https://moved.example.org/one-moves/x']);
  });
  it('a route answers itself', async () => {
    const { status, headers, body } = await send('/direct');
    expect([status, headers['content-type'], body]).toEqual([418, 'text/plain; charset=utf-8', 'short and stout']);
  });

  it.each([
    ['/rewrite/a/b?q=%20', 'http://inside.example:8443/a/b?q=%20'],
    ['/rewrite', 'http://inside.example:8443/'],
    ['/full/x?y=1', 'http://backend.example/all?y=1'],
    ['/regex/a%2Fb-c', 'http://pay.example.com/c/a%2Fba%2Fb'],
  ])('%s is asked for as %s', async (path, url) => {
    const seenAs = await echo(path, { method: 'POST', body: 'body' });
    expect([seenAs.url, seenAs.body, Object.fromEntries(seenAs.headers).host]).toEqual([
      url,
      'body',
      new URL(url).host,
    ]);
  });
  it('a rewrite that would climb is refused', async () => {
    const { status, body } = await send('/regex/.-x');
    expect([status, JSON.parse(body).error.code]).toEqual([500, 'bad_rewrite']);
  });

  const origins = { origin: 'https://a.shop.example' };
  const preflight = { 'access-control-request-method': 'DELETE' };
  it('a preflight is answered by the edge, whatever method it asks for', async () => {
    const { status, headers } = await send('/cors', { method: 'OPTIONS', headers: { ...origins, ...preflight } });
    const { 'content-length': _, ...told } = headers;
    expect([status, told]).toEqual([
      200,
      {
        'access-control-allow-origin': 'https://a.shop.example',
        'access-control-allow-credentials': 'true',
        'access-control-allow-methods': 'GET,PUT',
        'access-control-allow-headers': 'x-a',
        'access-control-expose-headers': 'x-b',
        'access-control-max-age': '60',
        vary: 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers',
      },
    ]);
  });
  it('an answer has one Access-Control-Allow-Origin, and it is not the backend’s', async () => {
    const own = await send('/cors', { headers: origins });
    const lines = own.raw.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
    expect(lines.filter((name) => name === 'access-control-allow-origin')).toHaveLength(1);
    expect([own.headers['access-control-allow-origin'], own.headers.vary]).toEqual([origins.origin, 'Accept, Origin']);
    expect(own.headers['set-cookie']).toEqual(['a=1', 'b=2']);
    const other = await send('/cors', { headers: { origin: 'https://evil.example' } });
    expect([other.status, other.headers['access-control-allow-origin']]).toEqual([200, undefined]);
  });

  it.each([
    ['/abort', {}, 503, 'fault_injected'],
    ['/too-late', {}, 504, 'request_timeout'],
    ['/asked', { 'selvedge-fault-abort': '404' }, 404, 'fault_injected'],
    ['/asked', { 'selvedge-fault-delay': 'soon' }, 400, 'bad_request'],
  ])('%s with %j is answered %i %s', async (path, headers, status, code) => {
    const answer = await send(path, { headers });
    expect([answer.status, JSON.parse(answer.body).error.code]).toEqual([status, code]);
  });
  it('a gRPC call is ended in its own words', async () => {
    const { status, headers } = await send('/grpc', {
      method: 'POST',
      headers: { 'content-type': 'application/grpc' },
    });
    expect([status, headers['grpc-status'], headers['content-type']]).toEqual([200, '14', 'application/grpc']);
  });
  it('a delay is a delay, is asked for, and is recorded as a fault', async () => {
    const started = performance.now();
    await echo('/late');
    await echo('/asked', { headers: { 'selvedge-fault-delay': '300ms' } });
    expect(performance.now() - started).toBeGreaterThan(590);
    const records = await eventually(
      () => mesh.calls(),
      (list) => list.filter(({ reason }) => reason === 'fault injected: delay of 300 ms').length === 2,
    ); // prettier-ignore
    expect(records.filter(({ reason }) => reason.startsWith('fault injected: delay of 300'))).toMatchObject([
      { status: 200 },
      { status: 200 },
    ]); // prettier-ignore
  });
  it('no backend sees who asked for a fault, allowed or not', async () => {
    const headers = { 'selvedge-fault-delay': '1ms', 'selvedge-fault-abort': '500' };
    for (const entry of [
      await echo('/x', { headers }),
      await echo('/asked', { headers: { 'selvedge-fault-delay': '1ms' } }),
    ]) // prettier-ignore
      expect(entry.headers.filter(([name]) => name.startsWith('selvedge-fault'))).toEqual([]);
  });

  it('a cookie that a route adds stands beside those of the backend', async () => {
    expect((await send('/cookies')).headers['set-cookie']).toEqual(['a=1', 'b=2', 'c=3']);
  });
  it('a WebSocket opens through a route that changes headers and host', async () => {
    const { webSocket } = (await mesh.ask('orders', '/socket', { headers: { upgrade: 'websocket' } })) as unknown as {
      webSocket: WebSocket & { accept(): void };
    };
    webSocket.accept();
    const answer = new Promise((resolve) => webSocket.addEventListener('message', ({ data }) => resolve(data)));
    webSocket.send('there');
    expect(await answer).toBe('hello there');
    webSocket.close();
  });
});
