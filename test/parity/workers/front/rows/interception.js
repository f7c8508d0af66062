/** What a Worker sees of its bindings, its props and itself. */
import { refused } from './told.js';

const area = 'bindings';
const sorted = (lists) => Object.fromEntries(Object.entries(lists).sort());

export const interceptionRows = [
  {
    rule: 'env holds the bindings and vars of the config, and nothing else',
    area,
    run: ({ env }) => Object.keys(env).sort(),
    is: [
      '$',
      'BLUE',
      'COUNTER',
      'DESK',
      'ECHO',
      'GONE',
      'GREETING',
      'LEDGER',
      'LEDGER_AGAIN',
      'LITERAL',
      'MIRROR',
      'OBJECTS',
      'PLAIN_TELLER',
      'RED',
      'ROOM',
      'SELF',
      'SETTINGS',
      'SITE',
      'STORE',
      'WEB',
      'fetch',
      'odd-name',
    ],
  },
  {
    rule: 'vars have the values of the config',
    area,
    run: ({ env }) => [env.GREETING, env.SETTINGS],
    is: ['hello', { depth: [1, { two: 2 }] }],
  },
  {
    rule: 'the imported env has the same members as the env of the handler',
    area,
    run: ({ env, importedEnv }) => Object.keys(importedEnv).sort().join() === Object.keys(env).sort().join(),
    is: true,
  },
  {
    rule: 'a binding of the imported env is the one of the handler, as bare',
    area,
    run: ({ env, importedEnv }) => [env === importedEnv, env.LEDGER === importedEnv.LEDGER],
    is: [false, true],
  },
  {
    rule: 'a binding that was taken from the imported env at module scope works',
    area,
    run: async ({ echoOfImport, ledgerOfImport }) => [
      await ledgerOfImport.add(1, 1),
      await (await echoOfImport.fetch('http://echo.example/plain')).text(),
    ],
    is: [2, 'plain'],
  },
  {
    rule: 'a binding that is read by a computed name works',
    area,
    run: ({ env }) => env[['LED', 'GER'].join('')].add(2, 2),
    is: 4,
  },
  { rule: 'a binding that was destructured works', area, run: ({ env: { LEDGER } }) => LEDGER.add(3, 3), is: 6 },
  { rule: 'a binding in a copy of env works', area, run: ({ env }) => ({ ...env }).LEDGER.add(4, 4), is: 8 },
  {
    rule: 'bindings with odd names work',
    area,
    run: async ({ env }) => [
      await env['odd-name'].add(1, 1),
      await (await env.$.fetch('http://echo.example/plain')).text(),
      await (await env.fetch.fetch('http://echo.example/plain')).text(),
    ],
    is: [2, 'plain', 'plain'],
  },
  {
    rule: 'two bindings to one service both work',
    area,
    run: ({ env }) => Promise.all([env.LEDGER.add(1, 1), env.LEDGER_AGAIN.add(2, 2)]),
    is: [2, 4],
  },
  {
    rule: 'two bindings to one service are two objects',
    area,
    run: ({ env }) => env.LEDGER === env.LEDGER_AGAIN,
    is: false,
  },
  {
    rule: 'env cannot or can be changed, as bare',
    area,
    run: ({ env }) =>
      refused(() => {
        env.ADDED = 1;
        const added = env.ADDED;
        delete env.ADDED;
        return added;
      }),
    is: { returned: 1 },
  },
  {
    rule: 'ctx has the members that it has bare',
    area,
    run: ({ ctx }) => {
      const names = new Set();
      for (let holder = ctx; holder !== null && holder !== Object.prototype; holder = Object.getPrototypeOf(holder)) {
        for (const name of Object.getOwnPropertyNames(holder)) names.add(name);
      }
      return [ctx.constructor.name, [...names].sort(), ctx.props];
    },
    is: [
      'ExecutionContext',
      ['cache', 'constructor', 'exports', 'passThroughOnException', 'props', 'tracing', 'waitUntil'],
      {},
    ],
  },
  {
    rule: 'the app has an AsyncLocalStorage of its own, through calls and timers',
    area,
    run: ({ env }) => env.LEDGER.ownStorage(),
    is: [
      ['one', 'plain', 'one'],
      ['two', 'plain', 'two'],
    ],
  },
  {
    rule: 'the cache of the platform works',
    area,
    run: async () => {
      const key = 'http://cached.example/a';
      await caches.default.put(key, new Response('cached', { headers: { 'cache-control': 'max-age=60' } }));
      return (await caches.default.match(key))?.text();
    },
    is: 'cached',
  },
  {
    rule: 'a Worker that binds itself reaches itself',
    area,
    run: async ({ env }) => [await env.SELF.again(2), await (await env.SELF.fetch('http://self.example/path')).json()],
    is: ['2 > 1 > bottom', { inner: '/path', props: {} }],
  },
  {
    rule: 'two Workers that bind each other reach each other',
    area,
    run: async ({ env }) => [
      await env.MIRROR.cycle(1),
      await (await env.MIRROR.fetch('http://mirror.example/cycle')).json(),
    ],
    is: ['mirror > 1 > bottom', { inner: '/from-mirror', props: {} }],
  },
  {
    rule: 'fetch reaches the default export and each named entrypoint',
    area,
    run: async ({ env }) =>
      Promise.all([
        (await env.LEDGER.fetch('http://ledger.example/a', { method: 'PUT' })).text(),
        (await env.LITERAL.fetch('http://literal.example/b')).text(),
        (await env.MIRROR.fetch('http://mirror.example/')).text(),
      ]),
    is: ['ledger PUT /a', 'literal /b', 'mirror'],
  },
  {
    rule: 'a default export is not reached by a binding to a named entrypoint',
    area,
    run: ({ env }) => refused(() => env.RED.add(1, 1)),
    is: { name: 'TypeError', message: 'The RPC receiver does not implement the method "add".', remote: true },
  },
  {
    rule: 'ctx.props is what the config says, with two bindings to one entrypoint',
    area: 'props',
    run: ({ env }) => Promise.all([env.RED.props(), env.BLUE.props()]),
    is: [
      { colour: 'red', nested: { list: [1, null, 'x'] } },
      { colour: 'blue', caller: 'somebody', service: 'something', upstream: 'somewhere', selvedge: true },
    ],
  },
  {
    rule: 'ctx.props is there in the constructor of the class',
    area: 'props',
    run: ({ env }) => Promise.all([env.RED.propsInConstructor(), env.PLAIN_TELLER.propsInConstructor()]),
    is: [{ colour: 'red', nested: { list: [1, null, 'x'] } }, {}],
  },
  {
    rule: 'ctx.props has no other keys, not even hidden ones',
    area: 'props',
    run: ({ env }) => Promise.all([env.RED.keysOfProps(), env.PLAIN_TELLER.keysOfProps()]),
    is: [['colour', 'nested'], []],
  },
  {
    rule: 'ctx.props is empty where the binding has none',
    area: 'props',
    run: async ({ env }) => [
      await env.PLAIN_TELLER.props(),
      (await env.LEDGER.whoami()).props,
      await (await env.ECHO.fetch('http://echo.example/props')).json(),
    ],
    is: [{}, {}, { props: {} }],
  },
  {
    rule: 'ctx.props comes with a fetch too',
    area: 'props',
    run: async ({ env }) => (await env.RED.fetch('http://teller.example/a')).json(),
    is: { props: { colour: 'red', nested: { list: [1, null, 'x'] } }, path: '/a', headers: [] },
  },
  {
    rule: 'a class keeps its name and its chain',
    area: 'classes',
    run: async ({ env }) => {
      const { className, isLedger, isBase } = await env.LEDGER.whoami();
      return { className, isLedger, isBase, teller: await env.RED.identity() };
    },
    is: {
      className: 'Ledger',
      isLedger: true,
      isBase: true,
      teller: { className: 'Teller', instance: true, entrypoint: true },
    },
  },
  {
    rule: 'ctx.exports names the exports, and a loopback takes props made by hand',
    area: 'classes',
    run: async ({ env }) => {
      const [props, names] = await env.RED.loopback();
      return [props, names];
    },
    is: [{ made: 'by hand' }, ['Tally', 'Teller', 'default']],
  },
  {
    rule: 'the exports of the own Worker are callable through ctx.exports',
    area: 'classes',
    run: ({ ctx }) => refused(async () => [Object.keys(ctx.exports).sort(), await ctx.exports.Inner.again(0)]),
    is: { returned: [['Desk', 'Inner', 'default'], 'bottom'] },
  },
  {
    rule: 'a Worker calls others by the imported env, from a function without ctx',
    area,
    run: async ({ env }) => (await env.MIRROR.fetch('http://mirror.example/import')).text(),
    is: 'plain',
  },
  {
    rule: 'a request that is handed on by the next Worker arrives as it was',
    area,
    run: async ({ env }) =>
      (
        await env.MIRROR.fetch('http://echo.example/kept', { method: 'POST', headers: { 'x-a': '1' }, body: 'kept' })
      ).json(),
    is: {
      method: 'POST',
      url: 'http://echo.example/kept',
      headers: ['content-length: 4', 'content-type: text/plain;charset=UTF-8', 'x-a: 1'],
      body: 'kept',
    },
  },
  {
    rule: 'parallel RPC calls of a callee have their own answers',
    area,
    run: ({ env }) => env.MIRROR.sum([1, 2, 3, 4, 5]),
    is: 20,
  },
  { rule: 'RPC inside fetch inside RPC works', area, run: ({ env }) => env.LEDGER.viaFetch(), is: 'plain' },
  {
    rule: 'a Hono app calls by its env and by the imported one',
    area: 'Hono',
    run: async ({ env }) => [
      await (await env.WEB.fetch('http://web.example/sum/2/3')).json(),
      await (await env.WEB.fetch('http://web.example/import')).json(),
    ],
    is: [{ sum: 5 }, { sum: 2, same: true }],
  },
  {
    rule: 'a Hono app hands requests on, and its middleware still changes the answer',
    area: 'Hono',
    run: async ({ env }) => {
      const response = await env.WEB.fetch('http://web.example/proxy', {
        method: 'POST',
        body: 'p',
        headers: { 'x-a': '1' },
      });
      const { method, body, headers } = await response.json();
      return [response.headers.get('x-middleware'), method, body, headers];
    },
    is: ['ran', 'POST', 'p', ['content-length: 1', 'content-type: text/plain;charset=UTF-8', 'x-a: 1']],
  },
  {
    rule: 'a Hono app streams text with calls in between',
    area: 'Hono',
    run: async ({ env }) => (await env.WEB.fetch('http://web.example/stream')).text(),
    is: 'one 3\ntwo 3\n',
  },
  {
    rule: 'a Hono app handles its own errors and 404',
    area: 'Hono',
    run: async ({ env }) =>
      Promise.all(
        ['/fail', '/nowhere'].map(async (path) => {
          const response = await env.WEB.fetch(`http://web.example${path}`);
          return [response.status, await response.text()];
        }),
      ),
    is: [
      [500, 'handled: hono handles this'],
      [404, '404 Not Found'],
    ],
  },
  {
    rule: 'static assets are served, and the Worker runs where it goes first',
    area: 'assets',
    run: async ({ env }) => {
      const ask = async (path) => {
        const response = await env.SITE.fetch(`http://site.example${path}`);
        return [response.status, (await response.text()).trim()];
      };
      return sorted({
        page: await ask('/'),
        note: await ask('/note.txt'),
        sum: await ask('/api/sum'),
        asset: await ask('/api/asset'),
        none: await ask('/none'),
      });
    },
    is: {
      asset: [200, 'a note'],
      none: [404, 'no page /none'],
      note: [200, 'a note'],
      page: [200, '<h1>A page of the site</h1>'],
      sum: [200, '{"sum":7}'],
    },
  },
  {
    rule: 'an asset answers 304 to its own ETag',
    area: 'assets',
    run: async ({ env }) => {
      const first = await env.SITE.fetch('http://site.example/note.txt');
      const second = await env.SITE.fetch('http://site.example/note.txt', {
        headers: { 'if-none-match': first.headers.get('etag') },
      });
      return [first.status, second.status, await second.text()];
    },
    is: [200, 304, ''],
  },
];
