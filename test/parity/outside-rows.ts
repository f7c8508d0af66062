/** What a client over HTTP sees of the app: exchanges as bytes, WebSockets, and clients that go away. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { fetch as upgradingFetch } from 'miniflare';
import { exchange } from './exchange.ts';
import { rawConnect, rawExchange, readUntil } from './raw-http.ts';
import type { OutsideRow, Side } from './row.ts';

const head = (method: string, target: string, headers: readonly string[] = []) =>
  `${[`${method} ${target} HTTP/1.1`, 'Host: localhost', ...headers].join('\r\n')}\r\n\r\n`;

const line = async ({ url }: Side, method: string, target: string, headers: readonly string[] = [], body = '') => {
  const answer = await rawExchange(url, head(method, target, headers) + body);
  return answer;
};

const json = async (side: Side, path: string): Promise<unknown> => JSON.parse((await exchange(side.url + path)).text);

/** Asks again until there is an answer, for work that goes on after the exchange. */
async function eventually(ask: () => Promise<unknown>): Promise<unknown> {
  for (let tries = 0; tries < 100; tries += 1) {
    const answer = await ask();
    if (answer !== null) return answer;
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  return 'never';
}

const target = (path: string, seen = path): OutsideRow => ({
  rule: `a raw target passes on as it was written: ${JSON.stringify(path)}`,
  area: 'HTTP: addresses',
  ask: async (side) => {
    const { body } = await line(side, 'GET', `/raw${path}`);
    return (JSON.parse(body) as { url: string }).url;
  },
  is: `http://localhost/raw${seen}`,
});

const withoutBody = (code: number): OutsideRow => ({
  rule: `status ${code} goes out without a body`,
  area: 'HTTP: responses',
  ask: async (side) => {
    const { line: first, headers, body } = await line(side, 'GET', `/to/ECHO/status?code=${code}&text=Own`);
    return [first, headers.filter((header) => /^(etag|content-length|transfer-encoding)/.test(header)), body];
  },
  is: [`HTTP/1.1 ${code} Own`, code === 205 ? ['content-length: 0', 'etag: "one"'] : ['etag: "one"'], ''],
});

interface Socket {
  accept(): void;
  send(message: string | Uint8Array): void;
  close(code?: number, reason?: string): void;
  addEventListener(
    type: 'message' | 'close',
    listener: (event: { data: unknown; code: number; reason: string }) => void,
  ): void;
}

async function openSocket(side: Side, path: string, protocol?: string) {
  const headers = { Upgrade: 'websocket', ...(protocol === undefined ? {} : { 'Sec-WebSocket-Protocol': protocol }) };
  const response = await upgradingFetch(side.url + path, { headers });
  return { response, socket: response.webSocket as unknown as Socket };
}

const nextMessage = (socket: Socket) =>
  new Promise<unknown>((resolve) => socket.addEventListener('message', ({ data }) => resolve(data)));

export const outsideRows: readonly OutsideRow[] = [
  ...['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].map(
    (method): OutsideRow => ({
      rule: `${method} over HTTP arrives with its body`,
      area: 'HTTP: methods',
      ask: async (side) => {
        const { body } = await line(side, method, '/to/ECHO/echo', ['Content-Length: 4', 'X-A: 1'], 'body');
        const seen = JSON.parse(body) as {
          method: string;
          headers: readonly string[];
          body: string;
        };
        return seen;
      },
      is: {
        method,
        url: 'http://inner.example/echo',
        headers: ['content-length: 4', 'host: localhost', 'x-a: 1'],
        body: 'body',
      },
    }),
  ),
  {
    rule: 'the front sees exactly the headers that the client sent',
    area: 'HTTP: headers',
    ask: async (side) => {
      const { body } = await line(side, 'GET', '/own-headers', ['X-A: 1', 'Cookie: a=1', 'Accept-Encoding: gzip']);
      return JSON.parse(body);
    },
    is: [
      ['accept-encoding', 'gzip'],
      ['cookie', 'a=1'],
      ['host', 'localhost'],
      ['x-a', '1'],
    ],
  },
  {
    rule: 'the client sees exactly the headers that the callee sent',
    area: 'HTTP: headers',
    ask: async (side) => (await line(side, 'GET', '/to/ECHO/headers')).headers,
    is: [
      'content-length: 7',
      'content-type: text/odd; charset=utf-8',
      'cache-control: private',
      'link: </a.css>; rel=preload, </b.js>; rel=preload',
      'vary: accept, cookie',
      'x-one: 1',
      'server-timing: db;dur=53',
    ],
  },
  {
    rule: 'several Set-Cookie headers go out as several',
    area: 'HTTP: headers',
    ask: async (side) =>
      (await line(side, 'GET', '/to/ECHO/cookies')).headers.filter((header) => header.startsWith('set-cookie')),
    is: [
      'set-cookie: a=1; Path=/; HttpOnly',
      'set-cookie: b=2; Expires=Wed, 21 Oct 2026 07:28:00 GMT',
      'set-cookie: c=3,4',
    ],
  },
  {
    rule: 'a status text of its own goes out',
    area: 'HTTP: responses',
    ask: async (side) => (await line(side, 'GET', '/to/ECHO/status?code=200&text=Fine%20By%20Me')).line,
    is: 'HTTP/1.1 200 Fine By Me',
  },
  {
    rule: 'HEAD over HTTP gets the Content-Length that the callee wrote, and no body',
    area: 'HTTP: responses',
    ask: async (side) => {
      const { line: first, headers, body } = await line(side, 'HEAD', '/to/ECHO/head');
      return [first, headers.filter((header) => /^(content-length|x-method)/.test(header)), body];
    },
    is: ['HTTP/1.1 200 OK', ['content-length: 1234', 'x-method: HEAD'], ''],
  },
  ...[204, 205, 304].map(withoutBody),
  ...[301, 302, 303, 307, 308].map(
    (code): OutsideRow => ({
      rule: `a ${code} goes out to the client, and is not followed on the way`,
      area: 'HTTP: responses',
      ask: async (side) => {
        const answer = await line(
          side,
          'POST',
          `/to/ECHO/redirect?code=${code}&to=/elsewhere`,
          ['Content-Length: 1'],
          'x',
        );
        return [answer.line.split(' ')[1], answer.headers.filter((header) => header.startsWith('location'))];
      },
      is: [String(code), ['location: /elsewhere']],
    }),
  ),
  ...[
    ['/a/%2e%2e/b'],
    ['/a/../b', '/b'],
    ['//double//slash'],
    ['/back\\slash'],
    ['/dots.../..a/'],
    ['/lower%c3%a9%2F%zz'],
    ['/empty?'],
    ['/two?a=1?b=2&&=&c'],
    ["/sub;delims=!$&'()*+,@:~"],
    ['/quote"<>^`{|}'],
  ].map(([path, seen]) => target(path as string, seen)),
  {
    rule: 'the front sees the host that the client asked for',
    area: 'HTTP: addresses',
    ask: async (side) => {
      const { body } = await line(side, 'GET', '/own-url?x=1');
      return (JSON.parse(body) as { url: string }).url;
    },
    is: 'http://localhost/own-url?x=1',
  },
  {
    rule: 'Range over HTTP is answered with the part',
    area: 'HTTP: responses',
    ask: async (side) => {
      const answer = await line(side, 'GET', '/to/ECHO/range', ['Range: bytes=2-5']);
      return [answer.line, answer.headers.filter((header) => header.startsWith('content-range')), answer.body];
    },
    is: ['HTTP/1.1 206 Partial Content', ['content-range: bytes 2-5/10'], '2345'],
  },
  ...[
    ['packed by the callee itself', 'manual', 700],
    ['for the platform to pack', 'automatic', 34],
  ].map(
    ([what, encode, length]): OutsideRow => ({
      rule: `a gzip body goes out as gzip: ${what}`,
      area: 'HTTP: responses',
      ask: async (side) => {
        const answer = await exchange(`${side.url}/to/ECHO/gzip?encode=${encode}`, {
          headers: { 'accept-encoding': 'gzip' },
        });
        return [answer.status, answer.headers['content-encoding'], gunzipSync(answer.body).length];
      },
      is: [200, 'gzip', length],
    }),
  ),
  {
    rule: 'a chunked request body arrives whole',
    area: 'HTTP: bodies',
    ask: async (side) => {
      const { body } = await line(
        side,
        'POST',
        '/to/ECHO/bytes-of',
        ['Transfer-Encoding: chunked'],
        '3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n',
      );
      return JSON.parse(body);
    },
    is: { length: 7, first: [97, 98, 99, 100], encoding: null, sum: 475912 },
  },
  {
    rule: 'Expect: 100-continue gets no interim answer from workerd, and the body is read',
    area: 'HTTP: bodies',
    ask: async (side) => {
      const socket = await rawConnect(side.url);
      const headers = ['Expect: 100-continue', 'Content-Length: 4'];
      socket.write(head('POST', '/to/ECHO/bytes-of', headers));
      const first = await Promise.race([
        readUntil(socket, (text) => text.includes('\r\n\r\n')),
        new Promise<string>((resolve) => setTimeout(() => resolve('no answer'), 100)),
      ]);
      socket.write('body');
      const rest = first === 'no answer' ? await readUntil(socket, (text) => text.includes('\r\n\r\n')) : '';
      socket.destroy();
      return [first.split('\r\n')[0], rest.split('\r\n')[0]];
    },
    is: ['no answer', 'HTTP/1.1 200 OK'],
  },
  {
    rule: 'a server-sent event goes out before the next one is sent',
    area: 'HTTP: streams',
    ask: async (side) => {
      const socket = await rawConnect(side.url);
      socket.write(head('GET', '/to/ECHO/events?key=outside-event'));
      const first = await readUntil(socket, (text) => text.includes('data: first'));
      const rest = readUntil(socket, (text) => text.includes('data: second'));
      await exchange(`${side.url}/to/ECHO/note?key=outside-event&value=second`);
      return [first.includes('data: second'), (await rest).includes('data: second')];
    },
    is: [false, true],
  },
  {
    rule: 'a client that goes away before the answer: request.signal of the front tells it, or not, as bare',
    area: 'HTTP: ends',
    ask: async (side) => {
      const socket = await rawConnect(side.url);
      socket.write(head('GET', '/hang?key=gone-client'));
      await eventually(() => json(side, '/noted?key=gone-client-began'));
      socket.destroy();
      await new Promise((resolve) => setTimeout(resolve, 500));
      return json(side, '/noted?key=gone-client');
    },
    is: null,
  },
  {
    rule: 'a client that goes away before the answer: the callee behind the front runs on, or not, as bare',
    area: 'HTTP: ends',
    ask: async (side) => {
      const socket = await rawConnect(side.url);
      socket.write(head('GET', '/to/ECHO/work?key=gone-work'));
      await eventually(() => json(side, '/to/ECHO/noted?key=gone-work-began'));
      socket.destroy();
      await new Promise((resolve) => setTimeout(resolve, 900));
      return json(side, '/to/ECHO/noted?key=gone-work');
    },
    is: 'ran to its end',
  },
  {
    rule: 'the disposer of an RPC target runs when its caller has disposed of it and ended',
    area: 'RPC: disposal',
    ask: async (side) => {
      const used = await json(side, '/use-counter?key=disposed');
      return [used, await eventually(() => json(side, '/note?key=disposed'))];
    },
    is: [2, 'disposed'],
  },
  {
    rule: 'the disposer of an RPC target runs when its caller ended without a word',
    area: 'RPC: disposal',
    ask: async (side) => {
      const used = await json(side, '/use-counter?leave&key=left');
      return [used, await eventually(() => json(side, '/note?key=left'))];
    },
    is: [2, 'disposed'],
  },
  {
    rule: 'a client that goes away while a body streams is noticed by the callee',
    area: 'HTTP: streams',
    ask: async (side) => {
      const socket = await rawConnect(side.url);
      socket.write(head('GET', '/to/ECHO/drip?key=gone-reader'));
      await readUntil(socket, (text) => text.includes('drop'));
      socket.destroy();
      return eventually(() => json(side, '/to/ECHO/noted?key=gone-reader'));
    },
    is: 'reader went away',
  },
  {
    rule: 'a callee that throws is a 500 for the client, or what the front makes of it',
    area: 'HTTP: responses',
    ask: async (side) => (await line(side, 'GET', '/to/ECHO/throw')).line,
    is: 'HTTP/1.1 500 Internal Server Error',
  },
  {
    rule: 'a WebSocket passes from the client through the front to the callee, text and binary',
    area: 'HTTP: WebSocket',
    ask: async (side) => {
      const { response, socket } = await openSocket(side, '/to/ECHO/socket?key=outside-socket', 'chat, superchat');
      socket.accept();
      const text = nextMessage(socket);
      socket.send('hello');
      const heard = await text;
      const bytes = nextMessage(socket);
      socket.send(new Uint8Array([1, 2, 3]));
      const binary = [...new Uint8Array(await new Response((await bytes) as Blob).arrayBuffer())];
      socket.close(4002, 'outside');
      const closed = await eventually(() => json(side, '/to/ECHO/noted?key=outside-socket'));
      return [response.status, response.headers.get('sec-websocket-protocol'), heard, binary, closed];
    },
    is: [101, 'chat', 'echo hello', [3, 2, 1], { code: 4002, reason: 'outside', wasClean: true }],
  },
  {
    rule: 'a close by the callee reaches the client with code and reason',
    area: 'HTTP: WebSocket',
    ask: async (side) => {
      const { socket } = await openSocket(side, '/to/ECHO/socket?key=callee-close');
      const closed = new Promise<unknown>((resolve) =>
        socket.addEventListener('close', ({ code, reason }) => resolve({ code, reason })),
      );
      socket.accept();
      socket.send('close');
      return closed;
    },
    is: { code: 4321, reason: 'as you wish' },
  },
  {
    rule: 'a client that drops its WebSocket is noticed by the callee as 1006',
    area: 'HTTP: WebSocket',
    ask: async (side) => {
      const socket = await rawConnect(side.url);
      const upgrade = [
        'Connection: Upgrade',
        'Upgrade: websocket',
        'Sec-WebSocket-Version: 13',
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      ];
      socket.write(head('GET', '/to/ECHO/socket?key=dropped', upgrade));
      const [first] = (await once(socket, 'data')) as [Buffer];
      socket.destroy();
      return [
        first.toString('latin1').split('\r\n')[0],
        await eventually(() => json(side, '/to/ECHO/noted?key=dropped')),
      ];
    },
    is: [
      'HTTP/1.1 101 Switching Protocols',
      { code: 1006, reason: 'WebSocket disconnected without sending Close frame.', wasClean: false },
    ],
  },
  {
    rule: 'an RPC call that its caller left goes on, or not, as bare',
    area: 'RPC: ends',
    ask: async (side) => {
      const left = (await exchange(`${side.url}/leave-rpc?key=left-rpc`)).text;
      await new Promise((resolve) => setTimeout(resolve, 700));
      return [left, await json(side, '/note?key=left-rpc')];
    },
    is: ['left', 'began'],
  },
  {
    rule: 'global fetch to a host outside carries the headers of the code and what the platform adds, no more',
    area: 'HTTP: headers',
    ask: async (side) => {
      const server = createServer((request, response) => {
        const { host: _own, ...headers } = request.headers;
        response.end(JSON.stringify(headers));
      }).listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as { port: number };
      const seen = await json(side, `/outside?to=${encodeURIComponent(`http://127.0.0.1:${port}/`)}`);
      server.close();
      server.closeAllConnections();
      return seen;
    },
    is: {
      'cf-worker': 'parity-front.example.com',
      'content-length': '1',
      'content-type': 'text/plain;charset=UTF-8',
      'x-a': '1',
    },
  },
  {
    rule: 'a cron runs its handler, which calls other Workers',
    area: 'storage and queues',
    ask: async (side) => {
      await side.scheduled();
      return eventually(() => json(side, '/stored?key=cron'));
    },
    is: '*/5 * * * * 1000 4',
  },
];
