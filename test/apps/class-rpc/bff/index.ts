import { WorkerEntrypoint } from 'cloudflare:workers';
import type Calc from '../calc/index';
import type { Admin } from '../calc/index';

interface Env {
  CALC: Service<typeof Calc>;
  ADMIN: Service<typeof Admin>;
  AUDIT: Service<typeof Admin>;
}

export default class Bff extends WorkerEntrypoint<Env> {
  async fetch(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const route = this.routes[pathname];
    if (!route) return new Response('Not found', { status: 404 });
    return Response.json(await route(searchParams));
  }

  private routes: Record<string, (query: URLSearchParams) => Promise<unknown>> = {
    '/add': async (query) => this.env.CALC.add(Number(query.get('a')), Number(query.get('b'))),
    '/no-arguments': async () => this.env.CALC.zero(),
    '/defaults': async () => [await this.env.CALC.greet(), await this.env.CALC.greet('you'), await this.env.CALC.greet(undefined, '?')],
    '/many': async () => this.env.CALC.many(1, 'two', [3], { four: 4 }, null, undefined, 7n, new Date(0)),
    '/rich': async () => {
      const { map, set, date, bytes, big, nothing } = await this.env.CALC.rich();
      return {
        map: [...map],
        set: [...set],
        date: date.toISOString(),
        bytes: [...bytes],
        big: String(big),
        nothing: nothing === undefined,
      };
    },
    '/error': async () => {
      try {
        await this.env.CALC.fail('out of paper');
        return 'no error';
      } catch (error) {
        return { name: (error as Error).name, message: (error as Error).message };
      }
    },
    '/missing': async () => {
      try {
        await (this.env.CALC as unknown as { nosuch(): Promise<void> }).nosuch();
        return 'no error';
      } catch (error) {
        return { name: (error as Error).name, message: (error as Error).message };
      }
    },
    '/props': async () => [await this.env.ADMIN.role(), await this.env.AUDIT.role()],
    '/fetch-too': async () => (await this.env.CALC.fetch('https://calc/sum?a=1&b=2')).text(),
    '/fetch-named': async () => (await this.env.AUDIT.fetch('https://calc/any')).json(),
    '/parallel': async () => Promise.all([1, 2, 3, 4].map((n) => this.env.CALC.add(n, n))),
  };
}
