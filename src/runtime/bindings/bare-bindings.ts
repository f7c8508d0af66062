/** Which binding stands behind which wrapped one. */
const bareBindings = new WeakMap<object, object>();

/** The binding behind a wrapped one, which can be sent as a value where the platform lets bindings be sent; undefined for anything else. */
export function bareBinding(value: object): object | undefined {
  return bareBindings.get(value);
}

/** Notes what `wrapped` stands for, and returns it. */
export function standsFor<Wrapped extends object>(wrapped: Wrapped, bare: object): Wrapped {
  bareBindings.set(wrapped, bare);
  return wrapped;
}
