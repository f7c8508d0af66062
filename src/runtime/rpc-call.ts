/**
 * The reserved RPC method, added to the entrypoints of a Worker: `[context, method, args]` runs `method` in that context.
 * It exposes exactly what workerd would expose, and refuses the rest in workerd's words, because an edge hands on whatever
 * method name a caller wrote.
 */
import { rpcCallMethod } from '../core/wire.ts';
import { contextOfRpc, runWith } from './context-store.ts';

type Method = (...args: unknown[]) => unknown;
type Payload = readonly [context: unknown, method: string, args: readonly unknown[]];

/** Names that workerd never dispatches over RPC. */
const reserved = new Set([
  ...['fetch', 'connect', 'dup', 'constructor', 'alarm', 'webSocketMessage', 'webSocketClose', 'webSocketError'],
  rpcCallMethod,
]);

/** Adds the method to the prototype of an entrypoint class; `base` is the platform's class, whose members are not RPC methods. */
export function addRpcCallToClass(prototype: object, base: object): void {
  define(prototype, function (this: object, payload: Payload) {
    const [context, name, args] = payload;
    const method = asMethod(name, classMember(this, name, base));
    return runWith(contextOfRpc(context), () => Reflect.apply(method, this, args));
  });
}

/**
 * Adds the method to an object-literal entrypoint. workerd calls such an entrypoint's functions with `(argument, env, ctx)`,
 * only those that declare no more than these three, and only with exactly one argument.
 */
export function addRpcCallToObject(entrypoint: object, self: object = entrypoint): void {
  define(entrypoint, (payload: Payload, env: unknown, ctx: unknown) => {
    const [context, name, args] = payload;
    const method = asMethod(name, objectMember(self, name));
    if (method.length > 3) throw tooManyParameters(name);
    if (args.length !== 1) throw notOneArgument(name);
    return runWith(contextOfRpc(context), () => Reflect.apply(method, self, [args[0], env, ctx]));
  });
}

function define(target: object, value: (...args: never[]) => unknown): void {
  Object.defineProperty(target, rpcCallMethod, { value, configurable: true, enumerable: false, writable: true });
}

/** A member of the prototype chain below the platform's class. Own properties of the instance are private. */
function classMember(instance: object, name: string, base: object): unknown {
  refuseReserved(name);
  if (Object.hasOwn(instance, name)) throw notImplemented(name);
  for (
    let prototype: object | null = Object.getPrototypeOf(instance);
    prototype !== null && prototype !== base && prototype !== Object.prototype;
    prototype = Object.getPrototypeOf(prototype)
  ) {
    if (Object.hasOwn(prototype, name)) return Reflect.get(prototype, name, instance);
  }
  // A class may answer to any name through a Proxy of its own; on every other instance there is nothing left to find.
  const member: unknown = name in base ? undefined : Reflect.get(instance, name);
  if (member === undefined) throw notImplemented(name);
  return member;
}

/** An own property of the object; of a class instance only these, too. */
function objectMember(entrypoint: object, name: string): unknown {
  refuseReserved(name);
  if (!Object.hasOwn(entrypoint, name)) throw notImplemented(name);
  return Reflect.get(entrypoint, name);
}

function asMethod(name: string, member: unknown): Method {
  if (typeof member !== 'function') throw new TypeError(`"${name}" is not a function.`);
  return member as Method;
}

function refuseReserved(name: string): void {
  if (reserved.has(name)) throw new TypeError(`'${name}' is a reserved method and cannot be called over RPC.`);
}

function notImplemented(name: string): TypeError {
  return new TypeError(`The RPC receiver does not implement the method "${name}".`);
}

function tooManyParameters(name: string): TypeError {
  return new TypeError(
    `Cannot call handler function "${name}" over RPC because it has the wrong number of arguments. A simple function ` +
      'handler can only be called over RPC if it has exactly the arguments (arg, env, ctx), where only the first argument ' +
      'comes from the client. To support multi-argument RPC functions, use class-based syntax (extending WorkerEntrypoint) ' +
      'instead.',
  );
}

function notOneArgument(name: string): TypeError {
  return new TypeError(
    `Attempted to call RPC function "${name}" with the wrong number of arguments. When calling a top-level handler function ` +
      'that is not declared as part of a class, you must always send exactly one argument. In order to support variable ' +
      'numbers of arguments, the server must use class-based syntax (extending WorkerEntrypoint) instead.',
  );
}
