import { disposableResult } from '../wire.ts';

/** The disposer of a value, ready to be called; undefined where it has none. */
export function disposerOf(value: unknown): (() => unknown) | undefined {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return undefined;
  const { [Symbol.dispose]: dispose } = value as { readonly [Symbol.dispose]?: unknown };
  return typeof dispose === 'function' ? () => Reflect.apply(dispose, value, []) : undefined;
}

/**
 * What an RPC call answers an edge. Whoever receives a plain object by RPC finds a disposer on it, whether its maker gave it one or not; an
 * edge that hands it on must know, or its own invocation would last until the caller lets go of mere data. So an object with a disposer
 * travels to an edge in a wrapper.
 */
export function sealedResult(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  const dispose = disposerOf(value);
  if (dispose !== undefined) return { [disposableResult]: value, [Symbol.dispose]: dispose };
  return Object.hasOwn(value, disposableResult) ? { [disposableResult]: value } : value;
}
