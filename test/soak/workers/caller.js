import { RpcTarget } from 'cloudflare:workers';

class Listener extends RpcTarget {
  heard = 0;
  hear() {
    this.heard += 1;
    return this.heard;
  }
}

/** One call each through the binding, and whatever further calls on what it returned; throws where an answer is not as it must be. */
const steps = {
  plain: async (ledger) => same(await ledger.add(19, 23), 42),
  // Nobody disposes of mere data, and nobody must be told to.
  data: async (ledger) => same((await ledger.profile(7)).tags.join(), 'one,two'),
  property: async (ledger) => same(await ledger.version, 'v1'),
  target: async (ledger) => {
    using counter = await ledger.open(5);
    await counter.increment();
    same(await counter.increment(), 7);
  },
  disposedByHand: async (ledger) => {
    const counter = await ledger.open(1);
    same(await counter.increment(), 2);
    counter[Symbol.dispose]();
  },
  pipelined: async (ledger) => {
    using counter = ledger.open(8);
    same(await counter.increment(), 9);
  },
  function: async (ledger) => {
    using add = await ledger.adder(2);
    same(await add(3), 5);
  },
  callback: async (ledger) => same(await ledger.each([1, 2, 3], (value) => value * 2), 12),
  listener: async (ledger) => same(await ledger.notify(new Listener()), 2),
  streamBack: async (ledger) => same((await new Response(await ledger.lines(3)).text()).length, 15),
  streamThere: async (ledger) => same(await ledger.size(new Response('x'.repeat(2_000)).body), 2_000),
  error: async (ledger) => {
    const error = await ledger.fail('limit').then(
      () => undefined,
      (thrown) => thrown,
    );
    same(`${error?.name} ${error?.message} ${error?.code}`, 'RangeError refused: limit limit');
  },
};

/** How often each step comes in a hundred calls. */
const hundred = {
  plain: 20,
  data: 15,
  property: 3,
  target: 15,
  disposedByHand: 5,
  pipelined: 10,
  function: 3,
  callback: 8,
  listener: 4,
  streamBack: 7,
  streamThere: 4,
  error: 6,
};

const kept = [];

const pages = {
  /** A hundred calls. */
  async '/run'(env) {
    for (const [name, times] of Object.entries(hundred)) {
      for (let time = 0; time < times; time += 1) await steps[name](env.LEDGER);
    }
  },

  /** Ends while `many` calls are under way, which is how a caller of RPC gives one up. */
  async '/leave'(env, parameters) {
    const many = Number(parameters.get('many'));
    const target = parameters.get('to') === 'bare' ? env.DIRECT : env.LEDGER;
    const { begun } = await env.DIRECT.counts();
    for (let call = 0; call < many; call += 1) target.hang().catch(() => {});
    while ((await env.DIRECT.counts()).begun < begun + many) await scheduler.wait(10);
  },

  /** What nobody should do: keeps half of the targets for good, and drops the other half without a word. Answers how many live on. */
  async '/leak'(env, parameters) {
    const many = Number(parameters.get('many'));
    const before = await env.DIRECT.counts();
    for (let call = 0; call < many; call += 1) {
      const counter = await env.LEDGER.open(0);
      await counter.increment();
      if (call % 2 === 0) kept.push(counter);
    }
    // Garbage enough for a collection within this invocation, for workerd warns only where one is under way. A builtin makes it: workerd 1.20260426.1
    // with an inspector attached aborts where optimised JavaScript is on the stack of a collection that warns.
    const text = `[${'{"a":[1]},'.repeat(300_000)}0]`;
    for (let round = 0; round < 8; round += 1) {
      JSON.parse(text);
      await scheduler.wait(10);
    }
    const { made, disposed } = await env.DIRECT.counts();
    return made - before.made - (disposed - before.disposed);
  },

  async '/touch'() {},
};

export default {
  async fetch(request, env) {
    const { pathname, searchParams } = new URL(request.url);
    return new Response(await pages[pathname](env, searchParams));
  },
};

function same(answer, wanted) {
  if (answer !== wanted) throw new Error(`answered ${answer}, not ${wanted}`);
}
