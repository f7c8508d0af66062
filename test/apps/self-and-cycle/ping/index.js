import { WorkerEntrypoint } from 'cloudflare:workers';

export class MathOfMine extends WorkerEntrypoint {
  async factorial(n) {
    return n < 2 ? 1 : n * (await this.env.MATH.factorial(n - 1));
  }
}

export default {
  async fetch(request, env) {
    const url = new URL(request.url);
    const n = Number(url.searchParams.get('n') ?? 0);
    if (url.pathname === '/factorial') return new Response(String(await env.MATH.factorial(n)));
    if (url.pathname === '/down') {
      if (n === 0) return new Response('down');
      const below = await env.SELF.fetch(`http://ping/down?n=${n - 1}`);
      return new Response(`${n} ${await below.text()}`);
    }
    if (n === 0) return new Response('ping!');
    const answer = await env.PONG.fetch(`http://pong/?n=${n - 1}`);
    return new Response(`ping ${await answer.text()}`);
  },
};
