import { Socket } from 'node:net';

/** What the driver Worker calls: `fetch` with its body read, or one RPC method. */
export type Kind = 'fetch' | 'rpc';

/** Lets the driver Worker make `calls` awaited calls along `path`, in `chains` chains. */
export async function driverLoop(driver: URL, path: string, kind: Kind, calls: number, chains: number): Promise<void> {
  const url = new URL(`/loop?calls=${calls}&chains=${chains}`, driver);
  const binding = kind === 'rpc' ? `rpc-${path}` : path;
  const response = await fetch(url, { headers: { 'bench-path': binding, connection: 'close' } });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`the driver answered ${response.status} for ${path}: ${text}`);
}

/**
 * A closed-loop HTTP/1.1 client with one connection. It writes prepared bytes and waits for the end of the answer, so that its own
 * cost is small and the same for every path.
 */
export class ClosedLoopClient {
  private readonly socket: Socket;
  private settle: ((text: string) => void) | undefined;
  private text = '';

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => {
      this.text += chunk;
      if (!isWhole(this.text)) return;
      const text = this.text;
      this.text = '';
      this.settle?.(text);
    });
  }

  static connect(server: URL): Promise<ClosedLoopClient> {
    return new Promise((resolve, reject) => {
      const socket = new Socket();
      socket.once('error', reject);
      socket.connect(Number(server.port), server.hostname, () => resolve(new ClosedLoopClient(socket)));
    });
  }

  /** Microseconds of each of `calls` requests, one after the other. */
  async measure(path: string, calls: number): Promise<number[]> {
    const request =
      `GET /items/42?verbose=1 HTTP/1.1\r\nhost: bench.internal\r\naccept: application/json\r\n` +
      `x-user: user-10\r\nbench-path: ${path}\r\n\r\n`;
    const micros: number[] = [];
    for (let call = 0; call < calls; call++) {
      const started = process.hrtime.bigint();
      const answer = await this.exchange(request);
      micros.push(Number(process.hrtime.bigint() - started) / 1000);
      if (!answer.startsWith('HTTP/1.1 200 ')) throw new Error(`${path} answered ${answer}`);
    }
    return micros;
  }

  close(): void {
    this.socket.destroy();
  }

  private exchange(request: string): Promise<string> {
    return new Promise((resolve) => {
      this.settle = resolve;
      this.socket.write(request);
    });
  }
}

/** Whether an HTTP/1.1 answer has arrived as a whole, by its Content-Length or its last chunk. */
function isWhole(text: string): boolean {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return false;
  const length = /\r\ncontent-length: (\d+)/i.exec(text.slice(0, end + 2));
  if (length !== null) return text.length >= end + 4 + Number(length[1]);
  return text.endsWith('\r\n0\r\n\r\n') || text.endsWith('\n0\r\n\r\n');
}
