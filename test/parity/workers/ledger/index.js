/** A class as default export, with every kind of member that RPC can reach or must not. */

import { RpcTarget, WorkerEntrypoint } from 'cloudflare:workers';
import { AsyncLocalStorage } from 'node:async_hooks';
import { Buffer } from 'node:buffer';

const notes = new Map();
const storage = new AsyncLocalStorage();

export class Tally extends RpcTarget {
  #value;
  #key;
  constructor(value, key) {
    super();
    this.#value = value;
    this.#key = key;
    this.own = 'own property of a target';
  }
  add(number = 1) {
    this.#value += number;
    return this.#value;
  }
  get value() {
    return this.#value;
  }
  child() {
    return new Tally(this.#value * 2);
  }
  self() {
    return this;
  }
  fail() {
    throw new TypeError('a target fails');
  }
  [Symbol.dispose]() {
    if (this.#key !== undefined) notes.set(this.#key, 'disposed');
  }
}

class Base extends WorkerEntrypoint {
  inherited(word) {
    return `inherited ${word}`;
  }
}

function kindOf(value) {
  if (value === null || typeof value !== 'object') return typeof value;
  return value.constructor?.name ?? 'no prototype';
}

const samples = {
  undefined: () => undefined,
  null: () => null,
  true: () => true,
  'minus zero': () => -0,
  'not a number': () => Number.NaN,
  infinity: () => Number.NEGATIVE_INFINITY,
  bigint: () => 12345678901234567890n,
  string: () => 'snowman \u2603 \ud83d\ude00',
  date: () => new Date(86_400_000),
  regexp: () => /a+b/gi,
  map: () => new Map([['a', new Map([[1, 2]])]]),
  set: () => new Set([1, 'x']),
  arraybuffer: () => new Uint8Array([1, 2, 3]).buffer,
  uint8array: () => new Uint8Array([1, 2, 3]),
  float64array: () => new Float64Array([1.5, -2.5]),
  dataview: () => new DataView(new Uint8Array([9, 8]).buffer),
  array: () => Object.assign(new Array(3), { 0: 1, 2: 3 }),
  object: () => ({ a: { b: [1, { c: 2 }] } }),
  cycle: () => {
    const object = { name: 'cycle' };
    object.self = object;
    return object;
  },
  'shared reference': () => {
    const shared = { n: 1 };
    return { left: shared, right: shared };
  },
  error: () => Object.assign(new RangeError('an error as a value'), { code: 'E_VALUE' }),
  headers: () => new Headers({ 'x-a': '1' }),
};

export default class Ledger extends Base {
  own = 'own property';
  method = () => 'own function';
  #secret = 'secret';
  static statics() {
    return 'static';
  }
  add(a, b = 10) {
    return a + b;
  }
  args(...args) {
    return { count: args.length, kinds: args.map((arg) => (arg === undefined ? 'undefined' : kindOf(arg))) };
  }
  defaults(a = 'a', b = 'b', c = 'c') {
    return [a, b, c];
  }
  returns(value) {
    return value;
  }
  nothing() {}
  sync() {
    return 'sync';
  }
  async slow(ms) {
    await scheduler.wait(ms);
    return 'slow';
  }
  get total() {
    return 42;
  }
  get users() {
    return { list: () => ['ann', 'bob'], count: 2, deep: { er: { name: () => 'deepest', value: 7 } } };
  }
  get failing() {
    throw new Error('a getter fails');
  }
  usersOf(team) {
    return { team, list: async () => [`${team}-ann`], nested: { size: () => 3 } };
  }
  call(word) {
    return `my own method named call, ${word}`;
  }
  'selvedge:mine'(word) {
    return `my own method with a prefix, ${word}`;
  }
  apply(callback, value) {
    return callback(value);
  }
  bind(word) {
    return `bind ${word}`;
  }
  toString() {
    return 'my own toString';
  }
  'a b.c'() {
    return 'odd name';
  }
  sample(name) {
    return samples[name]();
  }
  describe(value) {
    return { kind: kindOf(value), text: Buffer.isBuffer(value) ? 'buffer' : Object.prototype.toString.call(value) };
  }
  identity(value) {
    return { same: value.left === value.right, cycle: value.self === value };
  }
  async request(request) {
    return {
      kind: kindOf(request),
      method: request.method,
      url: request.url,
      headers: [...request.headers],
      body: await request.text(),
    };
  }
  response(text) {
    return new Response(text, { status: 201, statusText: 'Made', headers: { 'x-made': 'yes' } });
  }
  async responseText(response) {
    return [response.status, response.headers.get('x-a'), await response.text()];
  }
  async size(stream) {
    let bytes = 0;
    for await (const chunk of stream) bytes += chunk.byteLength;
    return bytes;
  }
  stream(parts) {
    return new ReadableStream({
      type: 'bytes',
      start(controller) {
        for (const part of parts) controller.enqueue(new TextEncoder().encode(part));
        controller.close();
      },
    });
  }
  async writeTo(writable) {
    const writer = writable.getWriter();
    await writer.write(new TextEncoder().encode('written by the callee'));
    await writer.close();
    return 'closed';
  }
  through(stream) {
    return stream.pipeThrough(
      new TransformStream({
        transform(chunk, controller) {
          controller.enqueue(new TextEncoder().encode(new TextDecoder().decode(chunk).toUpperCase()));
        },
      }),
    );
  }
  twice(callback) {
    return Promise.all([callback(1), callback(2)]);
  }
  async later(callback) {
    const kept = callback.dup();
    this.ctx.waitUntil(
      (async () => {
        await scheduler.wait(50);
        await kept('after the answer');
        kept[Symbol.dispose]();
      })(),
    );
    return 'answered';
  }
  callbackMethods(target) {
    return Promise.all([target.add(1), target.add(2)]);
  }
  maker() {
    return (word) => `made ${word}`;
  }
  makerWithState() {
    let count = 0;
    return { up: () => ++count, down: () => --count, name: 'maker' };
  }
  counter(start, key) {
    // A disposer runs only while the invocation that made the target lasts.
    if (key !== undefined) this.ctx.waitUntil(scheduler.wait(1_000));
    return new Tally(start, key);
  }
  counters() {
    return [new Tally(1), new Tally(2)];
  }
  note(key) {
    return notes.get(key) ?? null;
  }
  fail(kind) {
    if (kind === 'plain') throw new Error('plain failure');
    if (kind === 'typed') throw new RangeError('typed failure');
    if (kind === 'own')
      throw Object.assign(new Error('failure with properties'), { code: 'E_OWN', status: 402, detail: { a: [1] } });
    if (kind === 'class') throw new OutOfMoney(12);
    if (kind === 'cause') throw new Error('outer', { cause: new TypeError('inner') });
    if (kind === 'string') throw 'a string';
    if (kind === 'object') throw { odd: true };
    if (kind === 'undefined') throw undefined;
    if (kind === 'aborted') throw new DOMException('was aborted', 'AbortError');
    if (kind === 'aggregate') throw new AggregateError([new Error('one')], 'several');
    return null;
  }
  unserialisable() {
    return { symbol: Symbol('x') };
  }
  classInstance() {
    return new OutOfMoney(1).constructor === OutOfMoney ? new Plain() : null;
  }
  big(length) {
    return 'x'.repeat(length);
  }
  length(text) {
    return text.length;
  }
  async viaFetch() {
    return (await this.env.ECHO.fetch('http://echo.example/plain')).text();
  }
  ownStorage() {
    const walk = async () => {
      const before = storage.getStore();
      await scheduler.wait(5);
      return [before, await this.viaFetch(), storage.getStore()];
    };
    return Promise.all(['one', 'two'].map((word) => storage.run(word, walk)));
  }
  whoami() {
    return {
      props: this.ctx.props,
      className: this.constructor.name,
      isLedger: this instanceof Ledger,
      isBase: this instanceof Base,
    };
  }
  async hang(key) {
    notes.set(key, 'began');
    await scheduler.wait(500);
    notes.set(key, 'ran to its end');
  }
  secret() {
    return this.#secret.length;
  }
  background(key) {
    this.ctx.waitUntil(scheduler.wait(30).then(() => notes.set(key, 'background work ran')));
    return 'answered';
  }
  async fetch(request) {
    return new Response(`ledger ${request.method} ${new URL(request.url).pathname}`);
  }
}

class Plain {
  field = 1;
}

class OutOfMoney extends Error {
  constructor(missing) {
    super(`${missing} are missing`);
    this.name = 'OutOfMoney';
    this.missing = missing;
  }
}

/** An entrypoint that is all about who binds it. */
export class Teller extends WorkerEntrypoint {
  #seen;
  constructor(ctx, env) {
    super(ctx, env);
    this.#seen = JSON.stringify(ctx.props ?? null);
  }
  props() {
    return this.ctx.props;
  }
  propsInConstructor() {
    return JSON.parse(this.#seen);
  }
  keysOfProps() {
    return Reflect.ownKeys(this.ctx.props).map(String);
  }
  identity() {
    return {
      className: this.constructor.name,
      instance: this instanceof Teller,
      entrypoint: this instanceof WorkerEntrypoint,
    };
  }
  async loopback() {
    const other = this.ctx.exports.Teller({ props: { made: 'by hand' } });
    return [await other.props(), Object.keys(this.ctx.exports).sort()];
  }
  async fetch(request) {
    return Response.json({ props: this.ctx.props, path: new URL(request.url).pathname, headers: [...request.headers] });
  }
}
