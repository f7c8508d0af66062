/** Answers in every way that a fetch handler can. */

/** What one request leaves behind for a later one to read; a stand-in for the logs of a real service. */
const notes = new Map();
const noted = (key, value) => notes.set(key, value);

async function untilNoted(key) {
  for (let tries = 0; tries < 400; tries += 1) {
    if (notes.has(key)) return notes.get(key);
    await scheduler.wait(10);
  }
  return 'never';
}

const encode = (text) => new TextEncoder().encode(text);

const pages = {
  '/echo': async (request) =>
    Response.json({
      method: request.method,
      url: request.url,
      headers: [...request.headers].map(([name, value]) => `${name}: ${value}`),
      body: await request.text(),
    }),
  '/plain': () => new Response('plain'),
  '/whole': (request) =>
    Response.json({
      redirect: request.redirect,
      cf: request.cf ?? null,
      hasBody: request.body !== null,
      signal: request.signal instanceof AbortSignal,
      own: Object.keys(request),
      kind: request.constructor.name,
    }),
  '/status': (_request, { searchParams }) => {
    const status = Number(searchParams.get('code'));
    const empty = [101, 204, 205, 304].includes(status);
    const headers = { etag: '"one"', ...(searchParams.has('to') ? { location: searchParams.get('to') } : {}) };
    return new Response(empty ? null : `code ${status}`, {
      status,
      statusText: searchParams.get('text') ?? '',
      headers,
    });
  },
  '/redirect': (_request, { searchParams }) =>
    new Response(null, { status: Number(searchParams.get('code')), headers: { location: searchParams.get('to') } }),
  '/head': (request) =>
    request.method === 'HEAD'
      ? new Response(null, { headers: { 'content-length': '1234', 'x-method': 'HEAD' } })
      : new Response('x'.repeat(1234), { headers: { 'x-method': request.method } }),
  '/cookies': () => {
    const headers = new Headers();
    headers.append('set-cookie', 'a=1; Path=/; HttpOnly');
    headers.append('set-cookie', 'b=2; Expires=Wed, 21 Oct 2026 07:28:00 GMT');
    headers.append('set-cookie', 'c=3,4');
    return new Response('cookies', { headers });
  },
  '/headers': () => {
    const headers = new Headers({
      'X-One': '1',
      'content-type': 'text/odd; charset=utf-8',
      'cache-control': 'private',
    });
    headers.append('vary', 'accept');
    headers.append('vary', 'cookie');
    headers.set('link', '</a.css>; rel=preload, </b.js>; rel=preload');
    headers.set('server-timing', 'db;dur=53');
    return new Response('headers', { headers });
  },
  '/big-header': () => new Response('big', { headers: { 'x-big': 'b'.repeat(60_000) } }),
  '/range': (request) => {
    const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.get('range') ?? '');
    if (range === null) return new Response('0123456789', { headers: { 'accept-ranges': 'bytes' } });
    const [from, to] = [Number(range[1]), Number(range[2])];
    if (from > 9) return new Response(null, { status: 416, headers: { 'content-range': 'bytes */10' } });
    return new Response('0123456789'.slice(from, to + 1), {
      status: 206,
      headers: { 'content-range': `bytes ${from}-${to}/10` },
    });
  },
  '/gzip': async (_request, { searchParams }) => {
    const packed = new Response(encode('packed '.repeat(100))).body.pipeThrough(new CompressionStream('gzip'));
    const bytes = await new Response(packed).arrayBuffer();
    return new Response(bytes, {
      encodeBody: searchParams.get('encode') ?? 'manual',
      headers: { 'content-encoding': 'gzip', 'content-type': 'text/plain' },
    });
  },
  '/bytes-of': async (request) => {
    const bytes = new Uint8Array(await request.arrayBuffer());
    return Response.json({
      length: bytes.length,
      first: [...bytes.slice(0, 4)],
      encoding: request.headers.get('content-encoding'),
      sum: bytes.reduce((sum, byte) => (sum * 31 + byte) % 1_000_003, 7),
    });
  },
  '/form': async (request) => {
    const form = await request.formData();
    return Response.json(
      await Promise.all(
        [...form].map(async ([name, value]) =>
          typeof value === 'string' ? [name, value] : [name, value.name, value.type, await value.text()],
        ),
      ),
    );
  },
  '/count': async (request) => {
    let bytes = 0;
    let sum = 0;
    for await (const chunk of request.body) {
      bytes += chunk.byteLength;
      sum = (sum + chunk[0] + chunk[chunk.byteLength - 1]) % 65_521;
    }
    return Response.json({ bytes, sum });
  },
  '/generate': (_request, { searchParams }) => {
    let left = Number(searchParams.get('bytes'));
    const chunk = new Uint8Array(65_536).fill(7);
    return new Response(
      new ReadableStream({
        pull(controller) {
          const part = chunk.slice(0, Math.min(left, chunk.length));
          left -= part.length;
          controller.enqueue(part);
          if (left === 0) controller.close();
        },
      }),
    );
  },
  '/pull': (_request, { searchParams }) => {
    const key = searchParams.get('key');
    let written = 0;
    return new Response(
      new ReadableStream({
        pull(controller) {
          written += 65_536;
          noted(key, written);
          if (written >= 268_435_456) controller.close();
          else controller.enqueue(new Uint8Array(65_536));
        },
        cancel() {
          noted(`${key}-cancelled`, true);
        },
      }),
    );
  },
  '/fixed': (_request, { searchParams }) => {
    const { readable, writable } = new FixedLengthStream(Number(searchParams.get('bytes')));
    const writer = writable.getWriter();
    writer.write(new Uint8Array(Number(searchParams.get('bytes')))).then(() => writer.close());
    return new Response(readable);
  },
  '/shout': (request) =>
    new Response(
      request.body.pipeThrough(
        new TransformStream({
          transform(chunk, controller) {
            controller.enqueue(encode(new TextDecoder().decode(chunk).toUpperCase()));
          },
        }),
      ),
    ),
  '/early': () => new Response('early', { status: 413 }),
  '/unread': async (request, { searchParams }) => {
    await untilNoted(searchParams.get('key'));
    await request.body.cancel();
    return new Response('never read');
  },
  '/events': (_request, { searchParams }) => {
    const { readable, writable } = new TransformStream();
    const writer = writable.getWriter();
    const send = async () => {
      await writer.write(encode('data: first\n\n'));
      const word = await untilNoted(searchParams.get('key'));
      await writer.write(encode(`data: ${word}\n\n`));
      await writer.close();
    };
    send().catch(() => {});
    return new Response(readable, { headers: { 'content-type': 'text/event-stream' } });
  },
  '/note': (_request, { searchParams }) => {
    noted(searchParams.get('key'), searchParams.get('value'));
    return new Response(null, { status: 204 });
  },
  '/noted': (_request, { searchParams }) => Response.json(notes.get(searchParams.get('key')) ?? null),
  '/throw': () => {
    throw Object.assign(new RangeError('kaput'), { code: 'E_KAPUT' });
  },
  '/nothing': () => undefined,
  '/object': () => ({ status: 200 }),
  '/hang': async (request, { searchParams }) => {
    const key = searchParams.get('key');
    noted(`${key}-began`, true);
    request.signal.addEventListener('abort', () => noted(`${key}-signal`, String(request.signal.reason?.name)));
    await scheduler.wait(20_000);
    return new Response('at last');
  },
  '/work': async (_request, { searchParams }) => {
    const key = searchParams.get('key');
    noted(`${key}-began`, true);
    await scheduler.wait(600);
    noted(key, 'ran to its end');
    return new Response('done');
  },
  '/drip': (_request, { searchParams }, ctx) => {
    const key = searchParams.get('key');
    const { readable, writable } = new TransformStream();
    const writer = writable.getWriter();
    ctx.waitUntil(
      (async () => {
        try {
          for (let drop = 0; drop < 1000; drop += 1) {
            await writer.write(encode('drop\n'));
            await scheduler.wait(10);
          }
          noted(key, 'all sent');
        } catch {
          noted(key, 'reader went away');
        }
      })(),
    );
    return new Response(readable);
  },
  '/break': () => {
    const { readable, writable } = new TransformStream();
    const writer = writable.getWriter();
    writer.write(encode('half')).then(() => writer.abort(new Error('broken off')));
    return new Response(readable);
  },
  '/later': (_request, { searchParams }, ctx) => {
    const key = searchParams.get('key');
    ctx.waitUntil(
      (async () => {
        await untilNoted(`${key}-answered`);
        noted(key, 'done after the answer');
      })(),
    );
    return new Response('answered');
  },
  '/props': (_request, _url, ctx) => Response.json({ props: ctx.props ?? null }),
  '/socket': (request, { searchParams }) => {
    if (request.headers.get('upgrade') !== 'websocket') return new Response('websocket only', { status: 426 });
    const { 0: theirs, 1: ours } = new WebSocketPair();
    ours.accept();
    const key = searchParams.get('key');
    ours.addEventListener('message', ({ data }) => {
      if (data === 'close') ours.close(4321, 'as you wish');
      else if (data === 'headers')
        ours.send(JSON.stringify([...request.headers].filter(([name]) => /^(x-|sec-websocket-protocol)/.test(name))));
      else if (typeof data === 'string') ours.send(`echo ${data}`);
      else data.arrayBuffer().then((bytes) => ours.send(new Uint8Array(bytes).reverse()));
    });
    ours.addEventListener('close', ({ code, reason, wasClean }) => {
      noted(key, { code, reason, wasClean });
      ours.close(code === 1005 ? 1000 : code, reason);
    });
    if (searchParams.has('greet')) ours.send('welcome');
    const protocol = request.headers.get('sec-websocket-protocol');
    const headers = protocol === null ? {} : { 'sec-websocket-protocol': protocol.split(',')[0].trim() };
    return new Response(null, { status: 101, webSocket: theirs, headers: { ...headers, 'x-socket': 'yes' } });
  },
};

export default {
  async fetch(request, _env, ctx) {
    const url = new URL(request.url);
    const page = pages[url.pathname];
    return page === undefined ? pages['/echo'](request, url, ctx) : page(request, url, ctx);
  },
  async double(number) {
    return number * 2;
  },
  async keysOfContext(_argument, _env, ctx) {
    return { props: ctx.props ?? null, waitUntil: typeof ctx.waitUntil };
  },
};

export const Literal = {
  fetch: (request) => new Response(`literal ${new URL(request.url).pathname}`),
  async triple(number) {
    return number * 3;
  },
  async two(one, env) {
    return `${one} and ${typeof env}`;
  },
  async four(_one, _env, _ctx, _more) {},
  version: 'not a method',
};
