/** Durable Objects, used by this Worker itself and by others through `script_name`. */
import { DurableObject } from 'cloudflare:workers';

export class Counter extends DurableObject {
  #constructed;
  constructor(ctx, env) {
    super(ctx, env);
    this.#constructed = new.target.name;
  }
  async up(by = 1) {
    const value = ((await this.ctx.storage.get('value')) ?? 0) + by;
    await this.ctx.storage.put('value', value);
    return value;
  }
  get label() {
    return 'counter';
  }
  fail() {
    throw Object.assign(new RangeError('a Durable Object fails'), { code: 'E_OBJECT' });
  }
  identity() {
    return { className: this.constructor.name, constructed: this.#constructed, object: this instanceof DurableObject };
  }
  async ledger() {
    return this.env.LEDGER.add(1, 2);
  }
  async ring() {
    await this.ctx.storage.setAlarm(Date.now() + 20);
    return 'set';
  }
  async rung() {
    return (await this.ctx.storage.get('rung')) ?? null;
  }
  async alarm() {
    await this.ctx.storage.put('rung', `alarm asked and heard ${await this.env.LEDGER.add(20, 22)}`);
  }
  sql() {
    this.ctx.storage.sql.exec('CREATE TABLE IF NOT EXISTS words (word TEXT)');
    this.ctx.storage.sql.exec('INSERT INTO words VALUES (?)', 'sqlite');
    return this.ctx.storage.sql.exec('SELECT word FROM words LIMIT 1').one().word;
  }
  async fetch(request) {
    const asked = await (await this.env.ECHO.fetch('http://echo.example/plain')).text();
    return Response.json({
      method: request.method,
      url: request.url,
      headers: [...request.headers],
      body: await request.text(),
      asked,
    });
  }
}

/** A room with hibernating WebSockets. */
export class Room extends DurableObject {
  async fetch(request) {
    if (request.headers.get('upgrade') !== 'websocket') return new Response('websocket only', { status: 426 });
    const { 0: theirs, 1: ours } = new WebSocketPair();
    this.ctx.acceptWebSocket(ours, ['member']);
    ours.serializeAttachment({ joined: this.ctx.getWebSockets('member').length });
    return new Response(null, { status: 101, webSocket: theirs });
  }
  async webSocketMessage(socket, message) {
    const { joined } = socket.deserializeAttachment();
    socket.send(`${joined}: ${message}, and the ledger says ${await this.env.LEDGER.add(message.length, 0)}`);
  }
  async webSocketClose(socket, code, reason) {
    await this.ctx.storage.put('closed', { code, reason });
    socket.close(code, reason);
  }
  async closed() {
    return (await this.ctx.storage.get('closed')) ?? null;
  }
}

export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    const counter = env.COUNTER.get(env.COUNTER.idFromName('own'));
    if (pathname === '/room') return env.ROOM.get(env.ROOM.idFromName('own')).fetch(request);
    if (pathname === '/fetch') return counter.fetch(request);
    return Response.json({ up: await counter.up(), ledger: await counter.ledger(), label: await counter.label });
  },
};
