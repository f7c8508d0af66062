import { RpcTarget, WorkerEntrypoint } from 'cloudflare:workers';

/** What this isolate has seen; `ticks` goes on for as long as any `hang` runs. */
const counts = { made: 0, disposed: 0, begun: 0, ended: 0, ticks: 0 };

class Counter extends RpcTarget {
  #value;
  #closed;

  constructor(value, closed) {
    super();
    this.#value = value;
    this.#closed = closed;
    counts.made += 1;
  }

  increment() {
    this.#value += 1;
    return this.#value;
  }

  [Symbol.dispose]() {
    counts.disposed += 1;
    this.#closed();
  }
}

/** The callee: one method for each kind of thing that RPC carries. */
export default class extends WorkerEntrypoint {
  fetch() {
    return Response.json(counts);
  }

  get version() {
    return 'v1';
  }

  add(a, b) {
    return a + b;
  }

  profile(id) {
    return { id, name: `account ${id}`, tags: ['one', 'two'], at: new Date(0) };
  }

  /** workerd runs a disposer only where the invocation has something else to do, so this one waits for it. */
  open(value) {
    const { promise, resolve } = Promise.withResolvers();
    this.ctx.waitUntil(promise);
    return new Counter(value, resolve);
  }

  adder(a) {
    return (b) => a + b;
  }

  async each(values, callback) {
    let sum = 0;
    for (const value of values) sum += await callback(value);
    return sum;
  }

  async notify(listener) {
    await listener.hear('first');
    return listener.hear('second');
  }

  lines(count) {
    return new Response('line\n'.repeat(count)).body;
  }

  async size(stream) {
    return (await new Response(stream).arrayBuffer()).byteLength;
  }

  fail(code) {
    throw Object.assign(new RangeError(`refused: ${code}`), { code });
  }

  counts() {
    return { ...counts };
  }

  /** Runs for 30 s, unless it is stopped. */
  async hang() {
    counts.begun += 1;
    for (let tick = 0; tick < 1_500; tick += 1) {
      await scheduler.wait(20);
      counts.ticks += 1;
    }
    counts.ended += 1;
  }
}
