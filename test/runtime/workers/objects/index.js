import { DurableObject } from 'cloudflare:workers';

export class Counter extends DurableObject {
  async fetch() {
    return this.env.MIRROR.fetch('http://mirror/');
  }
  async ring() {
    await this.ctx.storage.setAlarm(Date.now());
    while ((await this.ctx.storage.get('seen')) === undefined) await scheduler.wait(10);
    return this.ctx.storage.get('seen');
  }
  async alarm() {
    const ask = async () => (await this.env.MIRROR.fetch('http://mirror/')).json();
    await this.ctx.storage.put('seen', [await ask(), await ask()]);
  }
}

export default {
  async fetch(request, env) {
    const counter = env.COUNTER.get(env.COUNTER.idFromName('one'));
    if (new URL(request.url).pathname === '/alarm') return Response.json(await counter.ring());
    return counter.fetch(request);
  },
};
