/** RPC: every kind of value that structured clone and workerd can send, as an argument and as a result. */
import { refused } from './told.js';

function shown(value) {
  if (typeof value === 'bigint') return `${value}n`;
  if (Object.is(value, -0)) return '-0';
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (value === undefined) return 'undefined';
  if (value === null || typeof value !== 'object') return value;
  const kind = value.constructor.name;
  if (value instanceof Date) return [kind, value.toISOString()];
  if (value instanceof RegExp) return [kind, String(value), value.lastIndex];
  if (value instanceof Map) return [kind, [...value].map(([key, of]) => [shown(key), shown(of)])];
  if (value instanceof Set) return [kind, [...value].map(shown)];
  if (value instanceof ArrayBuffer) return [kind, [...new Uint8Array(value)]];
  if (value instanceof DataView) return [kind, value.byteLength, value.getUint8(0)];
  if (ArrayBuffer.isView(value)) return [kind, [...value]];
  if (value instanceof Error) return [kind, value.name, value.message, { ...value }];
  if (value instanceof Headers) return [kind, [...value]];
  if (Array.isArray(value)) return Array.from(value, (item, index) => (index in value ? shown(item) : 'hole'));
  if (value.self === value) return [kind, value.name, 'refers to itself'];
  if (value.left !== undefined) return [kind, value.left === value.right];
  return value;
}

const results = {
  undefined: 'undefined',
  null: null,
  true: true,
  'minus zero': '-0',
  'not a number': 'NaN',
  infinity: '-Infinity',
  bigint: '12345678901234567890n',
  string: 'snowman \u2603 \ud83d\ude00',
  date: ['Date', '1970-01-02T00:00:00.000Z'],
  regexp: ['RegExp', '/a+b/gi', 0],
  map: ['Map', [['a', ['Map', [[1, 2]]]]]],
  set: ['Set', [1, 'x']],
  arraybuffer: ['ArrayBuffer', [1, 2, 3]],
  uint8array: ['Uint8Array', [1, 2, 3]],
  float64array: ['Float64Array', [1.5, -2.5]],
  dataview: ['DataView', 2, 9],
  array: [1, 'hole', 3],
  object: { a: { b: [1, { c: 2 }] } },
  cycle: ['Object', 'cycle', 'refers to itself'],
  'shared reference': ['Object', true],
  error: ['RangeError', 'RangeError', 'an error as a value', { code: 'E_VALUE' }],
  headers: ['Headers', [['x-a', '1']]],
};

const decode = (bytes) => new TextDecoder().decode(bytes);
const textOf = (stream) => new Response(stream).text();

export const rpcValueRows = [
  ...Object.entries(results).map(([name, is]) => ({
    rule: `a value passes there and back: ${name}`,
    area: 'RPC: values',
    run: async ({ env }) => {
      const result = await env.LEDGER.sample(name);
      return [shown(result), shown(await env.LEDGER.returns(result))];
    },
    is: [is, is],
  })),
  {
    rule: 'values keep their kind for the callee',
    area: 'RPC: values',
    run: async ({ env }) => {
      const values = [
        new Date(0),
        new Map(),
        new Set(),
        new Uint8Array(1),
        /x/,
        new TypeError('x'),
        new Headers(),
        [],
        1n,
      ];
      const seen = await Promise.all(values.map((value) => env.LEDGER.describe(value)));
      return seen.map(({ kind }) => kind);
    },
    is: ['Date', 'Map', 'Set', 'Uint8Array', 'RegExp', 'TypeError', 'Headers', 'Array', 'bigint'],
  },
  {
    rule: 'references within one argument stay references',
    area: 'RPC: values',
    run: async ({ env }) => {
      const part = { n: 1 };
      const whole = { left: part, right: part };
      whole.self = whole;
      return env.LEDGER.identity(whole);
    },
    is: { same: true, cycle: true },
  },
  {
    rule: 'a Request passes as an argument, with method, headers and body',
    area: 'RPC: values',
    run: ({ env }) =>
      env.LEDGER.request(
        new Request('http://there.example/a?b', { method: 'PUT', headers: { 'x-a': '1' }, body: 'of request' }),
      ),
    is: {
      kind: 'Request',
      method: 'PUT',
      url: 'http://there.example/a?b',
      headers: [
        ['content-type', 'text/plain;charset=UTF-8'],
        ['x-a', '1'],
      ],
      body: 'of request',
    },
  },
  {
    rule: 'a Response passes as a result, with status, headers and body',
    area: 'RPC: values',
    run: async ({ env }) => {
      const response = await env.LEDGER.response('made');
      return [response.status, response.statusText, response.headers.get('x-made'), await response.text()];
    },
    is: [201, 'Made', 'yes', 'made'],
  },
  {
    rule: 'a Response passes as an argument',
    area: 'RPC: values',
    run: ({ env }) => env.LEDGER.responseText(new Response('mine', { status: 202, headers: { 'x-a': 'b' } })),
    is: [202, 'b', 'mine'],
  },
  {
    rule: 'a Response of fetch passes on as an argument',
    area: 'RPC: values',
    run: async ({ env }) => env.LEDGER.responseText(await env.ECHO.fetch('http://echo.example/plain')),
    is: [200, null, 'plain'],
  },
  {
    rule: 'a ReadableStream of 16 MB passes as an argument',
    area: 'RPC: streams',
    run: ({ env }) => {
      let left = 64;
      const stream = new ReadableStream({
        type: 'bytes',
        pull(controller) {
          controller.enqueue(new Uint8Array(262_144));
          left -= 1;
          if (left === 0) controller.close();
        },
      });
      return env.LEDGER.size(stream);
    },
    is: 16_777_216,
  },
  {
    rule: 'a ReadableStream passes as a result',
    area: 'RPC: streams',
    run: async ({ env }) => textOf(await env.LEDGER.stream(['one ', 'two ', 'three'])),
    is: 'one two three',
  },
  {
    rule: 'a WritableStream passes as an argument, and the callee writes into it',
    area: 'RPC: streams',
    run: async ({ env }) => {
      const { readable, writable } = new IdentityTransformStream();
      const [text, answer] = await Promise.all([textOf(readable), env.LEDGER.writeTo(writable)]);
      return [text, answer];
    },
    is: ['written by the callee', 'closed'],
  },
  {
    rule: 'a stream goes there and back through the callee, each part before the next',
    area: 'RPC: streams',
    run: async ({ env }) => {
      const { readable, writable } = new IdentityTransformStream();
      const writer = writable.getWriter();
      const back = (await env.LEDGER.through(readable)).getReader();
      const heard = [];
      for (const word of ['one', 'two']) {
        writer.write(new TextEncoder().encode(word));
        heard.push(decode((await back.read()).value));
      }
      await writer.close();
      heard.push((await back.read()).done);
      return heard;
    },
    is: ['ONE', 'TWO', true],
  },
  {
    rule: 'the promise of a call can be an argument of another',
    area: 'RPC: values',
    run: ({ env }) => refused(() => env.LEDGER.returns(env.LEDGER.add(1, 1))),
    is: {
      name: 'DataCloneError',
      message: 'Could not serialize object of type "RpcPromise". This type does not support serialization.',
      code: 25,
    },
  },
  {
    rule: 'a stub that came from the callee can be sent back to it',
    area: 'RPC: values',
    run: async ({ env }) => {
      const counter = await env.LEDGER.counter(5);
      return (await env.LEDGER.callbackMethods(counter)).sort();
    },
    is: [6, 8],
  },
  {
    rule: 'a binding cannot be sent as a value',
    area: 'RPC: values',
    run: ({ env }) => refused(async () => String(await env.LEDGER.returns(env.ECHO))),
    is: {
      name: 'DataCloneError',
      message: "ServiceStub serialization requires the 'experimental' compat flag.",
      code: 25,
    },
  },
];
