/** The Worker that is called in tests of RPC: everything that workerd lets an entrypoint do, as JavaScript source. */
export const calleeSource = `
import { WorkerEntrypoint, RpcTarget } from 'cloudflare:workers';
const log = [];
let kept;
class Plain { x = 1; m() { return 2; } }
class Counter extends RpcTarget {
  #count; own = 5;
  constructor(count = 0) { super(); this.#count = count; }
  increment(by = 1) { this.#count += by; return this.#count; }
  get count() { return this.#count; }
  get self() { return this; }
  child() { return new Counter(this.#count * 10); }
  fail() { throw new RangeError('no more'); }
  async read() { await scheduler.wait(1); return 'read ' + this.#count; }
  [Symbol.dispose]() { log.push('disposed ' + this.#count); }
}
class Wild extends RpcTarget {
  constructor() { super(); return new Proxy(this, { get: (target, key) => typeof key === 'string' && key !== 'then' ? () => 'wild ' + key : Reflect.get(target, key) }); }
}
export default class Callee extends WorkerEntrypoint {
  own = 3;
  #secret = 4;
  fetch() { return new Response('fetched'); }
  secret() { return this.#secret; }
  get version() { return 'v1'; }
  get users() {
    return { list: (n) => ['user', n], count: 7, deep: { twice: async (x) => x * 2, counter: new Counter() }, plain: new Plain(), fetch: () => 'nested fetch', undef: undefined };
  }
  get counter() { return new Counter(); }
  get promised() { return Promise.resolve({ a: 1, f: () => 4 }); }
  get failing() { throw new TypeError('getter threw'); }
  get undef() { return undefined; }
  get nothing() { return null; }
  get list() { return [1, 2, (x) => x + 1]; }
  get instance() { return new Plain(); }
  get map() { return new Map([[1, 2]]); }
  get 'not an identifier'() { return 'odd'; }
  get wild() { return new Wild(); }
  get self() { return this.env.DIRECT_self; }
  method(a) { return ['method', a, typeof this.version]; }
  unbound() { return this === undefined ? 'undefined' : typeof this; }
  call() { return 'call'; } apply() { return 'apply'; } bind() { return 'bind'; } name() { return 'name'; } length() { return 'length'; }
  get(a) { return 'get ' + a; } put() { return 'put'; } delete() { return 'delete'; } connect2() { return 'connect2'; } fetch2() { return 'fetch2'; }
  toString() { return 'mine'; } valueOf() { return 'mine'; } hasOwnProperty() { return 'mine'; } toJSON() { return 'toJSON'; }
  catch() { return 'catch'; } finally() { return 'finally'; } dup() { return 'dup'; } alarm() { return 'alarm'; } webSocketMessage() { return 'message'; }
  queue() { return 'queue'; } scheduled() { return 'scheduled'; } trace() { return 'trace'; } tail() { return 'tail'; } test() { return 'test'; } email() { return 'email'; }
  prototype() { return 'prototype'; } arguments() { return 'arguments'; } caller() { return 'caller'; } static() { return 'static'; }
  selvedge() { return 'selvedge'; } 'selvedge:call2'() { return 'call2'; } 'a.b'() { return 'dotted'; } ''() { return 'empty'; } __call() { return '__call'; }
  // workerd runs the disposer of a target only while its invocation lasts, which must not hang on who lets go of it last.
  last() { this.ctx.waitUntil(scheduler.wait(300)); }
  make(n) { this.last(); return new Counter(n); }
  async makeLater(n) { this.last(); await scheduler.wait(1); return new Counter(n); }
  bag() { this.last(); return { counter: new Counter(40), n: 1, f() { return 'f'; } }; }
  lease() { this.last(); return { id: 7, [Symbol.dispose]() { log.push('lease over'); } }; }
  leaseWith() { this.last(); return { counter: new Counter(60), [Symbol.dispose]() { log.push('leaseWith over'); } }; }
  looksLikeOurs() { return { 'selvedge:disposable': 5, other: 1 }; }
  async log() { await scheduler.wait(20); return log.splice(0); }
  throwString() { throw 'text'; } throwObject() { throw { a: 1 }; } throwUndefined() { throw undefined; } throwNull() { throw null; }
  throwOwn() { class My extends Error { constructor(m) { super(m); this.name = 'My'; this.code = 'c'; this.detail = { a: [1] }; } } throw new My('mine'); }
  throwCause() { throw new Error('outer', { cause: new TypeError('inner') }); }
  throwTyped() { throw Object.assign(new TypeError('typed'), { code: 4, remote: false }); }
  throwFunction() { throw Object.assign(new TypeError('typed'), { f() {} }); }
  throwDom() { throw new DOMException('dom', 'AbortError'); }
  throwAggregate() { throw new AggregateError([new Error('x')], 'many'); }
  throwOurs() { throw new TypeError('The RPC receiver does not implement the method "selvedge:call".'); }
  async rejects() { await scheduler.wait(1); throw Object.assign(new Error('later'), { code: 'E' }); }
  plainInstance() { return new Plain(); } symbol() { return { a: Symbol('x') }; } weak() { return new WeakMap(); } *generator() { yield 1; }
  itself() { return this; } context() { return this.ctx; }
  big(bytes) { return 'x'.repeat(bytes); }
  size(text) { return text.length; }
  echo(...args) { return args; }
  count() { return arguments.length; }
  nothingReturned() {}
  thenable() { return { then(resolve) { resolve(9); } }; }
  adder() { return (x) => x + 1; }
  async callBack(f, ...args) { return f(...args); }
  async callMember(options) { return [await options.onEvent('e'), options.n]; }
  async useTarget(target) { const first = await target.increment(); return [first, await target.count]; }
  keep(f) { kept = f.dup(); return 'kept'; }
  async useAfter(f) { const mine = f.dup(); this.ctx.waitUntil((async () => { await scheduler.wait(20); try { await mine('after'); } catch (error) { log.push(error.message); } mine[Symbol.dispose](); })()); return 'returned'; }
  async pass(stub) { return stub; }
  async request(request) { return { url: request.url, method: request.method, header: request.headers.get('x-a'), body: await request.text() }; }
  response(text) { return new Response(text, { status: 201, headers: { 'x-b': text } }); }
  async text(stream) { return new Response(stream).text(); }
  async write(writable, chunks) { const writer = writable.getWriter(); for (const chunk of chunks) await writer.write(new TextEncoder().encode(chunk)); await writer.close(); return chunks.length; }
  stream(chunks) {
    let at = 0;
    return new ReadableStream({ type: 'bytes', async pull(controller) { await scheduler.wait(2); if (at === chunks.length) { controller.close(); controller.byobRequest?.respond(0); } else controller.enqueue(new TextEncoder().encode(chunks[at++])); } });
  }
  streamFails() { return new ReadableStream({ type: 'bytes', pull(controller) { controller.error(new RangeError('broken stream')); } }); }
  both(stream) { return stream.pipeThrough(new TransformStream({ transform(chunk, controller) { controller.enqueue(new TextEncoder().encode(new TextDecoder().decode(chunk).toUpperCase())); } })); }
  nestedStreams(n) { return { a: this.stream(['a', String(n)]), b: this.stream(['b']) }; }
}
`;
