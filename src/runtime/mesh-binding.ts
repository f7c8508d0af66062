/** A service binding that leads to an edge, as user code sees it: the binding itself, but for the context that goes along. */
import { formatRpcContext } from '../core/mesh-context.ts';
import { rpcCallMethod } from '../core/wire.ts';
import { outgoingContext } from './context-store.ts';
import { withContext } from './outgoing.ts';

type Stub = Record<PropertyKey, unknown> & { fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> };
type Call = (...args: unknown[]) => unknown;

/** Wraps a binding. Whatever is not `fetch` or the call of an RPC method goes to the bare binding. */
export function meshBinding(stub: Stub, service: string): Stub {
  const fetchThroughMesh = (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    let request: Request;
    try {
      request = withContext(input, init, service);
    } catch (error) {
      // A bare binding rejects where the request is malformed; it does not throw.
      return Promise.reject(error);
    }
    return init?.signal ? stub.fetch(request, { signal: init.signal }) : stub.fetch(request);
  };
  const methods = new Map<string, unknown>();
  return new Proxy(stub, {
    get(target, key) {
      if (key === 'fetch') return fetchThroughMesh;
      if (typeof key === 'symbol' || key === 'then' || key in Object.prototype) return bound(target, key);
      if (Object.hasOwn(Object.getPrototypeOf(target) ?? {}, key)) return bound(target, key);
      let method = methods.get(key);
      if (method === undefined) {
        method = rpcMethod(target, key, service);
        methods.set(key, method);
      }
      return method;
    },
  });
}

/** Methods of the platform's object need it, not the Proxy, as `this`. */
function bound(target: Stub, key: PropertyKey): unknown {
  const value = Reflect.get(target, key);
  return typeof value === 'function' ? (value as Call).bind(target) : value;
}

/**
 * `env.X.name`: calling it sends the context along in the reserved method; reading further (`await env.X.name`,
 * `env.X.name.inner()`) is left to the bare property, which has all of RPC's own pipelining.
 */
function rpcMethod(stub: Stub, name: string, service: string): unknown {
  const call: Call = (...args) =>
    (stub[rpcCallMethod] as Call)([formatRpcContext(outgoingContext(service)), name, args]);
  return new Proxy(call, {
    get(_call, key) {
      const property = stub[name] as Record<PropertyKey, unknown>;
      const value = Reflect.get(property, key);
      return key === 'then' || key === 'catch' || key === 'finally' ? (value as Call).bind(property) : value;
    },
  });
}
