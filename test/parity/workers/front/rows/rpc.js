/** RPC: which members can be called or read, targets with state, pipelining, callbacks, disposal, errors. */
import { eventually, refused } from './told.js';

const area = 'RPC: members';
const member = (rule, run, is) => ({ rule, area, run, is });
const failing = (rule, kind, is) => ({
  rule: `an error arrives as it was thrown: ${rule}`,
  area: 'RPC: errors',
  run: ({ env }) => refused(() => env.LEDGER.fail(kind)),
  is,
});
const missing = (name) => ({
  name: 'TypeError',
  message: `The RPC receiver does not implement the method "${name}".`,
  remote: true,
});

const wrongCount = (name) => ({
  name: 'TypeError',
  message: `Attempted to call RPC function "${name}" with the wrong number of arguments. When calling a top-level handler function that is not declared as part of a class, you must always send exactly one argument. In order to support variable numbers of arguments, the server must use class-based syntax (extending WorkerEntrypoint) instead.`,
  remote: true,
});
const tooManyParameters = (name) => ({
  name: 'TypeError',
  message: `Cannot call handler function "${name}" over RPC because it has the wrong number of arguments. A simple function handler can only be called over RPC if it has exactly the arguments (arg, env, ctx), where only the first argument comes from the client. To support multi-argument RPC functions, use class-based syntax (extending WorkerEntrypoint) instead.`,
  remote: true,
});
const uncloneable = (message, more = {}) => ({ name: 'DataCloneError', message, code: 25, ...more });
const tooLarge = (bytes) =>
  `Serialized RPC arguments or return values are limited to 32MiB, but the size of this value was: ${bytes} bytes.`;

export const rpcRows = [
  member('a method is called with its arguments', ({ env }) => env.LEDGER.add(1, 2), 3),
  member('a default argument applies where none is given', ({ env }) => env.LEDGER.add(1), 11),
  member('undefined counts as not given', ({ env }) => env.LEDGER.defaults(undefined, 'x', undefined), ['a', 'x', 'c']),
  member(
    'the number of arguments arrives, undefined ones and all',
    async ({ env }) => [
      await env.LEDGER.args(),
      await env.LEDGER.args(undefined),
      await env.LEDGER.args(1, undefined, null, undefined),
    ],
    [
      { count: 0, kinds: [] },
      { count: 1, kinds: ['undefined'] },
      { count: 4, kinds: ['number', 'undefined', 'object', 'undefined'] },
    ],
  ),
  member(
    'a method that returns nothing answers undefined',
    async ({ env }) => String(await env.LEDGER.nothing()),
    'undefined',
  ),
  member('a method need not be async', ({ env }) => env.LEDGER.sync(), 'sync'),
  member('an inherited method is called', ({ env }) => env.LEDGER.inherited('x'), 'inherited x'),
  member('a method with an odd name is called', ({ env }) => env.LEDGER['a b.c'](), 'odd name'),
  member(
    'methods whose names look like those of the mesh are the own ones',
    async ({ env }) => [await env.LEDGER.call('x'), await env.LEDGER['selvedge:mine']('x')],
    ['my own method named call, x', 'my own method with a prefix, x'],
  ),
  member(
    'a method named like one of functions, apply, is the own one',
    ({ env }) => env.LEDGER.apply((n) => n + 1, 2),
    3,
  ),
  member('a method named bind is the own one', ({ env }) => env.LEDGER.bind('x'), 'bind x'),
  member(
    'toString is not sent to the callee',
    async ({ env }) => String(await env.LEDGER.toString()),
    '[object Fetcher]',
  ),
  member('a getter is read as a property', async ({ env }) => env.LEDGER.total, 42),
  member('a getter that throws rejects', ({ env }) => refused(async () => await env.LEDGER.failing), {
    name: 'Error',
    message: 'a getter fails',
    remote: true,
  }),
  member(
    'a path of properties is read',
    async ({ env }) => [await env.LEDGER.users.count, await env.LEDGER.users.deep.er.value],
    [2, 7],
  ),
  member(
    'a method at the end of a path is called',
    async ({ env }) => [await env.LEDGER.users.list(), await env.LEDGER.users.deep.er.name()],
    [['ann', 'bob'], 'deepest'],
  ),
  member(
    'a property that is an object with functions can be awaited and called',
    async ({ env }) => {
      const users = await env.LEDGER.users;
      return [users.count, await users.list(), await users.deep.er.name()];
    },
    [2, ['ann', 'bob'], 'deepest'],
  ),
  member(
    'the result of a method is pipelined into members of its object',
    async ({ env }) => [
      await env.LEDGER.usersOf('a').team,
      await env.LEDGER.usersOf('a').list(),
      await env.LEDGER.usersOf('a').nested.size(),
    ],
    ['a', ['a-ann'], 3],
  ),
  member(
    'an own property of the instance is refused',
    ({ env }) => refused(async () => await env.LEDGER.own),
    missing('own'),
  ),
  member(
    'an own function of the instance is refused',
    ({ env }) => refused(() => env.LEDGER.method()),
    missing('method'),
  ),
  member(
    'a method that does not exist is refused',
    ({ env }) => refused(() => env.LEDGER.nosuch(1)),
    missing('nosuch'),
  ),
  member(
    'a property that does not exist is refused',
    ({ env }) => refused(async () => await env.LEDGER.nosuch),
    missing('nosuch'),
  ),
  member(
    'a path below what does not exist is refused',
    ({ env }) => refused(() => env.LEDGER.nosuch.deeper()),
    missing('nosuch'),
  ),
  member('a member of a path that does not exist is refused', ({ env }) => refused(() => env.LEDGER.users.nosuch()), {
    name: 'TypeError',
    message: 'The RPC receiver does not implement the method "nosuch".',
    remote: true,
  }),
  member('calling a property that is no function is refused', ({ env }) => refused(() => env.LEDGER.total()), {
    name: 'TypeError',
    message: '"total" is not a function.',
    remote: true,
  }),
  member('a static method is not reachable', ({ env }) => refused(() => env.LEDGER.statics()), missing('statics')),
  ...[
    ...['dup', 'alarm', 'webSocketMessage'].map((name) => [
      name,
      { name: 'TypeError', message: `'${name}' is a reserved method and cannot be called over RPC.`, remote: true },
    ]),
    ...['ctx', 'env'].map((name) => [name, missing(name)]),
    ['constructor', { name: 'TypeError', message: 'Illegal constructor' }],
    ['__proto__', { name: 'TypeError', message: 'env.LEDGER[name] is not a function' }],
    ['hasOwnProperty', { returned: 'false' }],
  ].map(([name, is]) =>
    member(
      `the name ${name} is treated as bare`,
      ({ env }) => refused(async () => String(await env.LEDGER[name]('x'))),
      is,
    ),
  ),
  member(
    'a method can be taken off its binding',
    async ({ env }) => {
      const { add } = env.LEDGER;
      return add(1, 1);
    },
    2,
  ),
  member(
    'what a binding and a method are, as the language sees them',
    ({ env }) => [
      typeof env.LEDGER,
      String(env.LEDGER),
      Object.prototype.toString.call(env.LEDGER),
      env.LEDGER.constructor.name,
      typeof env.LEDGER.add,
      typeof env.LEDGER.fetch,
      typeof env.LEDGER.connect,
      ['LEDGER', 'LEDGER'].map((name) => env[name]).every((binding, _index, all) => binding === all[0]),
      'fetch' in env.LEDGER,
      'add' in env.LEDGER,
      Object.keys(env.LEDGER),
      JSON.stringify({ ledger: env.LEDGER }),
      typeof env.LEDGER.then,
      typeof env.LEDGER[Symbol.iterator],
      env.LEDGER.add.name,
      String(env.LEDGER.add(1, 2)),
    ],
    [
      'object',
      '[object Fetcher]',
      '[object Fetcher]',
      'Fetcher',
      'function',
      'function',
      'function',
      true,
      true,
      true,
      [],
      '{"ledger":{}}',
      'undefined',
      'undefined',
      null,
      '[object JsRpcPromise]',
    ],
  ),
  member(
    'a binding can be awaited and returned from an async function',
    async ({ env }) => {
      const get = async () => env.LEDGER;
      return refused(async () => (await get()).add(1, 1));
    },
    { returned: 2 },
  ),
  member(
    'the promise of a call has then, catch and finally',
    async ({ env }) => {
      const steps = [];
      await env.LEDGER.add(1, 1)
        .then((sum) => steps.push(sum))
        .finally(() => steps.push('finally'));
      await env.LEDGER.nosuch().catch((error) => steps.push(error.name));
      return steps;
    },
    [2, 'finally', 'TypeError'],
  ),
  {
    rule: 'an object-literal entrypoint is called with one argument, and gets env and ctx beside it',
    area: 'RPC: object literals',
    run: async ({ env }) => [
      await env.LITERAL.triple(3),
      await env.LITERAL.two(1),
      await env.ECHO.double(2),
      await env.ECHO.keysOfContext(0),
    ],
    is: [9, '1 and object', 4, { props: {}, waitUntil: 'function' }],
  },
  ...[
    ['no argument', (env) => env.LITERAL.triple(), wrongCount('triple')],
    ['two arguments', (env) => env.LITERAL.triple(1, 2), wrongCount('triple')],
    ['a function of four parameters', (env) => env.LITERAL.four(1), tooManyParameters('four')],
    [
      'a member that is no function',
      (env) => env.LITERAL.version(1),
      { name: 'TypeError', message: '"version" is not a function.', remote: true },
    ],
    ['a missing method', (env) => env.LITERAL.nosuch(1), missing('nosuch')],
    ['a handler that it does not have', (env) => env.ECHO.scheduled(1), missing('scheduled')],
  ].map(([what, work, is]) => ({
    rule: `an object-literal entrypoint refuses ${what} in workerd's words`,
    area: 'RPC: object literals',
    run: ({ env }) => refused(() => work(env)),
    is,
  })),
  {
    rule: 'reading a member of an object-literal entrypoint behaves as bare',
    area: 'RPC: object literals',
    run: ({ env }) => refused(async () => await env.LITERAL.version),
    is: { returned: 'not a method' },
  },
  {
    rule: 'a target keeps its state between calls',
    area: 'RPC: targets',
    run: async ({ env }) => {
      const counter = await env.LEDGER.counter(10);
      return [await counter.add(), await counter.add(5), await counter.value];
    },
    is: [11, 16, 16],
  },
  {
    rule: 'a call is pipelined on a target that has not come yet, and on its children',
    area: 'RPC: targets',
    run: async ({ env }) => [
      await env.LEDGER.counter(10).add(1),
      await env.LEDGER.counter(10).child().add(1),
      await env.LEDGER.counter(1).child().child().value,
    ],
    is: [11, 21, 4],
  },
  {
    rule: 'own properties of a target are refused',
    area: 'RPC: targets',
    run: async ({ env }) => {
      const counter = await env.LEDGER.counter(1);
      return [
        await refused(async () => await counter.own),
        await refused(() => counter.nosuch()),
        await refused(() => counter.fail()),
      ];
    },
    is: [missing('own'), missing('nosuch'), { name: 'TypeError', message: 'a target fails', remote: true }],
  },
  {
    rule: 'a target that returns itself is the same target',
    area: 'RPC: targets',
    run: async ({ env }) => {
      const counter = await env.LEDGER.counter(1);
      const same = await counter.self();
      await same.add(1);
      return counter.value;
    },
    is: 2,
  },
  {
    rule: 'targets in an array arrive each as a stub',
    area: 'RPC: targets',
    run: async ({ env }) => {
      const [one, two] = await env.LEDGER.counters();
      return [await one.add(), await two.add()];
    },
    is: [2, 3],
  },
  {
    rule: 'a target of a third Worker passes through the one between',
    area: 'RPC: targets',
    run: async ({ env }) => {
      const counter = await env.MIRROR.counter();
      return [await counter.add(1), await counter.add(1)];
    },
    is: [101, 102],
  },
  {
    rule: 'a stub that was disposed of cannot be called',
    area: 'RPC: disposal',
    run: async ({ env }) => {
      const counter = await env.LEDGER.counter(1);
      counter[Symbol.dispose]();
      return refused(() => counter.add());
    },
    is: { name: 'Error', message: 'RPC stub used after being disposed.' },
  },
  {
    rule: 'a stub that was duplicated works after the first was disposed of',
    area: 'RPC: disposal',
    run: async ({ env }) => {
      const counter = await env.LEDGER.counter(1);
      const second = counter.dup();
      counter[Symbol.dispose]();
      return [await second.add(), await refused(() => counter.add())];
    },
    is: [2, { name: 'Error', message: 'RPC stub used after being disposed.' }],
  },
  {
    rule: 'disposing of a result disposes of the stubs in it',
    area: 'RPC: disposal',
    run: async ({ env }) => {
      const maker = await env.LEDGER.makerWithState();
      const steps = [await maker.up(), await maker.up(), await maker.down(), maker.name];
      maker[Symbol.dispose]();
      return [steps, await refused(() => maker.up())];
    },
    is: [[1, 2, 1, 'maker'], { name: 'Error', message: 'RPC stub used after being disposed.' }],
  },
  {
    rule: 'a plain result has a disposer that does nothing',
    area: 'RPC: disposal',
    run: async ({ env }) => {
      const result = await env.LEDGER.defaults();
      const disposer = typeof result[Symbol.dispose];
      result[Symbol.dispose]?.();
      return [disposer, result.length];
    },
    is: ['function', 3],
  },
  {
    rule: 'the callee calls a function of the caller',
    area: 'RPC: callbacks',
    run: async ({ env }) => {
      const heard = [];
      const answers = await env.LEDGER.twice((number) => {
        heard.push(number);
        return number * 10;
      });
      return [answers, heard.sort()];
    },
    is: [
      [10, 20],
      [1, 2],
    ],
  },
  {
    rule: 'an error of a callback comes back through the callee',
    area: 'RPC: callbacks',
    run: ({ env }) =>
      refused(() =>
        env.LEDGER.apply(() => {
          throw new RangeError('the callback fails');
        }, 1),
      ),
    is: { name: 'RangeError', message: 'the callback fails', remote: true },
  },
  {
    rule: 'a callback that the callee kept is called after the answer',
    area: 'RPC: callbacks',
    run: async ({ env }) => {
      let heard;
      const answer = await env.LEDGER.later((word) => {
        heard = word;
      });
      return [answer, await eventually(() => heard)];
    },
    is: ['answered', 'after the answer'],
  },
  {
    rule: 'a target of the caller is called by the callee, and keeps its state here',
    area: 'RPC: callbacks',
    run: async ({ env, RpcTarget }) => {
      class Total extends RpcTarget {
        sum = 0;
        add(number) {
          this.sum += number;
          return this.sum;
        }
      }
      const total = new Total();
      const answers = await env.LEDGER.callbackMethods(total);
      return [answers.sort(), total.sum];
    },
    is: [[1, 3], 3],
  },
  {
    rule: 'a callback passes through two Workers',
    area: 'RPC: callbacks',
    run: ({ env }) => env.MIRROR.relay((number) => number * 100),
    is: 300,
  },
  {
    rule: 'a function of the callee is called by the caller',
    area: 'RPC: callbacks',
    run: async ({ env }) => {
      const make = await env.LEDGER.maker();
      return [typeof make, await make('here'), await env.LEDGER.maker()('pipelined')];
    },
    is: ['function', 'made here', 'made pipelined'],
  },
  failing('an Error', 'plain', { name: 'Error', message: 'plain failure', remote: true }),
  failing('a RangeError', 'typed', { name: 'RangeError', message: 'typed failure', remote: true }),
  failing('with own properties', 'own', {
    name: 'Error',
    message: 'failure with properties',
    code: 'E_OWN',
    status: 402,
    detail: { a: [1] },
    remote: true,
  }),
  failing('of an own class', 'class', { name: 'OutOfMoney', message: '12 are missing', missing: 12, remote: true }),
  failing('with a cause', 'cause', {
    name: 'Error',
    message: 'outer',
    cause: { name: 'TypeError', message: 'inner' },
    remote: true,
  }),
  failing('a DOMException', 'aborted', { name: 'AbortError', message: 'was aborted', code: 20, remote: true }),
  failing('an AggregateError', 'aggregate', { name: 'AggregateError', message: 'several', errors: [{}], remote: true }),
  failing('a string', 'string', { name: 'Error', message: 'a string', remote: true }),
  failing('an object', 'object', { thrown: { odd: true, remote: true } }),
  failing('undefined', 'undefined', { name: 'Error', message: 'undefined', remote: true }),
  {
    rule: 'an error of the callee names no place in the mesh in its stack',
    area: 'RPC: errors',
    run: async ({ env }) => {
      try {
        return await env.LEDGER.fail('plain');
      } catch (error) {
        return /selvedge:call|-edge|anyMethod|Mesh/.test(error.stack);
      }
    },
    is: false,
  },
  {
    rule: 'a result that cannot be sent is refused',
    area: 'RPC: errors',
    run: ({ env }) => refused(() => env.LEDGER.unserialisable()),
    is: uncloneable('Symbol(x) could not be cloned.', { remote: true }),
  },
  {
    rule: 'an instance of a class of its own cannot be sent',
    area: 'RPC: errors',
    run: ({ env }) => refused(() => env.LEDGER.classInstance()),
    is: uncloneable('Could not serialize object of type "Plain". This type does not support serialization.', {
      remote: true,
    }),
  },
  {
    rule: 'an argument that cannot be sent is refused, at once or by rejection as bare',
    area: 'RPC: errors',
    run: async ({ env }) => {
      let thrown = true;
      const ended = await refused(() => {
        const promise = env.LEDGER.returns(Symbol('x'));
        thrown = false;
        return promise;
      });
      return { thrown, ended };
    },
    is: { thrown: false, ended: uncloneable('Symbol(x) could not be cloned.') },
  },
  {
    rule: 'an AbortSignal as an argument is refused as bare',
    area: 'RPC: errors',
    run: ({ env }) => refused(() => env.LEDGER.returns(new AbortController().signal)),
    is: uncloneable('AbortSignal serialization is not enabled.'),
  },
  {
    rule: '31 MB pass as an argument and as a result',
    area: 'RPC: size',
    run: async ({ env }) => [
      await env.LEDGER.length('x'.repeat(31 * 1_048_576)),
      (await env.LEDGER.big(31 * 1_048_576)).length,
    ],
    is: [31 * 1_048_576, 31 * 1_048_576],
  },
  {
    rule: 'an argument over 32 MiB is refused',
    area: 'RPC: size',
    run: ({ env }) => refused(() => env.LEDGER.length('x'.repeat(33 * 1_048_576))),
    is: { name: 'Error', message: tooLarge(34_603_020) },
  },
  {
    rule: 'a result over 32 MiB is refused',
    area: 'RPC: size',
    run: ({ env }) => refused(async () => (await env.LEDGER.big(33 * 1_048_576)).length),
    is: { name: 'Error', message: tooLarge(34_603_015), remote: true },
  },
  {
    rule: 'waitUntil work of an RPC method goes on after its answer',
    area: 'RPC: ends',
    run: async ({ env }) => [
      await env.LEDGER.background('rpc-later'),
      await eventually(() => env.LEDGER.note('rpc-later')),
    ],
    is: ['answered', 'background work ran'],
  },
  {
    rule: '50 RPC calls at once are answered each with its own answer',
    area: 'RPC: ends',
    run: async ({ env }) =>
      (await Promise.all(Array.from({ length: 50 }, (_none, number) => env.LEDGER.add(number, number)))).every(
        (sum, number) => sum === number * 2,
      ),
    is: true,
  },
];
