/** Strictness for RPC: what stands in the place of an entrypoint for a call that came past the edge. */
import { WorkerEntrypoint } from 'cloudflare:workers';
import { rpcCallMethod } from '../core/wire.ts';
import type { Admission } from './admission.ts';
import { takeMark } from './edge-mark.ts';
import { wrapOwn } from './incoming.ts';

/**
 * What a class's constructor does with a context: prepares it, and answers another object than an instance where the call is not admitted. Its `fetch` is its
 * own and fixed, so that a field of the class cannot take its place; any other name is a method that refuses.
 */
export function beginOf(admission: Admission): (context: object, env: unknown) => object | undefined {
  if (!admission.strict)
    return (context) => {
      admission.begin(context);
      return undefined;
    };
  const anyMethod = new Proxy(WorkerEntrypoint.prototype, {
    get(target, name, receiver) {
      const own: unknown = Reflect.get(target, name, receiver);
      if (own !== undefined || typeof name === 'symbol' || name === 'then') return own;
      return () => admission.refuseRpc();
    },
  });
  function Refusal() {}
  Refusal.prototype = anyMethod;
  return (context, env) => {
    admission.begin(context);
    if (admission.throughEdge(context)) return undefined;
    const refusal = Reflect.construct(WorkerEntrypoint, [context, env], Refusal) as object;
    return Object.defineProperty(refusal, 'fetch', { value: () => admission.refuseFetch(), enumerable: false });
  };
}

/**
 * Functions of an object-literal entrypoint, which workerd calls with `(argument, env, context)`: each takes the mark off the context
 * before it runs, and refuses where there is none and there must be one.
 */
export function guardFunctions(entrypoint: object, admission: Admission): void {
  const guarded = admission.strict ? Object.getOwnPropertyNames(entrypoint) : [rpcCallMethod];
  for (const name of guarded) {
    wrapOwn(
      entrypoint,
      name,
      (method) =>
        function (this: unknown, ...args: [unknown, ...unknown[]]) {
          if (isContext(args[2])) {
            admission.begin(args[2]);
            if (!takeMark(args[2])) admission.refuseRpc();
          }
          return Reflect.apply(method, this, args);
        },
    );
  }
}

/** The Worker's own code may call the function too, with whatever arguments. */
function isContext(value: unknown): boolean {
  return Object.prototype.toString.call(value) === '[object ExecutionContext]';
}
