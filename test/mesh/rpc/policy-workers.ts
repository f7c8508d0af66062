/** Workers for tests of what an edge does to RPC: a callee that counts and remembers, and a caller that does as it is told. */
export const countingCallee = (version: string) => `
import { WorkerEntrypoint, RpcTarget } from 'cloudflare:workers';
const calls = {}, log = [];
const called = (name) => { calls[name] = (calls[name] ?? 0) + 1; return calls[name]; };
class Session extends RpcTarget {
  #env; #n = 0;
  constructor(env) { super(); this.#env = env; }
  version() { this.#n += 1; return '${version} ' + this.#n; }
  async where() { return where(this.#env); }
  get here() { return where(this.#env); }
  next() { return new Session(this.#env); }
  [Symbol.dispose]() { log.push('disposed'); }
}
const where = async (env) => (await env.EDGE.fetch('http://payment/echo')).json();
export default class extends WorkerEntrypoint {
  charge(cents) { called('charge'); return { version: '${version}', cents }; }
  get version() { return '${version}'; }
  get users() { return { list: (n) => ['${version}', n] }; }
  pinned() { return '${version}'; }
  GET() { called('GET'); throw new Error('busy'); }
  DELETE() { called('DELETE'); throw new Error('busy'); }
  get() { called('get'); throw new Error('busy'); }
  flaky() { if (called('flaky') === 1) throw new Error('busy'); return 'done'; }
  flakyWith(...args) { if (called('flakyWith') === 1) throw new Error('busy'); return args.length; }
  ours() { called('ours'); throw new TypeError('The RPC receiver does not implement the method "selvedge:call".'); }
  async slow(ms) { called('slow'); await scheduler.wait(ms); called('slow ended'); return 'late'; }
  async slowFirst() { this.ctx.waitUntil(scheduler.wait(1500)); const first = called('slowFirst') === 1; await scheduler.wait(first ? 600 : 350); return new Session(this.env); }
  session() { return new Session(this.env); }
  sessions() { return { one: new Session(this.env), where: () => where(this.env) }; }
  teller() { return () => where(this.env); }
  where() { return where(this.env); }
  fetch() { called('fetch'); return new Response('fetched'); }
  async callBack(f) { return f(); }
  async callMember(options) { return options.f(); }
  async callTarget(target) { return target.where(); }
  calls() { return calls; }
  async log() { return log.splice(0); }
}`;

/** Shows the headers of what reaches it. */
export const echo = `export default { fetch: (request) => Response.json(Object.fromEntries(request.headers)) };`;

/** \`{ binding, path, args, raw }\`: calls the member of the binding that the path names, or reads it; \`raw\` is the argument of the reserved method. */
export const obedientCaller = `
import { RpcTarget } from 'cloudflare:workers';
const where = async (env) => (await env.EDGE.fetch('http://payment/echo')).json();
class Here extends RpcTarget { #env; constructor(env) { super(); this.#env = env; } where() { return where(this.#env); } }
const special = {
  async session(X, env) { using s = await X.session(); using n = await s.next(); return { first: await s.where(), again: await s.where(), getter: await s.here, next: await n.where(), mine: await where(env) }; },
  async pipelined(X, env) { return { piped: await X.session().where(), mine: await where(env) }; },
  async sessions(X, env) { using s = await X.sessions(); return { one: await s.one.where(), function: await s.where(), mine: await where(env) }; },
  async teller(X, env) { using f = await X.teller(); return { function: await f(), mine: await where(env) }; },
  async callBack(X, env) { return { back: await X.callBack(() => where(env)), member: await X.callMember({ f: () => where(env) }), target: await X.callTarget(new Here(env)), mine: await where(env) }; },
  async withFunction(X) { return X.flakyWith(() => 1); },
  async withStream(X) { return X.flakyWith(new Blob(['x']).stream()); },
  async withMap(X) { return X.flakyWith(new Map([[1, new Date(1)]])); },
  async callbackToUnknown(X) { return X.callBack(() => 'called'); },
  async stays(X) { using s = await X.session(); const seen = []; for (let i = 0; i < 4; i += 1) seen.push(await s.version()); return seen; },
  async leave(X) { for (let i = 0; i < 10; i += 1) X.slow(1_500).catch(() => {}); await scheduler.wait(100); return 'left'; },
};
export default { async fetch(request, env) {
  const { binding, path = [], args, raw, run } = await request.json();
  try {
    if (run !== undefined) return Response.json({ value: await special[run](env[binding], env) });
    if (raw !== undefined) return Response.json({ value: await env[binding]['selvedge:call'](raw) });
    let member = env[binding];
    for (const name of path) member = member[name];
    return Response.json({ value: (args === undefined ? await member : await member(...args)) ?? null });
  } catch (error) { return Response.json({ error: { name: error.name, message: error.message, code: error.code, status: error.status } }); }
} };`;
