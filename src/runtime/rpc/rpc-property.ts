/** A member of a stub that leads to the mesh, as user code sees it: callable, awaitable, and open to names of its own. */
import type { CarriedContext } from '../../core/context/mesh-context.ts';
import { formatRpcContext } from '../../core/context/mesh-context.ts';
import type { RpcMember } from '../../core/rpc/rpc-member.ts';
import { rpcCallMethod } from '../../core/wire.ts';
import { bindCallbacks } from '../bound-context.ts';

type Call = (...args: unknown[]) => unknown;
type Stub = Readonly<Record<PropertyKey, unknown>>;

/**
 * `stub.name`: calling it sends the context along in the reserved method, awaiting it reads the property, and a further name leads deeper.
 * What comes back is workerd's own promise of an RPC call, with all of its pipelining. `outgoing` is asked anew for each call.
 */
export function rpcMethod(stub: Stub, name: string, outgoing: () => CarriedContext): unknown {
  return property(stub, name, outgoing);
}

function property(stub: Stub, member: RpcMember, outgoing: () => CarriedContext): unknown {
  const call: Call = (...args) => {
    const context = outgoing();
    return (stub[rpcCallMethod] as Call)([formatRpcContext(context), member, bindCallbacks(args)]);
  };
  return new Proxy(call, new Member(stub, member, outgoing));
}

class Member implements ProxyHandler<Call> {
  readonly #stub: Stub;
  readonly #member: RpcMember;
  readonly #outgoing: () => CarriedContext;

  constructor(stub: Stub, member: RpcMember, outgoing: () => CarriedContext) {
    this.#stub = stub;
    this.#member = member;
    this.#outgoing = outgoing;
  }

  get(_call: Call, key: string | symbol): unknown {
    if (key === 'then' || key === 'catch' || key === 'finally') return this.#settled(key);
    if (typeof key === 'symbol' || key in Object.prototype) return this.#own(key);
    return property(this.#stub, [this.#member, key].flat(), this.#outgoing);
  }

  /** As on workerd's own property, any name is there, and none is listed. */
  has(_call: Call, key: string | symbol): boolean {
    return typeof key === 'string' || Reflect.has(this.#bare(), key);
  }

  ownKeys(): string[] {
    return [];
  }

  getOwnPropertyDescriptor(): undefined {
    return undefined;
  }

  getPrototypeOf(): object | null {
    return Reflect.getPrototypeOf(this.#bare());
  }

  /** `await` asks for `then` at once and calls it later: the context that goes along is the one of the `await`. */
  #settled(key: 'then' | 'catch' | 'finally'): Call {
    const context = formatRpcContext(this.#outgoing());
    return (...handlers) => {
      const read = (this.#stub[rpcCallMethod] as Call)([context, this.#member]) as Record<string, Call>;
      return (read[key] as Call)(...handlers);
    };
  }

  #own(key: PropertyKey): unknown {
    const bare = this.#bare();
    const value: unknown = Reflect.get(bare, key);
    return typeof value === 'function' && key !== 'constructor' ? value.bind(bare) : value;
  }

  /** The stub's own property of that name, which no call is made on. */
  #bare(): object {
    return this.#stub[[this.#member].flat()[0] as string] as object;
  }
}
