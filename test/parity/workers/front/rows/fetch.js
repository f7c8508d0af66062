/** Requests and responses without long bodies: methods, headers, addresses, status codes, redirects. */
import { listed, refused } from './told.js';

const at = (path) => `http://echo.example${path}`;
const echoed = async ({ env }, init, path = '/echo') => (await env.ECHO.fetch(at(path), init)).json();

const withBody = (method) => ({
  rule: `${method} arrives with its body`,
  area: 'fetch: methods',
  run: async (world) => {
    const { method: seen, body } = await echoed(world, { method, body: `body of ${method}` });
    return { seen, body };
  },
  is: { seen: method, body: `body of ${method}` },
});

const status = (code, body, text) => ({
  rule: `status ${code}${text === undefined ? '' : ` with the text "${text}"`} arrives${body ? '' : ' without a body'}`,
  area: 'fetch: responses',
  run: async ({ env }) => {
    const query = text === undefined ? '' : `&text=${encodeURIComponent(text)}`;
    const response = await env.ECHO.fetch(at(`/status?code=${code}${query}`), { redirect: 'manual' });
    const { status, statusText, ok, redirected } = response;
    return {
      status,
      statusText,
      ok,
      redirected,
      etag: response.headers.get('etag'),
      hasBody: response.body !== null,
      body: await response.text(),
    };
  },
  is: {
    status: code,
    statusText: text ?? '',
    ok: code < 300,
    redirected: false,
    etag: '"one"',
    hasBody: body,
    body: body ? `code ${code}` : '',
  },
});

const address = (path, seen = path) => ({
  rule: `the callee sees the address that the caller wrote: ${JSON.stringify(path)}`,
  area: 'fetch: addresses',
  run: async ({ env }) => (await (await env.ECHO.fetch(at(path))).json()).url,
  is: at(seen),
});

const wholeAddress = (url, seen = url) => ({
  rule: `the callee sees scheme, host and port as the caller wrote them: ${url}`,
  area: 'fetch: addresses',
  run: async ({ env }) => (await (await env.ECHO.fetch(url)).json()).url,
  is: seen,
});

const followed = async ({ env }, init, code = 302, to = '/echo?followed') => {
  const response = await env.ECHO.fetch(at(`/redirect?code=${code}&to=${encodeURIComponent(to)}`), init);
  return response;
};

const invalidRedirect =
  'Invalid redirect value, must be one of "follow" or "manual" ("error" won\'t be implemented since it does not make sense at the edge; use "manual" and check the response status code).';

export const fetchRows = [
  ...['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'PURGE'].map(withBody),
  {
    rule: 'GET arrives without a body',
    area: 'fetch: methods',
    run: async ({ env }) => (await env.ECHO.fetch(at('/whole'))).json(),
    is: { redirect: 'manual', cf: null, hasBody: false, signal: true, own: [], kind: 'Request' },
  },
  {
    rule: 'HEAD gets no body and keeps Content-Length',
    area: 'fetch: methods',
    run: async ({ env }) => {
      const response = await env.ECHO.fetch(at('/head'), { method: 'HEAD' });
      return [
        response.status,
        response.headers.get('content-length'),
        response.headers.get('x-method'),
        await response.text(),
      ];
    },
    is: [200, '1234', 'HEAD', ''],
  },
  {
    rule: 'the callee sees exactly the headers that the caller wrote',
    area: 'fetch: headers',
    run: async (world) =>
      (await echoed(world, { headers: { 'X-One': '1', cookie: 'a=1; b=2', accept: '*/*' } })).headers,
    is: ['accept: */*', 'cookie: a=1; b=2', 'x-one: 1'],
  },
  {
    rule: 'the callee sees no header at all where the caller wrote none',
    area: 'fetch: headers',
    run: async (world) => (await echoed(world, {})).headers,
    is: [],
  },
  {
    rule: 'a repeated request header, an empty one and one with Latin letters arrive as they were',
    area: 'fetch: headers',
    run: async (world) => {
      const headers = new Headers({ 'x-empty': '', 'x-latin': 'caf\u00e9' });
      headers.append('x-many', 'one');
      headers.append('x-many', 'two, three');
      return (await echoed(world, { headers })).headers;
    },
    is: ['x-empty: ', 'x-latin: caf\u00e9', 'x-many: one, two, three'],
  },
  {
    rule: "a caller's own traceparent and baggage arrive as it wrote them",
    area: 'fetch: headers',
    run: async (world) => {
      const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
      return (await echoed(world, { headers: { traceparent, tracestate: 'vendor=1', baggage: 'mine=1' } })).headers;
    },
    is: ['baggage: mine=1', `traceparent: 00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`, 'tracestate: vendor=1'],
  },
  {
    rule: 'hop and platform headers that the caller wrote arrive',
    area: 'fetch: headers',
    run: async (world) =>
      (
        await echoed(world, {
          headers: {
            host: 'other.example',
            'cf-connecting-ip': '1.2.3.4',
            'x-forwarded-for': '1.1.1.1',
            te: 'trailers',
          },
        })
      ).headers,
    is: ['cf-connecting-ip: 1.2.3.4', 'host: other.example', 'te: trailers', 'x-forwarded-for: 1.1.1.1'],
  },
  {
    rule: 'a request header of 60,000 bytes arrives',
    area: 'fetch: headers',
    run: async (world) => {
      const { headers } = await echoed(world, { headers: { 'x-big': 'b'.repeat(60_000) } });
      return headers.map((line) => line.length);
    },
    is: [60_007],
  },
  {
    rule: 'a response header of 60,000 bytes arrives',
    area: 'fetch: headers',
    run: async ({ env }) => (await env.ECHO.fetch(at('/big-header'))).headers.get('x-big').length,
    is: 60_000,
  },
  {
    rule: 'the caller sees exactly the headers that the callee wrote',
    area: 'fetch: headers',
    run: async ({ env }) => listed((await env.ECHO.fetch(at('/headers'))).headers),
    is: [
      'cache-control: private',
      'content-type: text/odd; charset=utf-8',
      'link: </a.css>; rel=preload, </b.js>; rel=preload',
      'server-timing: db;dur=53',
      'vary: accept, cookie',
      'x-one: 1',
    ],
  },
  {
    rule: 'several Set-Cookie headers stay several',
    area: 'fetch: headers',
    run: async ({ env }) => (await env.ECHO.fetch(at('/cookies'))).headers.getSetCookie(),
    is: ['a=1; Path=/; HttpOnly', 'b=2; Expires=Wed, 21 Oct 2026 07:28:00 GMT', 'c=3,4'],
  },
  {
    rule: 'the headers of a response that came can be changed as bare: they are immutable',
    area: 'fetch: headers',
    run: async ({ env }) => {
      const response = await env.ECHO.fetch(at('/plain'));
      return [
        await refused(() => response.headers.set('x-mine', '1')),
        new Response(response.body, response).headers.get('content-type'),
      ];
    },
    is: [{ name: 'TypeError', message: "Can't modify immutable headers." }, 'text/plain;charset=UTF-8'],
  },
  ...[200, 201, 404, 500, 599].map((code) => status(code, true)),
  ...[204, 205, 304].map((code) => status(code, false)),
  status(301, true),
  status(200, true, 'Fine By Me'),
  status(418, true, "I'm a teapot"),
  {
    rule: 'redirect: manual shows the redirect itself',
    area: 'fetch: redirects',
    run: async (world) => {
      const response = await followed(world, { redirect: 'manual' });
      return [response.status, response.headers.get('location'), response.redirected, response.type];
    },
    is: [302, '/echo?followed', false, 'default'],
  },
  {
    rule: 'redirect: follow is the default, and goes to the same service',
    area: 'fetch: redirects',
    run: async (world) => {
      const response = await followed(world, { headers: { 'x-kept': '1' } });
      const { method, url, headers } = await response.json();
      return {
        status: response.status,
        redirected: response.redirected,
        url: response.url,
        method,
        seen: url,
        headers,
      };
    },
    is: {
      status: 200,
      redirected: true,
      url: at('/echo?followed'),
      method: 'GET',
      seen: at('/echo?followed'),
      headers: ['x-kept: 1'],
    },
  },
  {
    rule: 'redirect: follow to another host still goes to the same service',
    area: 'fetch: redirects',
    run: async (world) => {
      const response = await followed(world, {}, 301, 'https://elsewhere.example:8443/echo');
      return [response.url, (await response.json()).url];
    },
    is: ['https://elsewhere.example:8443/echo', 'https://elsewhere.example:8443/echo'],
  },
  {
    rule: 'redirect: error refuses the redirect',
    area: 'fetch: redirects',
    run: (world) => refused(() => followed(world, { redirect: 'error' })),
    is: { name: 'TypeError', message: invalidRedirect },
  },
  {
    rule: 'a POST that is redirected by 303 becomes a GET without body',
    area: 'fetch: redirects',
    run: async (world) => {
      const { method, body } = await (await followed(world, { method: 'POST', body: 'x' }, 303)).json();
      return { method, body };
    },
    is: { method: 'GET', body: '' },
  },
  {
    rule: 'a POST that is redirected by 307 keeps method and body',
    area: 'fetch: redirects',
    run: async (world) => {
      const { method, body } = await (await followed(world, { method: 'POST', body: 'x' }, 307)).json();
      return { method, body };
    },
    is: { method: 'POST', body: 'x' },
  },
  {
    rule: 'a streamed POST cannot be redirected by 307',
    area: 'fetch: redirects',
    run: (world) =>
      refused(async () => (await followed(world, { method: 'POST', body: new Response('x').body }, 307)).status),
    is: {
      name: 'TypeError',
      message:
        'A request with a one-time-use body (it was initialized from a stream, not a buffer) encountered a redirect requiring the body to be retransmitted. To avoid this error in the future, construct this request from a buffer-like body initializer.',
    },
  },
  {
    rule: 'endless redirects end in the same error',
    area: 'fetch: redirects',
    run: ({ env }) =>
      refused(async () => {
        const to = '/redirect?code=302&to=/loop';
        const response = await env.ECHO.fetch(at(`/redirect?code=302&to=${encodeURIComponent(to)}`));
        return new URL(response.url).pathname;
      }),
    is: { returned: '/loop' },
  },
  {
    rule: 'the callee sees the redirect mode that a binding call has',
    area: 'fetch: redirects',
    run: async ({ env }) =>
      Promise.all(
        ['manual', 'follow'].map(
          async (redirect) => (await (await env.ECHO.fetch(at('/whole'), { redirect })).json()).redirect,
        ),
      ),
    is: ['manual', 'manual'],
  },
  ...[
    ['/a/%2e%2e/b', '/b'],
    ['/a/./b/../c', '/a/c'],
    ['//double//slash'],
    ['/back\\slash', '/back/slash'],
    ['/trailing.../'],
    ['/caf\u00e9 \u2603', '/caf%C3%A9%20%E2%98%83'],
    ['/lower%c3%a9%2F%zz'],
    ['/empty?'],
    ['/fragment?a=1#part', '/fragment?a=1'],
    ["/sub;delims=!$&'()*+,@:~"],
    ['/q?x=%20+a&y=\u00e9&z="<>', '/q?x=%20+a&y=%C3%A9&z=%22%3C%3E'],
    ['', '/'],
  ].map(([path, seen]) => address(path, seen)),
  ...[
    ['https://secure.example/a'],
    ['http://port.example:8080/a'],
    ['HTTP://UPPER.Example/A', 'http://upper.example/A'],
    ['http://user:pass@auth.example/a', 'http://auth.example/a'],
    ['http://trailing.dot./a'],
    ['http://127.0.0.1/a'],
    ['http://[::1]:99/a'],
    ['http://\u00fcmlaut.example/a', 'http://xn--mlaut-jva.example/a'],
    ['http://under_score.example/a'],
  ].map(([url, seen]) => wholeAddress(url, seen)),
  {
    rule: 'request.cf arrives as the caller wrote it',
    area: 'fetch: requests',
    run: async ({ env }) =>
      (await (await env.ECHO.fetch(at('/whole'), { cf: { country: 'AT', deep: { list: [1, null] } } })).json()).cf,
    is: { country: 'AT', deep: { list: [1, null] } },
  },
  {
    rule: 'request.cf stays with a request that is handed on',
    area: 'fetch: requests',
    run: async ({ env }) => {
      const first = new Request(at('/whole'), { cf: { colo: 'VIE' } });
      return (await (await env.ECHO.fetch(new Request(first, { headers: { 'x-a': '1' } }))).json()).cf;
    },
    is: { colo: 'VIE' },
  },
  {
    rule: 'fetch takes a string, a URL, a Request, and a Request with changes',
    area: 'fetch: requests',
    run: async ({ env }) => {
      const request = () => new Request(at('/echo?r'), { method: 'PUT', body: 'r', headers: { 'x-a': '1' } });
      const answers = [
        await env.ECHO.fetch(at('/echo?s')),
        await env.ECHO.fetch(new URL(at('/echo?u'))),
        await env.ECHO.fetch(request()),
        await env.ECHO.fetch(request(), { method: 'POST', headers: { 'x-b': '2' }, body: 'changed' }),
      ];
      const seen = await Promise.all(answers.map((answer) => answer.json()));
      return seen.map(({ method, url, headers, body }) => [
        method,
        new URL(url).search,
        headers.filter((line) => line.startsWith('x-')),
        body,
      ]);
    },
    is: [
      ['GET', '?s', [], ''],
      ['GET', '?u', [], ''],
      ['PUT', '?r', ['x-a: 1'], 'r'],
      ['POST', '?r', ['x-b: 2'], 'changed'],
    ],
  },
  {
    rule: 'a request whose body was sent is used up',
    area: 'fetch: requests',
    run: async ({ env }) => {
      const request = new Request(at('/echo'), { method: 'POST', body: 'once' });
      await (await env.ECHO.fetch(request)).json();
      return [request.bodyUsed, await refused(() => env.ECHO.fetch(request))];
    },
    is: [true, { name: 'TypeError', message: 'Cannot reconstruct a Request with a used body.' }],
  },
  {
    rule: 'a cache mode is taken',
    area: 'fetch: requests',
    run: ({ env }) => refused(async () => (await env.ECHO.fetch(at('/plain'), { cache: 'no-store' })).text()),
    is: { returned: 'plain' },
  },
  {
    rule: 'a clone can be sent after its original',
    area: 'fetch: requests',
    run: async ({ env }) => {
      const request = new Request(at('/echo'), { method: 'POST', body: 'twice' });
      const clone = request.clone();
      const first = await (await env.ECHO.fetch(request)).json();
      const second = await (await env.ECHO.fetch(clone)).json();
      return [first.body, second.body];
    },
    is: ['twice', 'twice'],
  },
  ...[
    ['a relative address', (env) => env.ECHO.fetch('/relative'), 'Invalid URL: /relative'],
    [
      'no address',
      (env) => env.ECHO.fetch(),
      "Failed to execute 'fetch' on 'Fetcher': parameter 1 is not of type 'Request or string'.",
    ],
    [
      'a GET with a body',
      (env) => env.ECHO.fetch(at('/echo'), { method: 'GET', body: 'x' }),
      'Request with a GET or HEAD method cannot have a body.',
    ],
    [
      'a malformed header name',
      (env) => env.ECHO.fetch(at('/echo'), { headers: { 'a b': '1' } }),
      'Invalid header name.',
    ],
    ['an unknown method', (env) => env.ECHO.fetch(at('/echo'), { method: 'BREW' }), 'Invalid HTTP method string: BREW'],
    ['an unknown redirect mode', (env) => env.ECHO.fetch(at('/echo'), { redirect: 'sometimes' }), invalidRedirect],
    [
      'a scheme that is none',
      (env) => env.ECHO.fetch('gopher://echo.example/'),
      'Fetch API cannot load: gopher://echo.example/',
    ],
  ].map(([what, work, message]) => ({
    rule: `${what} is refused in the same words, by a promise that rejects or by a throw as bare`,
    area: 'fetch: requests',
    run: async ({ env }) => {
      let thrown = false;
      const ended = await refused(() => {
        try {
          return work(env).then((response) => response.status);
        } catch (error) {
          thrown = true;
          throw error;
        }
      });
      return { thrown, ended };
    },
    is: { thrown: false, ended: { name: 'TypeError', message } },
  })),
  {
    rule: 'a fetch that is taken off its binding behaves as bare',
    area: 'fetch: requests',
    run: ({ env }) => {
      const { fetch: taken } = env.ECHO;
      return refused(async () => (await taken(at('/plain'))).text());
    },
    is: {
      name: 'TypeError',
      message:
        'Illegal invocation: function called with incorrect `this` reference. See https://developers.cloudflare.com/workers/observability/errors/#illegal-invocation-errors for details.',
    },
  },
  {
    rule: 'Range is answered with the part, and 416 with none',
    area: 'fetch: responses',
    run: async ({ env }) => {
      const ask = async (range) => {
        const response = await env.ECHO.fetch(at('/range'), { headers: { range } });
        return [response.status, response.headers.get('content-range'), await response.text()];
      };
      return [await ask('bytes=2-5'), await ask('bytes=20-25')];
    },
    is: [
      [206, 'bytes 2-5/10', '2345'],
      [416, 'bytes */10', ''],
    ],
  },
  {
    rule: 'a response shows the same url, type and flags',
    area: 'fetch: responses',
    run: async ({ env }) => {
      const response = await env.ECHO.fetch(at('/plain'));
      const { url, type, ok, redirected, bodyUsed, cf, webSocket } = response;
      return { url, type, ok, redirected, bodyUsed, cf: cf ?? null, webSocket, kind: response.constructor.name };
    },
    is: {
      url: at('/plain'),
      type: 'default',
      ok: true,
      redirected: false,
      bodyUsed: false,
      cf: null,
      webSocket: null,
      kind: 'Response',
    },
  },
];
