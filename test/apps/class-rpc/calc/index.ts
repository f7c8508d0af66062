import { WorkerEntrypoint } from 'cloudflare:workers';

class Base<E> extends WorkerEntrypoint<E> {
  /** An inherited method is a method of the service as well. */
  async add(a: number, b: number): Promise<number> {
    return a + b;
  }
}

export default class Calc extends Base<unknown> {
  async fetch(request: Request): Promise<Response> {
    const { searchParams } = new URL(request.url);
    return new Response(String(await this.add(Number(searchParams.get('a')), Number(searchParams.get('b')))));
  }
  zero() {
    return 0;
  }
  async greet(name = 'stranger', mark = '!') {
    return `hello ${name}${mark}`;
  }
  async many(...args: unknown[]) {
    return args.map((arg) => (arg instanceof Date ? 'date' : arg === null ? 'null' : typeof arg));
  }
  async rich() {
    return {
      map: new Map([['a', 1]]),
      set: new Set([1, 2]),
      date: new Date(Date.UTC(2026, 0, 1)),
      bytes: new Uint8Array([1, 2, 3]),
      big: 12345678901234567890n,
      nothing: undefined,
    };
  }
  async fail(why: string): Promise<never> {
    throw new RangeError(why);
  }
}

export class Admin extends WorkerEntrypoint<unknown, { role: string; since?: number }> {
  async role() {
    return { role: this.ctx.props.role, since: this.ctx.props.since ?? null };
  }
  async fetch() {
    return Response.json(this.ctx.props);
  }
}
