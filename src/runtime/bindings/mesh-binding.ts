/** A service binding that leads to an edge, as user code sees it: the binding itself, but for the context that goes along. */

import { outgoingContext } from '../context-store.ts';
import { withContext } from '../outgoing.ts';
import { rpcMethod } from '../rpc/rpc-property.ts';
import { standsFor } from './bare-bindings.ts';

export { rpcMethod };

type Stub = Record<PropertyKey, unknown> & { fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> };
type Call = (...args: unknown[]) => unknown;

/** Names that are kept ready for one binding. Code may call methods by names that it is told from outside: they must not add up. */
const maxNames = 256;

/** Wraps a binding. Whatever is not `fetch` or a member for RPC goes to the bare binding. */
export function meshBinding(stub: Stub, service: string): Stub {
  const fetchThroughMesh = (...call: [input?: RequestInfo | URL, init?: RequestInit]): Promise<Response> => {
    // The platform has its own words for a call without arguments.
    if (call.length === 0) return (stub.fetch as Call)() as Promise<Response>;
    const [input, init] = call as [RequestInfo | URL, RequestInit?];
    let request: Request;
    try {
      request = withContext(input, init, service);
    } catch (error) {
      // A bare binding rejects where the request is malformed; it does not throw.
      return Promise.reject(error);
    }
    return init?.signal ? stub.fetch(request, { signal: init.signal }) : stub.fetch(request);
  };
  const outgoing = () => outgoingContext(service);
  const members = new Map<string, unknown>();
  const binding = new Proxy(stub, {
    get(target, key) {
      if (key === 'fetch') return fetchThroughMesh;
      if (typeof key === 'symbol' || key === 'then' || key in Object.prototype) return bound(target, key);
      let member = members.get(key);
      if (member === undefined) {
        // Asked for once a name: the platform's own members (`connect`, and on old dates `get`, `put`, `delete`) are not for RPC.
        if (Object.hasOwn(Object.getPrototypeOf(target) ?? {}, key)) return bound(target, key);
        if (members.size === maxNames) members.clear();
        member = rpcMethod(target, key, outgoing);
        members.set(key, member);
      }
      return member;
    },
  });
  return standsFor(binding, stub);
}

/** Methods of the platform's object need it, not the Proxy, as `this`. */
function bound(target: Stub, key: PropertyKey): unknown {
  const value = Reflect.get(target, key);
  return typeof value === 'function' && key !== 'constructor' ? (value as Call).bind(target) : value;
}
