/** An entrypoint class that answers any RPC member by the reserved method. */
import type { RpcMember } from '../core/rpc/rpc-member.ts';
import { rpcCallMethod } from '../core/wire.ts';

interface ReservedMethod {
  [rpcCallMethod](packed: unknown): Promise<unknown>;
}

type Call = (...args: unknown[]) => unknown;

/**
 * Ends the class's prototype chain in a Proxy, where workerd finds a member for every name that the class itself lacks. `then` is none: the
 * runtime would take the entrypoint for a promise.
 */
export function withAnyMethod<Base extends abstract new (...args: never[]) => ReservedMethod>(base: Base): Base {
  const anyMethod = new Proxy(Object.create(base.prototype) as object, {
    get(target, name, receiver: ReservedMethod) {
      const own: unknown = Reflect.get(target, name, receiver);
      if (own !== undefined || typeof name !== 'string' || name === 'then') return own;
      return anyMember(receiver, name);
    },
  });
  abstract class AnyMethod extends (base as unknown as abstract new (...args: unknown[]) => ReservedMethod) {}
  Object.setPrototypeOf(AnyMethod.prototype, anyMethod);
  return AnyMethod as unknown as Base;
}

/**
 * A member nobody knows yet: called, it is a method; awaited, which is how workerd takes what it is to send back, a property; and any name of its
 * own is there, because workerd descends into the own properties of functions.
 */
function anyMember(entrypoint: ReservedMethod, member: RpcMember): unknown {
  const call: Call = (...args) => entrypoint[rpcCallMethod](['', member, args]);
  return new Proxy(call, {
    get(_call, key) {
      if (typeof key === 'symbol') return undefined;
      if (key === 'then') return readOf(entrypoint, member);
      return anyMember(entrypoint, [member, key].flat());
    },
    has: (_call, key) => typeof key === 'string',
    getOwnPropertyDescriptor: (_call, key) =>
      typeof key === 'string' ? { value: undefined, configurable: true, enumerable: false, writable: true } : undefined,
  });
}

function readOf(entrypoint: ReservedMethod, member: RpcMember): Promise<unknown>['then'] {
  return (onRead, onError) => entrypoint[rpcCallMethod](['', member]).then(onRead, onError);
}
