/** The front of the app: runs one row's script and answers its result, or hands a request on as it came. */
import { DurableObject, env as importedEnv, RpcTarget, WorkerEntrypoint } from 'cloudflare:workers';
import { journeys, streamedJourney } from './journeys.js';
import { rows } from './rows/index.js';
import { told } from './rows/told.js';

const { ECHO: echoOfImport, LEDGER: ledgerOfImport } = importedEnv;

/** The second entrypoint, which the front itself binds. */
export class Inner extends WorkerEntrypoint {
  async fetch(request) {
    return Response.json({ inner: new URL(request.url).pathname, props: this.ctx.props });
  }
  async again(depth) {
    return depth === 0 ? 'bottom' : `${depth} > ${await this.env.SELF.again(depth - 1)}`;
  }
}

/** A Durable Object beside the Worker that binds it. */
export class Desk extends DurableObject {
  #drawer = [];
  async put(word) {
    this.#drawer.push(word);
    return this.#drawer.length;
  }
  async ask(sku) {
    return this.env.LEDGER.add(sku, 1);
  }
  async fetch(request) {
    return Response.json({
      desk: await request.text(),
      asked: await (await this.env.ECHO.fetch('http://echo.example/plain')).text(),
    });
  }
}

/** `/to/<binding>/<path>`: the request as it came, at another host. The raw target is kept, which `URL` would tidy up. */
function handedOn(request, env) {
  const [, binding, rest] = /^\w+:\/\/[^/]+\/to\/([^/]+)(.*)$/s.exec(request.url);
  return env[binding].fetch(new Request(`http://inner.example${rest}`, request));
}

/** Works with a stub and disposes of it by `using`, which the rows cannot say: Node reads them too. */
async function used(promised, work) {
  using stub = await promised;
  return await work(stub);
}

const notes = new Map();

/** Pages that rows outside need and no script of a row can be. */
const pages = {
  '/own-url': (request) => Response.json({ url: request.url, method: request.method }),
  '/own-headers': (request) => Response.json([...request.headers]),
  '/stored': async (_request, { searchParams }, env) => Response.json(await env.STORE.stored(searchParams.get('key'))),
  '/note': async (_request, { searchParams }, env) => Response.json(await env.LEDGER.note(searchParams.get('key'))),
  '/noted': (_request, { searchParams }) => Response.json(notes.get(searchParams.get('key')) ?? null),
  '/use-counter': async (_request, { searchParams }, env) => {
    const counting = env.LEDGER.counter(1, searchParams.get('key'));
    if (searchParams.has('leave')) return Response.json(await (await counting).add());
    return Response.json(await used(counting, (counter) => counter.add()));
  },
  '/leave-rpc': async (_request, { searchParams }, env) => {
    env.LEDGER.hang(searchParams.get('key')).catch(() => {});
    await scheduler.wait(100);
    return new Response('left');
  },
  '/outside': async (_request, { searchParams }) =>
    new Response(
      await (await fetch(searchParams.get('to'), { method: 'POST', body: 'x', headers: { 'x-a': '1' } })).text(),
    ),
  '/hang': async (request, { searchParams }) => {
    const key = searchParams.get('key');
    notes.set(`${key}-began`, true);
    request.signal.addEventListener('abort', () => notes.set(key, String(request.signal.reason?.name)));
    await scheduler.wait(5_000);
    return new Response('at last');
  },
  '/journey': async (_request, { searchParams }, env, ctx) =>
    Response.json(await journeys[searchParams.get('name')](env, ctx)),
  '/streamed-journey': (_request, _url, env) => new Response(streamedJourney(env)),
  '/row': async (request, { searchParams }, env, ctx) => {
    const row = rows.find(({ rule }) => rule === searchParams.get('rule'));
    const world = { env, ctx, request, importedEnv, echoOfImport, ledgerOfImport, RpcTarget, used };
    try {
      return Response.json({ value: (await row.run(world)) ?? null });
    } catch (error) {
      return Response.json({ thrown: told(error) });
    }
  },
};

export default {
  async fetch(request, env, ctx) {
    const url = new URL(request.url);
    if (/^\w+:\/\/[^/]+\/raw\//.test(request.url)) return env.ECHO.fetch(request);
    if (url.pathname.startsWith('/to/')) return handedOn(request, env);
    return pages[url.pathname]?.(request, url, env, ctx) ?? new Response('no such page', { status: 404 });
  },
};
