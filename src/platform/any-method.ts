/** An entrypoint class that answers any RPC method by the reserved one. */
import { rpcCallMethod } from '../core/wire.ts';

interface ReservedMethod {
  [rpcCallMethod](packed: unknown): Promise<unknown>;
}

/** Names that a prototype chain is asked for by the language or the runtime, and never by a caller. */
const notMethods = new Set(['then', 'constructor', 'toJSON']);

/**
 * Ends the class's prototype chain in a Proxy, where workerd finds a method for every name that the class itself lacks. A
 * method is defined on first use, which is measurably cheaper than a new function for each call.
 */
export function withAnyMethod<Base extends abstract new (...args: never[]) => ReservedMethod>(base: Base): Base {
  const methods: Record<string, unknown> = Object.create(null);
  const anyMethod = new Proxy(Object.create(base.prototype) as object, {
    get(target, name, receiver) {
      const own: unknown = Reflect.get(target, name, receiver);
      if (own !== undefined || typeof name !== 'string' || notMethods.has(name)) return own;
      methods[name] ??= function call(this: ReservedMethod, ...args: unknown[]) {
        return this[rpcCallMethod](['', name, args]);
      };
      return methods[name];
    },
  });
  abstract class AnyMethod extends (base as unknown as abstract new (...args: unknown[]) => ReservedMethod) {}
  Object.setPrototypeOf(AnyMethod.prototype, anyMethod);
  return AnyMethod as unknown as Base;
}
