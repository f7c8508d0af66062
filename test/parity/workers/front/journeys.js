/** What one incoming request causes: calls side by side, later, from timers, streams and Durable Objects. */

const at = (path) => `http://echo.example${path}`;
const text = async (promised) => (await promised).text();

const later = (work) => new Promise((done, fail) => setTimeout(() => work().then(done, fail), 10));

export const journeys = {
  parallel: (env) =>
    Promise.all([
      text(env.ECHO.fetch(at('/plain'))),
      env.LEDGER.add(1, 1),
      env.MIRROR.sum([1, 2]),
      text(env.MIRROR.fetch('http://mirror.example/import')),
    ]),
  overlapping: async (env) => {
    await scheduler.wait(20);
    const sums = await Promise.all([env.MIRROR.sum([1]), later(() => env.MIRROR.sum([1, 2]))]);
    await text(env.ECHO.fetch(at('/plain')));
    return sums;
  },
  'wait-until': (env, ctx) => {
    ctx.waitUntil(scheduler.wait(50).then(() => text(env.ECHO.fetch(at('/plain')))));
    ctx.waitUntil(env.LEDGER.background('journey'));
    return 'answered';
  },
  timers: async (env) => [
    await later(() => text(env.ECHO.fetch(at('/plain')))),
    await scheduler.wait(5).then(() => env.LEDGER.add(1, 1)),
    await new Promise((done) => queueMicrotask(() => done(env.LEDGER.sync()))),
  ],
  nested: async (env) => [
    await env.LEDGER.viaFetch(),
    await env.MIRROR.cycle(1),
    await env.MIRROR.relay((number) => number),
  ],
  callback: (env) => env.LEDGER.apply(async (number) => `${number} ${await text(env.ECHO.fetch(at('/plain')))}`, 1),
  targets: async (env) => {
    const counter = await env.MIRROR.counter();
    const steps = [await counter.add(), await counter.add()];
    counter[Symbol.dispose]();
    return steps;
  },
  objects: async (env) => {
    const desk = env.DESK.get(env.DESK.idFromName('journey'));
    return [await desk.ask(1), await text(desk.fetch('http://desk.example/', { method: 'POST', body: 'x' }))];
  },
  'objects elsewhere': (env) => text(env.OBJECTS.fetch('http://objects.example/fetch')),
  'objects across scripts': (env) => env.COUNTER.get(env.COUNTER.idFromName('journey')).ledger(),
  loopback: (_env, ctx) => ctx.exports.Inner.again(1),
  hono: (env) => text(env.WEB.fetch('http://web.example/stream')),
  carried: async (env) => [await env.LEDGER.viaFetch(), await text(env.MIRROR.fetch('http://mirror.example/import'))],
  deadline: (env, ctx) => {
    ctx.waitUntil(env.LEDGER.slow(5_000).catch(() => {}));
    return 'answered in time';
  },
};

/** A stream that makes a call for each of its parts, while it is being read. */
export function streamedJourney(env) {
  let part = 0;
  return new ReadableStream({
    async pull(controller) {
      part += 1;
      if (part > 2) return controller.close();
      controller.enqueue(new TextEncoder().encode(`${await env.LEDGER.add(part, 0)}\n`));
    },
  });
}
