/** The end of a mesh by Ctrl-C: ours to decide, though wrangler and miniflare have plans of their own. */

const signals = ['SIGINT', 'SIGTERM'] as const;

export interface StopSignals {
  /** Resolves at the first SIGINT or SIGTERM. */
  readonly stopped: Promise<void>;
  /**
   * To be called when the mesh runs. Importing wrangler and making a Miniflare each add listeners that end the process at once,
   * before the session file and the build folder are gone; from now on ours is the only one.
   */
  takeOver(): void;
}

export function stopSignals(): StopSignals {
  let stop: () => void = () => {};
  const stopped = new Promise<void>((resolve) => {
    stop = () => resolve();
  });
  for (const signal of signals) process.on(signal, stop);
  return {
    stopped,
    takeOver() {
      for (const signal of signals) {
        for (const listener of process.listeners(signal))
          if (listener !== stop) process.removeListener(signal, listener);
      }
    },
  };
}
