/**
 * The reserved RPC method, added to the entrypoints of a Worker: `[context, method, args]` runs `method` in that context.
 * It exposes exactly what workerd would expose, because an edge hands on whatever method name a caller wrote.
 */
import { rpcCallMethod } from '../core/wire.ts';
import { contextOfRpc, runWith } from './context-store.ts';

type Method = (...args: unknown[]) => unknown;
type Payload = readonly [context: unknown, method: string, args: readonly unknown[]];

/** Names that workerd never dispatches as RPC methods of an entrypoint. */
const reserved = new Set(['fetch', 'connect', 'dup', 'constructor', rpcCallMethod]);

/** Adds the method to the prototype of an entrypoint class; `base` is the platform's class, whose members are not RPC methods. */
export function addRpcCallToClass(prototype: object, base: object): void {
  define(prototype, function (this: object, payload: Payload) {
    const [context, name, args] = payload;
    const method = classMethod(this, name, base);
    return runWith(contextOfRpc(context), () => Reflect.apply(method, this, args));
  });
}

/**
 * Adds the method to an object-literal entrypoint. workerd calls such an entrypoint's functions with `(argument, env, ctx)`,
 * and only those that declare exactly these three.
 */
export function addRpcCallToObject(entrypoint: object, self: object = entrypoint): void {
  define(entrypoint, (payload: Payload, env: unknown, ctx: unknown) => {
    const [context, name, args] = payload;
    const method = objectMethod(self, name);
    if (method.length !== 3 || args.length !== 1) {
      throw new TypeError(
        `Cannot call handler function "${name}" over RPC because it has the wrong number of arguments. ` +
          'A simple function handler can only be called over RPC if it has exactly the arguments (arg, env, ctx), ' +
          'where only the first argument comes from the client. To support multi-argument RPC functions, use class-based syntax ' +
          '(extending WorkerEntrypoint) instead.',
      );
    }
    return runWith(contextOfRpc(context), () => Reflect.apply(method, self, [args[0], env, ctx]));
  });
}

function define(target: object, value: (...args: never[]) => unknown): void {
  Object.defineProperty(target, rpcCallMethod, { value, configurable: true, enumerable: false, writable: true });
}

/** A method on the prototype chain below the platform's class. Own properties of the instance are private, as in workerd. */
function classMethod(instance: object, name: string, base: object): Method {
  if (!reserved.has(name) && !Object.hasOwn(instance, name)) {
    for (
      let prototype: object | null = Object.getPrototypeOf(instance);
      prototype !== null && prototype !== base && prototype !== Object.prototype;
      prototype = Object.getPrototypeOf(prototype)
    ) {
      if (!Object.hasOwn(prototype, name)) continue;
      const method = Reflect.get(prototype, name, instance) as unknown;
      if (typeof method === 'function') return method as Method;
      break;
    }
  }
  throw notImplemented(name);
}

function objectMethod(entrypoint: object, name: string): Method {
  if (!reserved.has(name) && Object.hasOwn(entrypoint, name)) {
    const method = Reflect.get(entrypoint, name) as unknown;
    if (typeof method === 'function') return method as Method;
  }
  throw notImplemented(name);
}

/** workerd's own words for a method that is not there. */
function notImplemented(name: string): TypeError {
  return new TypeError(`The RPC receiver does not implement the method "${name}".`);
}
