/** A class as default export that calls back whoever calls it, by `this.env`, by a helper without `env`, and by timers. */
import { env, WorkerEntrypoint } from 'cloudflare:workers';

const viaImport = async (path) => (await env.ECHO.fetch(`http://echo.example${path}`)).text();

export default class Mirror extends WorkerEntrypoint {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === '/cycle') return this.env.FRONT.fetch('http://front.example/from-mirror');
    if (pathname === '/import') return new Response(await viaImport('/plain'));
    if (pathname === '/kept') return this.env.ECHO.fetch(request);
    return new Response('mirror');
  }
  async cycle(depth) {
    return `mirror > ${await this.env.FRONT.again(depth)}`;
  }
  async sum(numbers) {
    const sums = await Promise.all(numbers.map((number) => this.env.LEDGER.add(number, 1)));
    return sums.reduce((total, number) => total + number, 0);
  }
  async relay(callback) {
    return this.env.LEDGER.apply(callback, 3);
  }
  async counter() {
    return this.env.LEDGER.counter(100);
  }
}
