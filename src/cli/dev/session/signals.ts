/**
 * Resolves at the first SIGINT or SIGTERM. Importing wrangler and making a Miniflare each add listeners that end the process at
 * once, before the session file and the build folder are gone: they are taken away as they come. miniflare's handler of the
 * process's end, which takes workerd along, stays.
 */
export function untilStopSignal(): Promise<void> {
  return new Promise((done) => {
    const onSignal = () => done();
    process.on('newListener', (event: string | symbol, listener: () => void) => {
      if ((event !== 'SIGINT' && event !== 'SIGTERM') || listener === onSignal) return;
      queueMicrotask(() => process.removeListener(event, listener));
    });
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, onSignal);
  });
}
