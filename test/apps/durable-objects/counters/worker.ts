import { DurableObject, WorkerEntrypoint } from 'cloudflare:workers';

export class Counter extends DurableObject {
  async add(n: number): Promise<number> {
    const value = ((await this.ctx.storage.get<number>('value')) ?? 0) + n;
    await this.ctx.storage.put('value', value);
    return value;
  }
  async fetch(request: Request): Promise<Response> {
    return new Response(`${request.method} ${await this.add(1)}`);
  }
}

export class Names extends WorkerEntrypoint {
  async nameOf(id: number): Promise<string> {
    return ['Ada', 'Bob'][id] ?? 'Nobody';
  }
}

export default {};
