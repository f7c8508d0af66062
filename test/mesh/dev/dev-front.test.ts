/** What passes through the front of a mesh in development is what passes without it: the same Worker, asked with and without. */
import { once } from 'node:events';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { Miniflare, fetch as upgradingFetch } from 'miniflare';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FrontSockets } from '../../../src/cli/dev/front/front-sockets.ts';

const script = `
let aborted = 'no';
export default { async fetch(request) {
  const { pathname } = new URL(request.url);
  if (pathname === '/url') return new Response(request.url);
  if (pathname === '/aborted') return new Response(aborted);
  if (pathname === '/count') {
    let bytes = 0;
    for await (const chunk of request.body) bytes += chunk.length;
    return new Response(String(bytes));
  }
  if (pathname === '/unread') { await new Promise((done) => setTimeout(done, 1500)); return new Response('unread'); }
  if (pathname === '/echo') return new Response(request.body);
  if (pathname === '/large') return new Response('x'.repeat(8 * 1024 * 1024));
  if (pathname === '/endless') {
    aborted = 'waits';
    request.signal.addEventListener('abort', () => { aborted = 'yes'; });
    const { readable, writable } = new TransformStream();
    const writer = writable.getWriter();
    const write = async () => { for (;;) { await writer.write(new TextEncoder().encode('tick ')); await new Promise((done) => setTimeout(done, 20)); } };
    write().catch(() => {});
    return new Response(readable);
  }
  if (pathname === '/socket') {
    const [client, server] = Object.values(new WebSocketPair());
    server.accept();
    server.addEventListener('message', ({ data }) => server.send('back ' + data));
    server.addEventListener('close', ({ code }) => server.close(code, 'bye'));
    return new Response(null, { status: 101, webSocket: client });
  }
  return new Response(null, { status: 204 });
} };`;

const front = new FrontSockets();
let mf: Miniflare;
const urls = { without: '', with: '' };

beforeAll(async () => {
  mf = new Miniflare({
    cf: false,
    modules: true,
    script,
    compatibilityDate: '2026-04-21',
    compatibilityFlags: ['enable_request_signal'],
    unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }],
  });
  const inner = await mf.unsafeGetDirectURL('');
  urls.without = inner.origin;
  front.release(new Map([['it', Number(inner.port)]]));
  urls.with = await front.url('it');
});
afterAll(async () => {
  front.close();
  await mf.dispose();
});

function open(base: string): Socket {
  const { hostname, port } = new URL(base);
  return connect({ host: hostname, port: Number(port), allowHalfOpen: true });
}

/** Everything that comes until the server ends the connection. */
async function allOf(socket: Socket): Promise<string> {
  let text = '';
  for await (const chunk of socket) text += (chunk as Buffer).toString('latin1');
  return text;
}

describe.each(['without', 'with'] as const)('%s the front', (which) => {
  test('the URL is the one of the Host header', async () => {
    const { hostname, port } = new URL(urls[which]);
    const sent = request({ hostname, port, path: '/url', headers: { host: 'a.localhost:1' } }).end();
    const [response] = (await once(sent, 'response')) as [AsyncIterable<Buffer>];
    let text = '';
    for await (const chunk of response) text += chunk.toString();
    expect(text).toBe('http://a.localhost:1/url');
  });

  test('HEAD, 204, and another request on the same connection', async () => {
    const socket = open(urls[which]);
    const lines = (method: string, path: string) => `${method} ${path} HTTP/1.1\r\nHost: h\r\n\r\n`;
    socket.write(lines('HEAD', '/large') + lines('GET', '/none') + lines('GET', '/url'));
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
    });
    await expect.poll(() => text).toMatch(/http:\/\/h\/url/);
    expect(text.match(/^HTTP\/1\.1 \d+/gm)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 204', 'HTTP/1.1 200']);
    socket.destroy();
  });

  test('a client that ends its half is still answered', async () => {
    const socket = open(urls[which]);
    socket.end('POST /count HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello');
    expect(await allOf(socket)).toMatch(/\r\n\r\n5$/);
    socket.destroy();
  });

  test('a response that comes before its upload was read costs no later request', async () => {
    const body = 'x'.repeat(100_000);
    let answered = 0;
    for (let times = 0; times < 500 && answered < 50; times++) {
      // A client that is still writing may find the connection reset before it reads the response (RFC 9112 section 9.6).
      const upload = await fetch(`${urls[which]}/none`, { method: 'POST', body }).catch(() => undefined);
      if (upload !== undefined) expect(upload.status).toBe(204);
      if (upload !== undefined) answered += 1;
      expect(await (await fetch(`${urls[which]}/url`)).text()).toBe(`${urls[which]}/url`);
    }
    expect(answered).toBe(50);
  });

  test('a stream is passed on as it comes, both ways', async () => {
    const body = new TransformStream<Uint8Array, Uint8Array>();
    const writer = body.writable.getWriter();
    const asked = fetch(`${urls[which]}/echo`, { method: 'POST', body: body.readable, duplex: 'half' } as RequestInit);
    const first = writer.write(Buffer.from('one'));
    const reader = ((await asked).body as ReadableStream<Uint8Array>).getReader();
    await first;
    expect(Buffer.from((await reader.read()).value as Uint8Array).toString()).toBe('one');
    void writer.write(Buffer.from('two'));
    expect(Buffer.from((await reader.read()).value as Uint8Array).toString()).toBe('two');
    void writer.close();
    expect((await reader.read()).done).toBe(true);
  });

  test('64 MB arrive, and what nobody reads is not taken off the client', async () => {
    const megabyte = Buffer.alloc(1024 * 1024);
    const upload = async (path: string) => {
      let pulled = 0;
      const body = new ReadableStream<Uint8Array>({
        pull(controller) {
          if (pulled++ < 64) controller.enqueue(megabyte);
          else controller.close();
        },
      });
      const answer = await fetch(`${urls[which]}${path}`, { method: 'POST', body, duplex: 'half' } as RequestInit);
      return { text: await answer.text(), pulled };
    };
    expect(await upload('/count')).toMatchObject({ text: String(64 * 1024 * 1024) });
    const unread = await upload('/unread').catch(() => ({ pulled: 0 }));
    expect(unread.pulled).toBeLessThan(32);
  });

  test('a client that goes away is noticed by the Worker', async () => {
    const abort = new AbortController();
    const answer = await fetch(`${urls[which]}/endless`, { signal: abort.signal });
    await (answer.body as ReadableStream<Uint8Array>).getReader().read();
    abort.abort();
    const aborted = async () => (await fetch(`${urls[which]}/aborted`)).text();
    await expect.poll(aborted, { timeout: 5000 }).toBe('yes');
  });

  test('a WebSocket, both ways, and its end', async () => {
    const { webSocket: socket } = await upgradingFetch(`${urls[which]}/socket`, { headers: { upgrade: 'websocket' } });
    if (socket === null) throw new Error('no WebSocket');
    socket.accept();
    const told = new Promise<unknown>((done) => socket.addEventListener('message', ({ data }) => done(data)));
    socket.send('hello');
    expect(await told).toBe('back hello');
    const closed = new Promise<{ readonly code: number }>((done) => socket.addEventListener('close', done));
    socket.close(4001);
    expect((await closed).code).toBe(4001);
  });
});
