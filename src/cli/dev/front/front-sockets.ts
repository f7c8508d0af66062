/** The addresses of a mesh in development, which stay while what answers behind them is replaced. */
import { createServer, type Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { FrontConnection } from './front-connection.ts';

/** Requests that are under way have so long to be answered by the old code. */
const drainMs = 2000;

/**
 * One listening socket a name, on the loopback interface. Connections go to the port that the name has behind the front. While it is
 * held, requests wait: whoever asks during a reload is answered by the new code, or by the old one if the new does not start.
 */
export class FrontSockets {
  readonly #servers = new Map<string, Server>();
  readonly #connections = new Set<FrontConnection>();
  #ports: ReadonlyMap<string, number> = new Map();
  #opened: Promise<void> | undefined;
  #open: () => void = () => {};

  get held(): boolean {
    return this.#opened !== undefined;
  }

  /** From now on requests wait; resolves when those before are answered, after two seconds at the latest. */
  async hold(): Promise<void> {
    this.#opened ??= new Promise((open) => {
      this.#open = open;
    });
    const lastMs = performance.now() + drainMs;
    while (performance.now() < lastMs && [...this.#connections].some(({ awaited }) => awaited)) await sleep(5);
  }

  /** Lets requests through to these ports. A name that is not among them is answered by nobody. */
  release(ports: ReadonlyMap<string, number>): void {
    this.#ports = ports;
    this.#opened = undefined;
    this.#open();
  }

  /** The URL of a name, which listens from now on; on `port` where it is new, 0 for any. */
  async url(name: string, port = 0): Promise<string> {
    let server = this.#servers.get(name);
    if (server === undefined) {
      server = this.#serverOf(name);
      this.#servers.set(name, server);
      await listen(server, port);
    }
    const address = server.address() as { readonly port: number };
    return `http://127.0.0.1:${address.port}`;
  }

  /** Ends every connection, and listens no longer. */
  close(): void {
    this.release(new Map());
    for (const server of this.#servers.values()) server.close();
    for (const connection of this.#connections) connection.destroy();
  }

  #serverOf(name: string): Server {
    const port = async () => {
      while (this.#opened !== undefined) await this.#opened;
      return this.#ports.get(name);
    };
    return createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
      const connection = new FrontConnection(client, port);
      this.#connections.add(connection);
      client.on('close', () => this.#connections.delete(connection));
    });
  }
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((done, failed) => {
    server.once('error', failed);
    server.listen(port, '127.0.0.1', () => done());
  });
}
