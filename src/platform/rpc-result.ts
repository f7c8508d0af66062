/** What an edge hands back of an RPC call. */
import { disposableResult } from '../core/wire.ts';
import type { RpcReply } from '../proxy/call.ts';

type Disposable = Record<string, unknown> & { [Symbol.dispose]?: unknown };

/**
 * workerd puts a disposer on every object that an RPC call returns, and keeps the invocation of whoever returns an object with one. Handed on as
 * it is, mere data would keep this edge's invocation until the caller lets go of it, and warn a caller who rightly does not. So the disposer
 * stays only where the callee's own result had one: a callee with the runtime says so by the wrapper, of any other we cannot know.
 */
export function openResult({ value, sealed }: RpcReply): unknown {
  if (sealed !== true || !isPlainObject(value)) return value;
  if (!Object.hasOwn(value, disposableResult)) {
    value[Symbol.dispose] = undefined;
    return value;
  }
  const result = value[disposableResult] as Disposable;
  result[Symbol.dispose] = () => (value[Symbol.dispose] as () => void)();
  return result;
}

function isPlainObject(value: unknown): value is Disposable {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
