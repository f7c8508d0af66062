/** A bound on the wait for work whose outcome is read from state. */

/** Resolves when the work has settled, whichever way, or `ms` have passed; the work itself goes on. */
export function settledWithin(work: Promise<unknown>, ms: number): Promise<void> {
  return new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms);
    const settle = () => {
      clearTimeout(timer);
      resolve();
    };
    work.then(settle, settle);
  });
}
