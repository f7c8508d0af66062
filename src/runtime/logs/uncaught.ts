/** Errors that nobody in the Worker catches: workerd hands them to the caller, or to nobody, and prints nothing. */

type Report = (error: unknown) => void;

/** Tells each error once, however many promises it passes through. */
export function uncaughtReporter(report: Report): Report {
  const told = new WeakSet<object>();
  return (error) => {
    if (typeof error === 'object' && error !== null) {
      if (told.has(error)) return;
      told.add(error);
    }
    report(error);
  };
}

/** Runs the work of an invocation and reports how it failed; the failure itself goes on to whoever called. */
export function watchWork<Result>(work: () => Result, report: Report): Result {
  let result: Result;
  try {
    result = work();
  } catch (error) {
    report(error);
    throw error;
  }
  // A promise of another kind, such as that of an RPC call, may only be touched by the one for whom it is meant.
  if (result instanceof Promise) result.then(undefined, report);
  return result;
}

const watched = new WeakSet<object>();

/** Reports what fails under `waitUntil`. All execution contexts of an isolate share the prototype on which the method is. */
export function watchWaitUntil(context: unknown, report: Report): void {
  if (typeof context !== 'object' || context === null) return;
  const prototype = Object.getPrototypeOf(context) as { waitUntil?: (work: unknown) => unknown } | null;
  if (prototype === null || watched.has(prototype) || typeof prototype.waitUntil !== 'function') return;
  watched.add(prototype);
  const { waitUntil } = prototype;
  prototype.waitUntil = function (this: unknown, work) {
    if (work instanceof Promise) work.then(undefined, report);
    return Reflect.apply(waitUntil, this, [work]);
  };
}
