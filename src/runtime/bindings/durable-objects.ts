/** Bindings to Durable Objects of the same Worker: the context goes along to their methods and their `fetch`. */
import { hasReservedMethod, lacksReservedMethod } from '../../core/rpc/rpc-receiver.ts';
import { standsFor } from './bare-bindings.ts';
import { meshBinding } from './mesh-binding.ts';

type Stub = Parameters<typeof meshBinding>[0];
type Method = (...args: unknown[]) => unknown;

/**
 * For a while after a deployment an object still runs the code of before, which may lack the runtime. Plain data: what the last call
 * has shown, and until when it counts.
 */
interface Receiver {
  meshed: boolean;
  bareUntil: number;
}

const bareForMs = 10_000;

/** Wraps a namespace: what it answers stubs with is wrapped, all else is its own. */
export function meshNamespace(namespace: object, service: string): object {
  const receiver: Receiver = { meshed: false, bareUntil: 0 };
  return new Proxy(namespace, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => {
        const answer: unknown = Reflect.apply(value, target, args);
        if (key === 'get' || key === 'getByName') return meshObject(answer as Stub, service, receiver);
        return key === 'jurisdiction' ? meshNamespace(answer as object, service) : answer;
      };
    },
  });
}

function meshObject(stub: Stub, service: string, receiver: Receiver): Stub {
  const meshed = meshBinding(stub, service);
  const object = new Proxy(stub, {
    get(target, key) {
      // `id` and `name` are the stub's own.
      if (typeof key === 'symbol' || Object.hasOwn(target, key)) return Reflect.get(target, key);
      const member = meshed[key];
      if (key === 'fetch' || typeof member !== 'function' || !isMethodName(target, key)) return member;
      return forgivingMethod(member as Method, target, key, receiver);
    },
  });
  return standsFor(object, stub);
}

/** Members of the platform's own prototypes are no RPC methods. */
function isMethodName(stub: Stub, key: string): boolean {
  for (let owner: object | null = Object.getPrototypeOf(stub); owner !== null; owner = Object.getPrototypeOf(owner)) {
    if (Object.hasOwn(owner, key)) return false;
  }
  return true;
}

function forgivingMethod(method: Method, stub: Stub, key: string, receiver: Receiver): Method {
  return new Proxy(method, {
    apply(target, self, args: unknown[]) {
      const bare = () => (stub[key] as Method)(...args);
      if (receiver.bareUntil > Date.now()) return bare();
      const answer = Reflect.apply(target, self, args) as Promise<unknown>;
      return receiver.meshed ? answer : forgiving(answer, stub, bare, receiver);
    },
  });
}

/** The promise of an RPC call, pipelining and all, which asks again without context where the object turns out to lack the runtime. */
function forgiving(answer: Promise<unknown>, stub: Stub, bare: () => unknown, receiver: Receiver): Promise<unknown> {
  const settled = () =>
    answer.then(
      (value) => {
        receiver.meshed = true;
        return value;
      },
      async (error: unknown) => {
        // The words may have come from further on: only an object without the method is asked again.
        if (!lacksReservedMethod(error) || (await hasReservedMethod(stub))) throw error;
        receiver.bareUntil = Date.now() + bareForMs;
        return bare();
      },
    );
  return new Proxy(answer, {
    get(target, key) {
      if (key === 'then' || key === 'catch' || key === 'finally') {
        const promise = settled();
        return (promise[key] as Method).bind(promise);
      }
      const value: unknown = Reflect.get(target, key);
      return typeof value === 'function' && typeof key === 'symbol' ? value.bind(target) : value;
    },
  });
}
