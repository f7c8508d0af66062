/**
 * Resolves at the first SIGINT or SIGTERM. Importing wrangler and making a Miniflare each add listeners that end the process at
 * once, before the session file and the build folder are gone: those that are there and those that come are taken away. miniflare's
 * handler of the process's end, which takes workerd along, stays.
 */
export function untilStopSignal(): Promise<void> {
  return new Promise((done) => {
    const onSignal = () => done();
    process.on('newListener', (event: string | symbol, listener: () => void) => {
      if ((event !== 'SIGINT' && event !== 'SIGTERM') || listener === onSignal) return;
      queueMicrotask(() => process.removeListener(event, listener));
    });
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.removeAllListeners(signal).on(signal, onSignal);
  });
}
