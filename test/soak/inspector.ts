/** The heap of one Worker's isolate, by workerd's inspector. */
import { setTimeout as sleep } from 'node:timers/promises';
import { fetch, type WebSocket } from 'miniflare';

interface Answer {
  readonly id?: number;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

interface HeapUsage {
  readonly usedSize: number;
  readonly embedderHeapUsedSize: number;
}

/** Collections before a figure is taken: what one collection finds unreachable, the next ones free, JavaScript and C++ in turn. */
const collections = 6;

export class Inspector {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  readonly #touch: () => Promise<unknown>;
  #last = 0;

  private constructor(socket: WebSocket, touch: () => Promise<unknown>) {
    this.#socket = socket;
    this.#touch = touch;
    socket.addEventListener('message', ({ data }) => {
      const answer = JSON.parse(String(data)) as Answer;
      if (answer.id === undefined) return;
      this.#waiting.get(answer.id)?.(answer);
      this.#waiting.delete(answer.id);
    });
    socket.accept();
  }

  /** `touch` makes the isolate run a request, without which workerd does not come to a collection that it was asked for. */
  static async connect(address: URL, worker: string, touch: () => Promise<unknown>): Promise<Inspector> {
    const response = await fetch(`http://${address.host}/core:user:${worker}`, { headers: { upgrade: 'websocket' } });
    if (response.webSocket === null) throw new Error(`the inspector of ${worker} answered ${response.status}`);
    return new Inspector(response.webSocket, touch);
  }

  /** Bytes that are in use after forced collections, the least of several: JavaScript, and the platform's objects that it holds. */
  async heapBytes(): Promise<number> {
    let least = Number.POSITIVE_INFINITY;
    // The inspector keeps the last 1,000 errors that a Worker threw, and with them whatever they hold.
    await this.#send('Runtime.discardConsoleEntries');
    for (let collection = 0; collection < collections; collection += 1) {
      await this.#collect();
      const { usedSize, embedderHeapUsedSize } = (await this.#send('Runtime.getHeapUsage')) as HeapUsage;
      least = Math.min(least, usedSize + embedderHeapUsedSize);
    }
    return least;
  }

  /** The request that makes the isolate run may have come before what was asked of the inspector; then it takes another. */
  async #collect(): Promise<void> {
    let done = false;
    const collected = this.#send('HeapProfiler.collectGarbage').finally(() => {
      done = true;
    });
    while (!done) {
      await this.#touch();
      await Promise.race([collected, sleep(20)]);
    }
    await collected;
  }

  close(): void {
    this.#socket.close();
  }

  #send(method: string): Promise<unknown> {
    this.#last += 1;
    const id = this.#last;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, ({ result, error }) => {
        if (error === undefined) resolve(result);
        else reject(new Error(`${method}: ${error.message}`));
      });
      this.#socket.send(JSON.stringify({ id, method }));
    });
  }
}
