/** The heap of one Worker's isolate, by workerd's inspector. */
import { fetch } from 'miniflare';

/** Bytes in use after a forced collection. `inspector` is miniflare's address for it. */
export async function heapAfterCollection(inspector: URL, worker: string): Promise<number> {
  const targets = (await (await fetch(new URL('/json/list', `http://${inspector.host}`))).json()) as readonly {
    id: string;
  }[];
  const target = targets.find(({ id }) => id === `core:user:${worker}`)?.id;
  if (target === undefined)
    throw new Error(`no inspector for ${worker} among ${targets.map(({ id }) => id).join(', ')}`);
  const answer = await fetch(`http://${inspector.host}/${target}`, { headers: { upgrade: 'websocket' } });
  const socket = answer.webSocket;
  if (!socket) throw new Error(`the inspector answered ${answer.status}`);
  socket.accept();
  const ask = (id: number, method: string) =>
    new Promise<Record<string, number>>((resolve) => {
      socket.addEventListener('message', ({ data }) => {
        const message = JSON.parse(String(data)) as { id?: number; result?: Record<string, number> };
        if (message.id === id) resolve(message.result ?? {});
      });
      socket.send(JSON.stringify({ id, method }));
    });
  // A snapshot collects first, at once; `collectGarbage` waits for a task that workerd never runs.
  await ask(1, 'HeapProfiler.takeHeapSnapshot');
  const { usedSize } = await ask(2, 'Runtime.getHeapUsage');
  socket.close();
  return usedSize as number;
}
