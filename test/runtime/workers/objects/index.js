import { DurableObject, exports, WorkerEntrypoint } from 'cloudflare:workers';

export class Inner extends WorkerEntrypoint {
  async ask() {
    return (await this.env.MIRROR.fetch('http://mirror/')).json();
  }
  async fetch() {
    return Response.json({ props: this.ctx.props, seen: await this.ask() });
  }
}

export class Counter extends DurableObject {
  async fetch() {
    return this.env.MIRROR.fetch('http://mirror/');
  }
  async ask(tag) {
    return { tag, seen: await (await this.env.MIRROR.fetch('http://mirror/')).json() };
  }
  async throughExports() {
    return this.ctx.exports.Inner.ask();
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
  async fetch(request, env, ctx) {
    const { pathname } = new URL(request.url);
    if (pathname === '/loopback')
      return Response.json([
        await ctx.exports.Inner.ask(),
        await (await ctx.exports.Inner({ props: { a: 1 } }).fetch('http://inner/')).json(),
      ]);
    if (pathname === '/global-loopback') {
      const first = await exports.Inner.ask();
      const props = await (await exports.Inner({ props: { a: 1 } }).fetch('http://inner/')).json();
      return Response.json([first, props, Object.keys(exports).sort()]);
    }
    const counter = env.COUNTER.get(env.COUNTER.idFromName('one'));
    if (pathname === '/method') return Response.json(await counter.ask('m'));
    if (pathname === '/object-loopback') return Response.json(await counter.throughExports());
    if (pathname === '/alarm') return Response.json(await counter.ring());
    return counter.fetch(request);
  },
};
