/** The disposer of a value, ready to be called; undefined where it has none. */
export function disposerOf(value: unknown): (() => unknown) | undefined {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return undefined;
  const { [Symbol.dispose]: dispose } = value as { readonly [Symbol.dispose]?: unknown };
  return typeof dispose === 'function' ? () => Reflect.apply(dispose, value, []) : undefined;
}
