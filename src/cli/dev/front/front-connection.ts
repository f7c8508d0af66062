/** One connection of a client, whose bytes go to the server that runs now, as they are. */
import { connect, type Socket } from 'node:net';
import { Exchange } from './exchange.ts';

/** The port to connect to, as soon as there is one; undefined where nobody answers. */
export type PortNow = () => Promise<number | undefined>;

/**
 * Passes on bytes, the end of each direction and resets. Each request of a kept connection goes over a connection of its own to the
 * server that runs when it comes: a server that goes away between two requests, or that closes after an upload which it did not
 * read, takes no later request with it.
 */
export class FrontConnection {
  readonly #client: Socket;
  readonly #port: PortNow;
  readonly #exchange = new Exchange();
  #server: Socket | undefined;
  #connecting = false;

  constructor(client: Socket, port: PortNow) {
    this.#client = client;
    this.#port = port;
    let failed = false;
    client.on('data', (chunk) => this.#fromClient(chunk));
    client.on('drain', () => this.#server?.resume());
    client.on('end', () => {
      if (this.#server === undefined) client.end();
      else this.#server.end();
    });
    client.on('error', () => {
      failed = true;
    });
    client.on('close', () => {
      if (failed) this.#server?.resetAndDestroy();
      else this.#server?.destroySoon();
    });
  }

  /** Whether the reload should wait for a response that is under way. */
  get awaited(): boolean {
    return this.#server !== undefined && this.#exchange.awaited;
  }

  destroy(): void {
    this.#server?.destroy();
    this.#client.destroy();
  }

  #leave(server: Socket): void {
    this.#server = undefined;
    // What is still to be sent of a request whose response came early may yet be read.
    server.end();
    server.resume();
    if (this.#client.readableEnded) this.#client.end();
    else this.#client.resume();
  }

  #fromClient(chunk: Buffer): void {
    this.#exchange.fromClient(chunk);
    if (this.#server !== undefined) {
      if (!this.#server.write(chunk)) this.#client.pause();
      return;
    }
    this.#client.pause();
    // A second chunk can come only after the first was taken: the client is not read meanwhile.
    if (!this.#connecting) void this.#connect(chunk);
  }

  async #connect(first: Buffer): Promise<void> {
    const client = this.#client;
    this.#connecting = true;
    const port = await this.#port();
    this.#connecting = false;
    if (client.destroyed) return;
    if (port === undefined) {
      client.destroySoon();
      return;
    }
    const server = connect({ host: '127.0.0.1', port, allowHalfOpen: true, noDelay: true });
    this.#server = server;
    let failed = false;
    const current = () => this.#server === server;
    server.on('connect', () => current() && client.resume());
    server.on('drain', () => current() && client.resume());
    server.on('data', (chunk) => {
      if (!current()) return;
      this.#exchange.fromServer(chunk);
      if (!client.write(chunk)) server.pause();
      if (this.#exchange.idle) this.#leave(server);
    });
    server.on('end', () => current() && client.end());
    server.on('error', () => {
      failed = true;
    });
    server.on('close', () => {
      if (!current()) return;
      if (failed) client.resetAndDestroy();
      else client.destroySoon();
    });
    server.write(first);
  }
}
