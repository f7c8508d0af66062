/** Bodies: kinds, compression, size, and the order in which bytes pass. */
import { refused } from './told.js';

const at = (path) => `http://echo.example${path}`;
const encode = (text) => new TextEncoder().encode(text);
const decode = (bytes) => new TextDecoder().decode(bytes);

const megabytes = 64;
const chunk = new Uint8Array(262_144).fill(5);

function streamOf(bytes) {
  let left = bytes;
  return new ReadableStream({
    pull(controller) {
      const part = left >= chunk.length ? chunk : chunk.slice(0, left);
      left -= part.length;
      controller.enqueue(part);
      if (left === 0) controller.close();
    },
  });
}

async function gzip(text) {
  return new Response(new Response(text).body.pipeThrough(new CompressionStream('gzip'))).arrayBuffer();
}

const kind = (what, body, expected) => ({
  rule: `a body that is ${what} arrives with the headers it brings`,
  area: 'fetch: bodies',
  run: async ({ env }) => {
    const { headers, body: seen } = await (
      await env.ECHO.fetch(at('/echo'), { method: 'POST', body: await body() })
    ).json();
    return { headers: headers.map((line) => line.replace(/boundary=\S+/, 'boundary=...')), seen };
  },
  is: expected,
});

export const bodyRows = [
  kind('a string', () => 'text', {
    headers: ['content-length: 4', 'content-type: text/plain;charset=UTF-8'],
    seen: 'text',
  }),
  kind('an empty string', () => '', {
    headers: ['content-length: 0', 'content-type: text/plain;charset=UTF-8'],
    seen: '',
  }),
  kind('bytes', () => encode('bytes'), { headers: ['content-length: 5'], seen: 'bytes' }),
  kind('a Blob', () => new Blob(['blob'], { type: 'x/y' }), {
    headers: ['content-length: 4', 'content-type: x/y'],
    seen: 'blob',
  }),
  kind('URLSearchParams', () => new URLSearchParams({ a: '1 2' }), {
    headers: ['content-length: 5', 'content-type: application/x-www-form-urlencoded;charset=UTF-8'],
    seen: 'a=1+2',
  }),
  kind('a stream', () => new Response('stream').body, { headers: ['content-length: 6'], seen: 'stream' }),
  kind(
    'a stream of known length',
    () => {
      const { readable, writable } = new FixedLengthStream(5);
      const writer = writable.getWriter();
      writer.write(encode('fixed')).then(() => writer.close());
      return readable;
    },
    { headers: ['content-length: 5'], seen: 'fixed' },
  ),
  {
    rule: 'form data with a file arrives',
    area: 'fetch: bodies',
    run: async ({ env }) => {
      const form = new FormData();
      form.append('word', 'caf\u00e9');
      form.append('file', new File(['of a file'], 'a.txt', { type: 'text/x' }));
      return (await env.ECHO.fetch(at('/form'), { method: 'POST', body: form })).json();
    },
    is: [
      ['word', 'caf\u00e9'],
      ['file', 'a.txt', 'text/x', 'of a file'],
    ],
  },
  {
    rule: 'a gzip body that the callee packed itself arrives byte by byte, with its Content-Encoding',
    area: 'fetch: bodies',
    run: async ({ env }) => {
      const response = await env.ECHO.fetch(at('/gzip'), { headers: { 'accept-encoding': 'gzip' } });
      return [response.headers.get('content-encoding'), (await response.text()).length];
    },
    is: ['gzip', 700],
  },
  {
    rule: 'a gzip request body is not unpacked on its way',
    area: 'fetch: bodies',
    run: async ({ env }) => {
      const body = await gzip('packed '.repeat(10));
      const response = await env.ECHO.fetch(at('/bytes-of'), {
        method: 'POST',
        body,
        headers: { 'content-encoding': 'gzip' },
      });
      const { length, first, encoding } = await response.json();
      return { same: length === body.byteLength, first, encoding };
    },
    is: { same: true, first: [31, 139, 8, 0], encoding: 'gzip' },
  },
  {
    rule: 'Content-Length of a response of known length is as bare between Workers',
    area: 'fetch: bodies',
    run: async ({ env }) => {
      const response = await env.ECHO.fetch(at('/fixed?bytes=1000'));
      return [response.headers.get('content-length'), (await response.arrayBuffer()).byteLength];
    },
    is: [null, 1000],
  },
  {
    rule: `an upload of ${megabytes} MB streams to the callee`,
    area: 'fetch: streams',
    run: async ({ env }) => {
      const response = await env.ECHO.fetch(at('/count'), { method: 'POST', body: streamOf(megabytes * 1_048_576) });
      return (await response.json()).bytes;
    },
    is: megabytes * 1_048_576,
  },
  {
    rule: `a download of ${megabytes} MB streams to the caller`,
    area: 'fetch: streams',
    run: async ({ env }) => {
      const response = await env.ECHO.fetch(at(`/generate?bytes=${megabytes * 1_048_576}`));
      let bytes = 0;
      for await (const part of response.body) bytes += part.byteLength;
      return bytes;
    },
    is: megabytes * 1_048_576,
  },
  {
    rule: 'a caller that stops reading holds the callee back: nothing piles up between them',
    area: 'fetch: streams',
    run: async ({ env }) => {
      const response = await env.ECHO.fetch(at('/pull?key=held-back'));
      const reader = response.body.getReader();
      await reader.read();
      await scheduler.wait(300);
      const written = await (await env.ECHO.fetch(at('/noted?key=held-back'))).json();
      await reader.cancel();
      return { bounded: written < 8_388_608 };
    },
    is: { bounded: true },
  },
  {
    rule: 'a callee that does not read holds the caller back: nothing piles up between them',
    area: 'fetch: streams',
    run: async ({ env }) => {
      let written = 0;
      const body = new ReadableStream({
        pull(controller) {
          written += chunk.length;
          if (written > 268_435_456) controller.close();
          else controller.enqueue(chunk);
        },
      });
      const answering = env.ECHO.fetch(at('/unread?key=let-go'), { method: 'POST', body });
      await scheduler.wait(300);
      const bounded = written < 8_388_608;
      await env.ECHO.fetch(at('/note?key=let-go&value=now'));
      return { bounded, answer: await (await answering).text() };
    },
    is: { bounded: true, answer: 'never read' },
  },
  {
    rule: 'a request streams while its response streams: each part is answered before the next is sent',
    area: 'fetch: streams',
    run: async ({ env }) => {
      const { readable, writable } = new IdentityTransformStream();
      const writer = writable.getWriter();
      const answering = env.ECHO.fetch(at('/shout'), { method: 'POST', body: readable });
      const reader = (await answering).body.getReader();
      const heard = [];
      for (const word of ['one', 'two', 'three']) {
        writer.write(encode(word));
        heard.push(decode((await reader.read()).value));
      }
      await writer.close();
      heard.push((await reader.read()).done);
      return heard;
    },
    is: ['ONE', 'TWO', 'THREE', true],
  },
  {
    rule: 'an answer that comes before the body was read is not held up by it',
    area: 'fetch: streams',
    run: async ({ env }) => {
      const { readable, writable } = new IdentityTransformStream();
      const writer = writable.getWriter();
      writer.write(encode('begun')).catch(() => {});
      const response = await env.ECHO.fetch(at('/early'), { method: 'POST', body: readable });
      return [response.status, await response.text()];
    },
    is: [413, 'early'],
  },
  {
    rule: 'a server-sent event arrives before the next one is sent',
    area: 'fetch: streams',
    run: async ({ env }) => {
      const response = await env.ECHO.fetch(at('/events?key=next-event'));
      const reader = response.body.getReader();
      const first = decode((await reader.read()).value);
      await env.ECHO.fetch(at('/note?key=next-event&value=second'));
      const second = decode((await reader.read()).value);
      return [response.headers.get('content-type'), first, second, (await reader.read()).done];
    },
    is: ['text/event-stream', 'data: first\n\n', 'data: second\n\n', true],
  },
  {
    rule: 'a response body that breaks off is an error while reading, after what came before it',
    area: 'fetch: streams',
    run: async ({ env }) => {
      const response = await env.ECHO.fetch(at('/break'));
      const reader = response.body.getReader();
      const heard = [];
      const ended = await refused(async () => {
        for (;;) {
          const { done, value } = await reader.read();
          if (done) return 'ended well';
          heard.push(decode(value));
        }
      });
      return [response.status, heard, ended];
    },
    is: [200, ['half'], { name: 'Error', message: 'broken off', remote: true }],
  },
  {
    rule: 'a response can be cloned and read twice',
    area: 'fetch: streams',
    run: async ({ env }) => {
      const response = await env.ECHO.fetch(at('/plain'));
      const clone = response.clone();
      return [await response.text(), await clone.text()];
    },
    is: ['plain', 'plain'],
  },
];
