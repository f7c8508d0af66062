/** Gateways, backends that are services, and calls out of the mesh, seen from outside of a mesh that `selvedge dev` runs. */
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningMesh, startDev } from '../../src/cli/dev/start.ts';
import { rawConnect, rawExchange, readUntil } from '../parity/raw-http.ts';

const service = (name: string) => `
import { WorkerEntrypoint } from 'cloudflare:workers';
export default class extends WorkerEntrypoint {
  async fetch(request) {
    const url = new URL(request.url);
    if (url.pathname === '/ws') {
      const [client, server] = Object.values(new WebSocketPair());
      server.accept();
      server.addEventListener('message', ({ data }) => server.send('${name} ' + data));
      return new Response(null, { status: 101, webSocket: client });
    }
    if (url.pathname === '/stream') {
      const { readable, writable } = new TransformStream();
      const writer = writable.getWriter();
      const write = async () => {
        await writer.write(new TextEncoder().encode('first '));
        await scheduler.wait(300);
        await writer.write(new TextEncoder().encode('second'));
        await writer.close();
      };
      this.ctx.waitUntil(write());
      return new Response(readable);
    }
    const { method, headers } = request;
    return Response.json({ service: '${name}', url: request.url, method, body: await request.text(), headers: Object.fromEntries(headers) });
  }
  total(count) { return { service: '${name}', count }; }
  counter() { return new Counter(); }
  refuse() { throw Object.assign(new RangeError('no such cart'), { code: 'E_CART' }); }
}
class Counter extends (await import('cloudflare:workers')).RpcTarget {
  #count = 0;
  add(count) { this.#count += count; return this.#count; }
}`;

/** Does what a request asks of it, by its bindings and by global fetch. */
const caller = `
export default {
  async fetch(request, env) {
    const { pathname, searchParams } = new URL(request.url);
    try {
      if (pathname === '/gate') return await env.GATE.fetch('https://gate.internal/x?y=1', { method: 'POST', body: 'hello' });
      if (pathname === '/rpc') {
        const counter = await env.GATE.counter();
        await counter.add(2);
        return Response.json({ total: await env.GATE.total(3), counted: await counter.add(5), refused: await env.GATE.refuse().catch(({ name, message, code }) => ({ name, message, code })) });
      }
      if (pathname === '/env') return Response.json(Object.keys(env));
      if (pathname === '/socket') { new WebSocket(searchParams.get('url')); return new Response('open'); }
      const body = searchParams.get('body') ?? undefined;
      const answer = await fetch(searchParams.get('url'), {
        headers: { 'x-own': 'yes', authorization: 'Basic own' },
        redirect: searchParams.get('redirect') ?? 'follow',
        ...(body === undefined ? {} : { method: 'POST', body: searchParams.has('stream') ? new Blob([body]).stream() : body }),
      });
      return new Response(await answer.text(), { status: answer.status });
    } catch (error) {
      return Response.json({ name: error.name, message: error.message }, { status: 599 });
    }
  },
};`;

const config = (name: string, services: readonly string[] = []) =>
  JSON.stringify({
    name,
    main: 'index.js',
    compatibility_date: '2026-04-21',
    services: services.map((target) => ({ binding: target.toUpperCase(), service: target })),
  });

interface Echo {
  readonly service: string;
  readonly url: string;
  readonly method: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

let folder: string;
let mesh: RunningMesh;
let outside: Server;
let outsidePort: number;

beforeAll(async () => {
  outside = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const { method } = request;
    const status = /^\/(30\d)$/.exec(request.url ?? '')?.[1];
    if (status !== undefined) response.writeHead(Number(status), { location: '/landed' });
    if (request.url === '/other') response.writeHead(302, { location: `http://localhost:${outsidePort}/landed` });
    if (request.url === '/round') response.writeHead(302, { location: '/round' });
    if (request.url === '/away') response.writeHead(302, { location: 'http://elsewhere.test/secret' });
    if (request.url === '/here') response.writeHead(302, { location: 'http://api.partner.test/landed' });
    response.end(JSON.stringify({ url: request.url, method, body, headers: request.headers }));
  });
  outside.listen(0, '0.0.0.0');
  await once(outside, 'listening');
  outsidePort = (outside.address() as { port: number }).port;
  folder = await mkdtemp(join(tmpdir(), 'selvedge-gateways-'));
  const documents: Readonly<Record<string, object>> = {
    mesh: {
      trustDomain: 'shop.example',
      egress: { mode: 'registry-only', hosts: ['127.0.0.1', '*.allowed.test'] },
    },
    // A gateway of its own: no wrangler config has its name.
    ingress: {
      service: 'ingress',
      public: {
        listeners: [
          { name: 'shop', hostname: 'shop.example.com' },
          { name: 'local', hostname: 'mine.localhost' },
          { name: 'any', hostname: '*.example.com' },
          { name: 'odd', hostname: 'odd.example.org', port: 8443 },
          { name: 'secure', hostname: 'secure.example.org', httpsRedirect: true },
        ],
      },
      routes: [
        {
          name: 'shop-cart',
          listeners: ['shop'],
          matches: [{ path: { value: '/cart' } }],
          backends: [{ service: 'cart' }],
        },
        { name: 'nowhere', matches: [{ path: { value: '/nowhere' } }], backends: [{ service: 'nowhere' }] },
        {
          name: 'split',
          matches: [{ path: { value: '/split' } }],
          backends: [
            { service: 'orders', weight: 1 },
            { service: 'cart', weight: 1 },
          ],
        },
        { name: 'rest', backends: [{ service: 'orders' }] },
      ],
    },
    special: {
      service: 'special',
      public: {
        hosts: ['special.example.com', '*.deep.example.com'],
        clientAddress: { trustedProxies: 1, header: 'X-Client' },
      },
      routes: [{ name: 'all', backends: [{ service: 'cart' }] }],
    },
    // Inside the mesh: callers bind it like a Worker.
    gate: { service: 'gate', routes: [{ name: 'all', backends: [{ service: 'orders' }] }] },
    orders: {
      service: 'orders',
      versions: { v1: { worker: 'orders' } },
      access: { rules: [{ action: 'allow', from: { principals: ['ingress', 'gate'] } }] },
    },
    partner: {
      service: 'partner',
      egress: { hosts: ['api.partner.test'] },
      versions: { v1: { url: `http://127.0.0.1:${outsidePort}` } },
      routes: [
        {
          name: 'all',
          filters: [
            {
              type: 'RequestHeaderModifier',
              requestHeaderModifier: { set: [{ name: 'x-by', value: 'partner-edge' }] },
            },
          ],
          backends: [{ version: 'v1' }],
        },
      ],
    },
    forbidden: {
      service: 'forbidden',
      public: { hosts: ['forbidden.example.com'] },
      versions: { v1: { url: 'http://denied.test' } },
    },
  };
  const files: Readonly<Record<string, string>> = {
    'orders/wrangler.json': config('orders'),
    'orders/index.js': service('orders'),
    'cart/wrangler.json': config('cart'),
    'cart/index.js': service('cart'),
    'caller/wrangler.json': config('caller', ['gate']),
    'caller/index.js': caller,
    ...Object.fromEntries(
      Object.entries(documents).map(([name, document]) => [`selvedge/${name}.json`, JSON.stringify(document)]),
    ),
  };
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  mesh = await startDev({
    configs: ['orders', 'cart', 'caller'].map((name) => join(folder, name, 'wrangler.json')),
    documents: join(folder, 'selvedge'),
    port: 0,
    persist: join(folder, 'state'),
    watch: true,
    ...(process.env.SHOW ? { onLine: console.log } : {}),
  });
}, 60_000);

afterAll(async () => {
  await mesh?.stop();
  outside?.close();
  await rm(folder, { recursive: true, force: true });
});

/** Asks the gateway of `dev` under a host, with more lines of headers where given. */
async function askHost(host: string, path = '/', ...headers: readonly string[]) {
  const lines = [`GET ${path} HTTP/1.1`, `Host: ${host}`, ...headers, '', ''];
  const answer = await rawExchange(mesh.info.gateway, lines.join('\r\n'));
  const status = Number(answer.line.split(' ')[1]);
  const json = answer.body.startsWith('{') ? JSON.parse(answer.body) : undefined;
  return {
    ...answer,
    status,
    json,
    service: (json as Echo | undefined)?.service,
    code: json?.error?.code as string | undefined,
  };
}

async function askCaller(path: string) {
  const response = await fetch(`${mesh.info.services.caller?.url}${path}`);
  const text = await response.text();
  return {
    status: response.status,
    text,
    json: text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : undefined,
  };
}

const out = (url: string, more = '') => askCaller(`/out?url=${encodeURIComponent(url)}${more}`);

describe('a gateway without a Worker', () => {
  const rows: readonly {
    readonly name: string;
    readonly host: string;
    readonly path?: string;
    readonly status?: number;
    readonly service?: string;
    readonly code?: string;
  }[] = [
    { name: 'sends calls of one host to one service', host: 'shop.example.com', service: 'orders' },
    { name: 'sends calls to a service by path', host: 'shop.example.com', path: '/cart/1', service: 'cart' },
    { name: 'takes any number of labels for a wildcard', host: 'a.b.example.com', service: 'orders' },
    {
      name: 'a route of one listener is not for the calls of another',
      host: 'other.example.com',
      path: '/cart',
      service: 'orders',
    },
    { name: 'a name goes before a wildcard of another gateway', host: 'special.example.com', service: 'cart' },
    { name: 'the longest wildcard wins', host: 'x.deep.example.com', service: 'cart' },
    { name: 'a wildcard does not hold for its own domain', host: 'example.com', status: 404 },
    { name: 'an unknown host has no service', host: 'unknown.test', status: 404 },
    { name: 'in dev a document may list a host below localhost', host: 'mine.localhost', service: 'orders' },
    {
      name: 'case and port of a host do not matter where a listener has no port',
      host: 'SHOP.example.com:8080',
      service: 'orders',
    },
    { name: 'a listener with a port takes calls of that port', host: 'odd.example.org:8443', service: 'orders' },
    { name: 'a listener with a port takes no others', host: 'odd.example.org', status: 404, code: 'no_route' },
    {
      name: 'a service that the mesh has not is unresolved',
      host: 'shop.example.com',
      path: '/nowhere',
      status: 500,
      code: 'backend_unresolved',
    },
  ];
  test.each(rows)('$name', async ({ host, path, status = 200, service: expected, code }) => {
    const answer = await askHost(host, path);
    expect({ status: answer.status, service: answer.service, code: answer.code }).toEqual({
      status,
      service: expected,
      code,
    });
  });

  test('a listener that wants HTTPS redirects', async () => {
    const answer = await askHost('secure.example.org', '/a?b=1');
    expect([answer.status, answer.headers.find((line) => line.startsWith('location:'))]).toEqual([
      301,
      'location: https://secure.example.org/a?b=1',
    ]);
  });

  test('splits calls among services', async () => {
    const seen = new Set<string>();
    for (let call = 0; call < 64 && seen.size < 2; call += 1)
      seen.add(String((await askHost('shop.example.com', '/split')).service));
    expect(seen).toEqual(new Set(['orders', 'cart']));
  });

  test('the callee sees the request as the client sent it', async () => {
    const { json } = await askHost('shop.example.com', '/a?b=1', 'X-Own: yes');
    expect(json).toMatchObject({ url: 'http://shop.example.com/a?b=1', headers: { 'x-own': 'yes' } });
    const names = Object.keys((json as Echo).headers);
    expect(names.filter((name) => name.startsWith('selvedge'))).toEqual([]);
  });

  test('the callee is told the address of the client, and never what the client says of it', async () => {
    const headers = ['CF-Connecting-IP: 9.9.9.9', 'X-Forwarded-For: 6.6.6.6, 1.1.1.1, 9.9.9.9', 'X-Client: 7.7.7.7'];
    const { json } = await askHost('special.example.com', '/', ...headers);
    expect((json as Echo).headers['x-client']).toBe('1.1.1.1');
    const unknown = await askHost('special.example.com', '/', 'X-Client: 7.7.7.7');
    expect((unknown.json as Echo).headers).not.toHaveProperty('x-client');
  });

  test("a client's word about its scheme is no scheme", async () => {
    expect((await askHost('secure.example.org', '/', 'X-Forwarded-Proto: https')).status).toBe(301);
  });

  test('a WebSocket passes both edges', async () => {
    const socket = await rawConnect(mesh.info.gateway);
    const head = ['GET /ws HTTP/1.1', 'Host: shop.example.com', 'Upgrade: websocket', 'Connection: Upgrade'];
    const key = ['Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==', '', ''];
    socket.write([...head, ...key].join('\r\n'));
    await readUntil(socket, (text) => text.includes('\r\n\r\n'));
    // A masked text frame of two bytes, with a mask of zeros.
    socket.write(Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69]));
    expect(await readUntil(socket, (text) => text.includes('hi'))).toContain('orders hi');
    socket.destroy();
  });

  test('a response streams through both edges', async () => {
    const socket = await rawConnect(mesh.info.gateway);
    socket.write('GET /stream HTTP/1.1\r\nHost: shop.example.com\r\n\r\n');
    const first = await readUntil(socket, (text) => text.includes('first '));
    expect(first).not.toContain('second');
    await readUntil(socket, (text) => text.includes('second'));
    socket.destroy();
  });

  test('traces have both edges, one hop after the other, and the gateway is the caller', async () => {
    const traceparent = `00-${'5'.repeat(32)}-${'7'.repeat(16)}-01`;
    await askHost('shop.example.com', '/', `traceparent: ${traceparent}`);
    const { control, token } = mesh.info;
    const read = async () => {
      const response = await fetch(`${control}/api/traces/${'5'.repeat(32)}`, {
        headers: { authorization: `Bearer ${token}` },
      });
      return response.ok
        ? ((await response.json()) as { calls: { service: string; caller: string; hops: number; version: string }[] })
        : { calls: [] };
    };
    let calls = (await read()).calls;
    for (let tries = 0; calls.length < 2 && tries < 100; tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      calls = (await read()).calls;
    }
    // Both may have begun in one millisecond.
    calls.sort((one, other) => one.hops - other.hops);
    expect(calls.map(({ service: name, caller: from, hops, version }) => [name, from, hops, version])).toEqual([
      ['ingress', '', 1, 'orders'],
      ['orders', 'ingress', 2, 'v1'],
    ]);
  });
});

describe('a service whose backend is another service', () => {
  test('takes fetch', async () => {
    expect(await askCaller('/gate')).toMatchObject({
      status: 200,
      json: { service: 'orders', url: 'https://gate.internal/x?y=1', method: 'POST', body: 'hello' },
    });
  });

  test('takes RPC: data, stubs and errors', async () => {
    expect((await askCaller('/rpc')).json).toEqual({
      total: { service: 'orders', count: 3 },
      counted: 7,
      refused: { name: 'RangeError', message: 'no such cart', code: 'E_CART' },
    });
  });

  test('the callee knows the gateway as its caller, and nobody behind it', () => {
    expect(mesh.plan.topology.services.orders?.callers).toEqual(['gate', 'ingress']);
    expect(mesh.plan.topology.services.ingress).toEqual({ workers: [], callers: [], peers: ['cart', 'orders'] });
  });
});

describe('calls out of the mesh', () => {
  test('a host for which a service stands is called through that service', async () => {
    const { status, json } = await out('https://api.partner.test/v1/charge?a=1');
    expect([status, json]).toMatchObject([
      200,
      { url: '/v1/charge?a=1', headers: { 'x-by': 'partner-edge', 'x-own': 'yes' } },
    ]);
    // A stranger is told nothing of our identities.
    expect(json.headers.authorization).toBe('Basic own');
    expect(json.headers).not.toHaveProperty('selvedge-token');
    expect(json.headers).not.toHaveProperty('selvedge-context');
  });

  test('that host with the dot of a fully qualified name is called through it too', async () => {
    const { json } = await out('https://api.partner.test./v1');
    expect(json.headers['x-by']).toBe('partner-edge');
  });

  test('a host that the mesh document names is called as ever', async () => {
    const { status, json } = await out(`http://127.0.0.1:${outsidePort}/plain`);
    expect([status, json.url, json.headers['x-by']]).toEqual([200, '/plain', undefined]);
  });

  test('a host that nobody knows is refused, and the refusal names it and the remedy', async () => {
    const { status, json } = await out('http://elsewhere.test/');
    expect(status).toBe(502);
    expect(json.error).toMatchObject({ code: 'egress_denied', service: 'caller' });
    expect(json.error.message).toContain('elsewhere.test is none: add it to egress.hosts');
  });

  test('a redirect to a host that nobody knows is not followed', async () => {
    expect((await out(`http://127.0.0.1:${outsidePort}/away`)).json?.error?.code).toBe('egress_denied');
    expect((await out(`http://127.0.0.1:${outsidePort}/away`, '&redirect=manual')).status).toBe(302);
  });

  test('a redirect to a host for which a service stands is followed through that service', async () => {
    const { json } = await out(`http://127.0.0.1:${outsidePort}/here`);
    expect([json.url, json.headers['x-by']]).toEqual(['/landed', 'partner-edge']);
  });

  test.each([
    { name: '303 asks anew without the body', path: '/303', body: 'x', method: 'GET', sent: '' },
    { name: '302 after POST does too', path: '/302', body: 'x', method: 'GET', sent: '' },
    { name: '307 repeats the body', path: '/307', body: 'x', method: 'POST', sent: 'x' },
    { name: '308 repeats the method', path: '/308', method: 'GET', sent: '' },
  ])('a redirect is followed as the platform does: $name', async ({ path, body, method, sent }) => {
    const { json } = await out(`http://127.0.0.1:${outsidePort}${path}`, body === undefined ? '' : `&body=${body}`);
    expect([json.url, json.method, json.body, json.headers['content-type']]).toEqual([
      '/landed',
      method,
      sent,
      sent === '' ? undefined : 'text/plain;charset=UTF-8',
    ]);
    expect(json.headers.authorization).toBe('Basic own');
  });

  test('credentials do not follow a redirect to another origin, a stream is sent once only, and no chain is endless', async () => {
    const at = (path: string) => `http://127.0.0.1:${outsidePort}${path}`;
    const { json } = await out(at('/other'));
    expect([json.url, json.headers.authorization, json.headers['x-own']]).toEqual(['/landed', undefined, 'yes']);
    expect((await out(at('/307'), '&body=x&stream=1')).json.message).toContain('stream');
    expect((await out(at('/round'))).json.message).toContain('Too many redirects');
  });

  test('a WebSocket to a host that nobody knows is refused', async () => {
    const { status, json } = await askCaller(`/socket?url=${encodeURIComponent('wss://elsewhere.test/')}`);
    expect([status, json.name]).toEqual([599, 'TypeError']);
  });

  test('the binding behind it is not seen by the code', async () => {
    expect((await askCaller('/env')).json).toEqual(['GATE']);
  });

  test('a URL of a version that the mesh document does not name is refused by the edge', async () => {
    const answer = await askHost('forbidden.example.com');
    expect([answer.status, answer.code]).toEqual([502, 'egress_denied']);
    expect(answer.body).not.toContain('denied.test');
  });
});

describe('what control and the running mesh make of gateways', () => {
  test('a gateway is in order, and its document is checked against what its edge is bound to', async () => {
    const { control, token } = mesh.info;
    const headers = { authorization: `Bearer ${token}` };
    const status = (await (await fetch(`${control}/api/status`, { headers })).json()) as {
      services: { service: string; document: { state: string; issues: { code: string }[] } }[];
    };
    const states = Object.fromEntries(status.services.map(({ service: name, document }) => [name, document.state]));
    expect(states).toMatchObject({
      ingress: 'unresolved',
      gate: 'ok',
      partner: 'ok',
      orders: 'ok',
      forbidden: 'unresolved',
    });
    const ingress = status.services.find(({ service: name }) => name === 'ingress');
    expect(ingress?.document.issues.map(({ code }) => code)).toEqual(['SV0123']);
  });

  test('an edited document brings its edge new bindings, and Workers new rules', { timeout: 60_000 }, async () => {
    expect((await out(`http://127.0.0.2:${outsidePort}/plain`)).status).toBe(502);
    const write = (name: string, document: object) =>
      writeFile(join(folder, `selvedge/${name}.json`), JSON.stringify(document));
    await write('mesh', { trustDomain: 'shop.example' });
    await write('gate', { service: 'gate', routes: [{ name: 'all', backends: [{ service: 'cart' }] }] });
    const edited = async () => {
      const { json } = await askCaller('/gate');
      const { status } = await out(`http://127.0.0.2:${outsidePort}/plain`);
      return { answers: json?.service as string | undefined, status };
    };
    let now = await edited();
    for (let tries = 0; (now.answers !== 'cart' || now.status !== 200) && tries < 300; tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      now = await edited();
    }
    expect(now).toEqual({ answers: 'cart', status: 200 });
    const { json } = await out('http://api.partner.test/still');
    expect([json.url, json.headers['x-by']]).toEqual(['/still', 'partner-edge']);
  });
});
