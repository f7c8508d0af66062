import { WorkerEntrypoint } from 'cloudflare:workers';

/** Says which context it got: over fetch by headers; over RPC it calls on, since RPC itself shows none. */
const contextOf = (request) =>
  Object.fromEntries(
    ['traceparent', 'tracestate', 'baggage', 'selvedge-context'].map((name) => [name, request.headers.get(name)]),
  );

class Base extends WorkerEntrypoint {
  inherited(value) {
    return `inherited ${value}`;
  }
}

export default class Callee extends Base {
  constructor(ctx, env) {
    super(ctx, env);
    this.secret = () => 'own properties are private';
  }
  async fetch(request) {
    const url = new URL(request.url);
    if (url.pathname === '/echo')
      return Response.json({
        method: request.method,
        url: request.url,
        cf: request.cf ?? null,
        custom: request.headers.get('x-custom'),
        body: await request.text(),
      });
    if (url.pathname === '/socket') {
      const { 0: client, 1: server } = new WebSocketPair();
      server.accept();
      server.addEventListener('message', ({ data }) => server.send(`echo ${data}`));
      return new Response(null, { status: 101, webSocket: client });
    }
    if (url.pathname === '/slow') await scheduler.wait(5_000);
    return Response.json(contextOf(request));
  }
  /** The context of the call, seen by what this method's own fetch carries. */
  async relay(tag) {
    await scheduler.wait(Math.random() * 20);
    const response = await this.env.MIRROR.fetch('http://mirror/context');
    return { tag, seen: await response.json() };
  }
  apply(callback, ...values) {
    return callback(...values);
  }
  get plain() {
    return 42;
  }
  nested() {
    return { deeper: { value: 7 } };
  }
  fail() {
    throw new RangeError('too much');
  }
  async count(stream) {
    return (await new Response(stream).arrayBuffer()).byteLength;
  }
  async inspect(request) {
    return { url: request.url, body: await request.text() };
  }
}

export class Named extends WorkerEntrypoint {
  whoami() {
    return this.ctx.props;
  }
}

/** Answers to every name, as wildcard services do. */
export class Wildcard extends WorkerEntrypoint {
  constructor(ctx, env) {
    super(ctx, env);
    // biome-ignore lint/correctness/noConstructorReturn: this is how wildcards are written.
    return new Proxy(this, {
      get: (target, key) => (key in target ? Reflect.get(target, key) : (...args) => `${String(key)}(${args.join()})`),
    });
  }
  known() {
    return 'known';
  }
}
