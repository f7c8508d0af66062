/** What a caller does with a callee: each row is the body of an async function of `X`, the binding. Its answer must be the same however X is reached. */
export const behaviours: Readonly<Record<string, string>> = {
  'reads a getter': `return X.version`,
  'reads a getter twice': `const p = X.version; return [await p, await p]`,
  'reads a name that is no identifier': `return X['not an identifier']`,
  'does not read an own property of the instance': `return X.own`,
  'does not read what is missing': `return X.missing`,
  'does not descend into what is missing': `return X.missing.x.y()`,
  'reads null': `return X.nothing`,
  'takes undefined for missing': `return X.undef`,
  'reads a promise': `const r = await X.promised; return [r.a, await r.f()]`,
  'does not descend into a promise': `return X.promised.a`,
  'passes the error of a getter': `return X.failing`,
  'passes the error of a getter on the way': `return X.failing.x`,
  'reads an array with functions': `const r = await X.list; return [r[0], await r[2](1)]`,
  'does not descend into an array': `return X.list.length`,
  'does not read an instance': `return X.instance`,
  'does not descend into an instance': `return X.instance.x`,
  'reads a Map': `return [...(await X.map)]`,
  'does not descend into a Map': `return X.map.size`,
  'reads a method as a function without this': `const f = await X.unbound; return f(2)`,
  'reads own properties of a method': `return X.method.length`,
  'does not read what a method lacks': `return X.method.x`,
  'calls no member of Function.prototype': `return X.method.call(null, 1)`,
  'calls a nested function': `return X.users.list(1)`,
  'reads a nested value': `return X.users.count`,
  'reads a nested undefined': `return X.users.undef`,
  'goes two levels deep': `return [await X.users.deep.twice(4), await X.users.deep.counter.increment()]`,
  'refuses nested reserved names': `return X.users.fetch()`,
  'does not reach Object.prototype by a path': `return X.users.deep.hasOwnProperty2()`,
  'does not descend into a nested instance': `return X.users.plain.m()`,
  'does not read the whole of what holds an instance': `return X.users`,
  'calls a method of a nested target': `return X.counter.increment(3)`,
  'does not read an own property of a target': `return X.counter.own`,
  'goes through getters of targets': `return X.counter.self.self.increment()`,
  'reaches a target behind a Proxy': `return X.wild.anything()`,
  'calls a method': `return X.method(1)`,
  'calls a torn-off method': `const { method } = X; return method(1)`,
  'calls a missing method': `return X.missing()`,
  'calls what is no function': `return X.version()`,
  'calls nested what is no function': `return X.users.count()`,
  'passes no arguments as none': `return [await X.count(), await X.count(undefined), await X.count(undefined, undefined)]`,
  'returns undefined': `return X.nothingReturned()`,
  ...Object.fromEntries(
    [
      ...[
        'call',
        'apply',
        'bind',
        'name',
        'length',
        'get',
        'put',
        'delete',
        'connect2',
        'fetch2',
        'toJSON',
        'catch',
        'finally',
        'secret',
      ],
      ...[
        'dup',
        'alarm',
        'webSocketMessage',
        'queue',
        'scheduled',
        'trace',
        'tail',
        'test',
        'email',
        'prototype',
        'arguments',
        'caller',
      ],
      ...[
        'static',
        'selvedge',
        'selvedge:call',
        'selvedge:call2',
        'a.b',
        '',
        '__call',
        'toString',
        'valueOf',
        'hasOwnProperty',
        'constructor',
      ],
      ...['__proto__', 'env', 'ctx', 'isPrototypeOf', '__defineGetter__'],
    ].map((name) => [`calls ${JSON.stringify(name)}`, `return X[${JSON.stringify(name)}]('a')`]),
  ),
  'has no then': `return typeof X.then`,
  'shows the same kinds': `return [typeof X, typeof X.a, typeof X.a.b, String(X), String(X.a), String(X.a.b), X.a.constructor.name, X.constructor.name, 'a' in X, 'b' in X.a, Reflect.ownKeys(X), Reflect.ownKeys(X.a), typeof X.a[Symbol.dispose], typeof X[Symbol.dispose], X.a instanceof Function, Object.prototype.toString.call(X.a)]`,
  'shows the same kind of promise': `const p = X.method(1); return [String(p), typeof p.x, typeof p[Symbol.dispose], p instanceof Promise, await p]`,
  'catches a read': `return X.missing.catch((error) => 'caught ' + error.message)`,
  'does something finally after a read': `let done = 0; const v = await X.version.finally(() => { done += 1; }); return [v, done]`,
  'calls through fetch': `return (await X.fetch('http://x/')).text()`,
  'passes every kind of data': `return X.echo(new Map([[1, new Set([2n])]]), new Date(5), new Uint8Array([1, 2]), new Float64Array([NaN, -0]), new ArrayBuffer(2), [, 1], undefined, null, /a/gi, NaN, -0, 'text', true, { a: { b: [1] } }, new Error('e', { cause: 1 }), new DataView(new ArrayBuffer(1)))`,
  'passes cycles and identity': `const o = { n: 1 }; o.o = o; const [a, b] = await X.echo(o, o); return [a.o === a, a === b]`,
  'passes the identity of functions': `const f = () => 1; const [a, b] = await X.echo(f, f); return [a === b, await a()]`,
  'does not send an instance': `return X.echo(new (class A { x = 1; }))`,
  'does not send a WeakMap': `return X.echo(new WeakMap())`,
  'does not send a symbol': `return X.echo(Symbol('a'))`,
  'rejects, and does not throw, what it cannot send': `let p; try { p = X.echo(Symbol('a')); } catch { return 'thrown'; } return p.catch(() => 'rejected')`,
  ...Object.fromEntries(
    ['plainInstance', 'symbol', 'weak', 'generator', 'itself', 'context', 'thenable', 'looksLikeOurs'].map((name) => [
      `returns ${name}`,
      `return X.${name}()`,
    ]),
  ),
  ...Object.fromEntries(
    ['String', 'Object', 'Undefined', 'Null', 'Own', 'Cause', 'Typed', 'Function', 'Dom', 'Aggregate', 'Ours'].map(
      (kind) => [`throws ${kind}`, `return X.throw${kind}()`],
    ),
  ),
  rejects: `return X.rejects()`,
  'refuses more than 32 MiB of arguments': `return X.size('x'.repeat(33 * 1024 * 1024)).catch((error) => [error.name, /limited to 32MiB/.test(error.message), error.remote])`,
  'refuses more than 32 MiB of result': `return X.big(33 * 1024 * 1024).catch((error) => [error.name, /limited to 32MiB/.test(error.message), error.remote])`,
  'passes 31 MiB both ways': `return [await X.size('x'.repeat(31 * 1024 * 1024)), (await X.big(31 * 1024 * 1024)).length]`,
  'keeps the state of a target': `using c = await X.make(5); return [await c.increment(), await c.increment(2), await c.count]`,
  'keeps two targets apart': `using a = await X.make(1); using b = await X.makeLater(2); return [await a.increment(), await b.increment(), await a.count]`,
  'passes the error of a target': `using c = await X.make(5); return c.fail()`,
  'takes a target of a target': `using c = await X.make(5); using d = await c.child(); return d.increment()`,
  'pipelines on a target': `return [await X.make(5).increment(), await X.makeLater(6).read(), await X.make(7).child().child().count]`,
  'pipelines on a value': `return [await X.bag().n, await X.bag().f(), await X.bag().counter.increment()]`,
  'pipelines on a function': `return X.adder()(5)`,
  'pipelines on an error': `return X.throwOwn().name.x()`,
  'pipelines on a primitive': `return X.size('abc').x`,
  'pipelines on a read': `return X.users.deep.counter.self.increment()`,
  'pipelines on a promise that is there': `const p = X.bag(); await p; return p.counter.increment()`,
  'disposes a target once': `await X.log(); { using c = await X.make(11); await c.count; } return X.log()`,
  'disposes a promise': `await X.log(); const p = X.make(12); await p.count; p[Symbol.dispose](); return X.log()`,
  'disposes what pipelining left': `await X.log(); await X.make(13).count; return X.log()`,
  'disposes the targets of a result': `await X.log(); { using bag = await X.bag(); await bag.counter.increment(); } return X.log()`,
  'disposes the targets of a result one by one': `await X.log(); const bag = await X.bag(); bag.f[Symbol.dispose](); const seen = await X.log(); bag.counter[Symbol.dispose](); return [seen, await X.log()]`,
  'runs the disposer of a result': `await X.log(); const lease = await X.lease(); const before = await X.log(); lease[Symbol.dispose](); return [lease.id, before, await X.log()]`,
  'runs the disposer of a result with targets': `await X.log(); const lease = await X.leaseWith(); await lease.counter.increment(); const before = await X.log(); lease[Symbol.dispose](); return [before, (await X.log()).sort()]`,
  'keeps a duplicate alive': `await X.log(); const c = await X.make(14); const d = c.dup(); c[Symbol.dispose](); const seen = [await d.increment(), await X.log()]; d[Symbol.dispose](); return [seen, await X.log()]`,
  'refuses a stub that was disposed': `const c = await X.make(5); c[Symbol.dispose](); return c.increment()`,
  'puts a disposer on every object': `return [typeof (await X.bag())[Symbol.dispose], typeof (await X.echo(1))[Symbol.dispose], Object.keys(await X.users.deep.twice)]`,
  'calls back': `return X.callBack((a, b) => ['called', a, b], 1, { c: 2 })`,
  'calls back with an error': `return X.callBack(() => { throw Object.assign(new RangeError('mine'), { code: 5 }); })`,
  'calls back a method of an object': `return X.callMember({ n: 5, onEvent: (e) => 'got ' + e })`,
  'calls back a target of the caller': `return X.useTarget(new LocalCounter())`,
  'calls back an async function with own properties': `return X.callBack(Object.assign(async (a) => a * 2, { extra: 1 }), 4)`,
  'calls back after the method has returned': `let heard; const p = new Promise((resolve) => { heard = resolve; }); const answer = await X.useAfter((text) => { heard(text); }); return [answer, await p]`,
  'gets its own function back': `const f = await X.pass((x) => x + 1); return f(1)`,
  'gets a stub back that it passed': `const c = await X.make(5); const d = await X.pass(c.dup()); return d.increment()`,
  'passes a Request': `return X.request(new Request('http://a/b?c', { method: 'POST', headers: { 'x-a': 'b' }, body: 'body' }))`,
  'returns a Response': `const r = await X.response('text'); return [r.status, r.headers.get('x-b'), await r.text()]`,
  'sends a stream': `return X.text(new Blob(['some ', 'text']).stream())`,
  'sends a slow stream': `const { readable, writable } = new IdentityTransformStream(); const writer = writable.getWriter(); const answer = X.text(readable); for (const c of ['a', 'b', 'c']) { await scheduler.wait(2); await writer.write(new TextEncoder().encode(c)); } await writer.close(); return answer`,
  'receives a stream': `return new Response(await X.stream(['a', 'b', 'c'])).text()`,
  'receives streams in an object': `const r = await X.nestedStreams(2); return [await new Response(r.a).text(), await new Response(r.b).text()]`,
  'receives the error of a stream': `return new Response(await X.streamFails()).text().then(() => 'ok', (error) => [error.name, error.message])`,
  'sends and receives at once': `return new Response(await X.both(new Blob(['both ways']).stream())).text()`,
  'is written to': `const { readable, writable } = new IdentityTransformStream(); const text = new Response(readable).text(); const n = await X.write(writable, ['a', 'b']); return [n, await text]`,
  'makes many calls at once': `return Promise.all(Array.from({ length: 30 }, (_, i) => X.method(i)))`,
};

/** The caller: runs the behaviours through the binding that the path names and answers what came of each. */
export function callerSource(rows: Readonly<Record<string, string>>): string {
  const functions = Object.entries(rows).map(([name, body]) => `${JSON.stringify(name)}: async (X) => { ${body} }`);
  return `
import { RpcTarget } from 'cloudflare:workers';
class LocalCounter extends RpcTarget { #n = 0; increment() { return ++this.#n; } get count() { return this.#n; } }
const behaviours = { ${functions.join(',\n')} };
function shown(value, depth = 0) {
  if (value === undefined) return 'undefined';
  if (typeof value === 'bigint') return value + 'n';
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
  if (typeof value === 'function') return 'function ' + Object.prototype.toString.call(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth > 4) return '...';
  if (value instanceof Map) return ['Map', [...value].map((entry) => shown(entry, depth + 1))];
  if (value instanceof Set) return ['Set', [...value].map((entry) => shown(entry, depth + 1))];
  const names = Reflect.ownKeys(value).filter((key) => key !== 'stack' && key !== Symbol.dispose);
  return [Object.prototype.toString.call(value), value.constructor?.name, String(value instanceof Error ? value.stack.split('\\n')[0] : ''), Object.fromEntries(names.map((key) => [String(key), shown(value[key], depth + 1)]))];
}
export default { async fetch(request, env) {
  const { pathname, searchParams } = new URL(request.url);
  const X = env[pathname.slice(1)];
  const only = searchParams.get('only');
  const seen = {};
  for (const [name, run] of Object.entries(behaviours)) {
    if (only !== null && name !== only) continue;
    const late = scheduler.wait(5_000).then(() => 'no answer in 5 s');
    try { seen[name] = shown(await Promise.race([run(X), late])); } catch (error) { seen[name] = ['threw', shown(error)]; }
  }
  return Response.json(seen);
} };
`;
}
