/** What an edge hands back of an RPC call. */
import { sealedResult } from '../core/rpc/disposal.ts';
import { disposableResult } from '../core/wire.ts';
import type { RpcReply } from '../proxy/call.ts';

type Disposable = Record<string, unknown> & { [Symbol.dispose]?: unknown };

/**
 * workerd puts a disposer on every object that an RPC call returns, and keeps the invocation of whoever returns an object with one. Handed on as
 * it is, mere data would keep this edge's invocation until the caller lets go of it, and warn a caller who rightly does not. So the disposer
 * stays only where the callee's own result had one. A callee with the runtime says so by the wrapper; of any other we cannot know, and keep it
 * unless the object holds stubs: then the invocation lasts as long as they do, and what the callee holds is let go with the last of them.
 */
export function openResult({ value, sealed }: RpcReply): unknown {
  if (!isPlainObject(value)) return value;
  if (sealed === true && Object.hasOwn(value, disposableResult)) {
    const result = value[disposableResult] as Disposable;
    result[Symbol.dispose] = () => (value[Symbol.dispose] as () => void)();
    return result;
  }
  if (sealed === true || Object.values(value).some((member) => typeof member === 'function')) {
    value[Symbol.dispose] = undefined;
  }
  return value;
}

/** The same for a caller that is itself an edge, and opens what it gets: a wrapper goes on as it came. */
export function handOnResult(reply: RpcReply): unknown {
  const { value, sealed } = reply;
  if (sealed === true && isPlainObject(value) && Object.hasOwn(value, disposableResult)) return value;
  return sealedResult(openResult(reply));
}

function isPlainObject(value: unknown): value is Disposable {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
