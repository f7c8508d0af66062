/** Taking up the context of incoming calls, by wrapping handlers and prototypes in place, so that classes keep their identity. */
import { contextOfRequest, currentContext, newTrace, runWith } from './context-store.ts';

type Handler = (this: unknown, first: unknown, ...rest: unknown[]) => unknown;

/** Handlers that an event of the platform, not a call, begins. */
const eventHandlers = ['scheduled', 'queue', 'email', 'alarm'] as const;

const wrapped = new WeakSet<object>();

/** Wraps the handlers of an object (a default export, or a class's prototype) where they are defined, up to but without `base`. */
export function wrapHandlers(target: object, base?: object): void {
  for (
    let holder: object | null = target;
    holder !== null && holder !== base && holder !== Object.prototype;
    holder = Object.getPrototypeOf(holder)
  ) {
    wrapOwn(holder, 'fetch', fetchInContext);
    for (const name of eventHandlers) wrapOwn(holder, name, eventInContext);
  }
}

/** Handlers of `original` as they would be after wrapping, for an object that cannot be changed. */
export function wrappedHandlers(original: object): Record<string, Handler> {
  const handlers: Record<string, Handler> = {};
  const own = original as Record<string, unknown>;
  for (const name of ['fetch', ...eventHandlers]) {
    if (typeof own[name] !== 'function') continue;
    const wrap = name === 'fetch' ? fetchInContext : eventInContext;
    const handler = wrap(own[name] as Handler);
    handlers[name] = function (this: unknown, ...args: [unknown, ...unknown[]]) {
      return Reflect.apply(handler, original, args);
    };
  }
  return handlers;
}

function wrapOwn(holder: object, name: string, wrap: (handler: Handler) => Handler): void {
  const property = Object.getOwnPropertyDescriptor(holder, name);
  if (property === undefined || typeof property.value !== 'function' || wrapped.has(property.value)) return;
  if (!property.configurable && !property.writable) return;
  const handler = wrap(property.value as Handler);
  wrapped.add(handler);
  Object.defineProperty(holder, name, { ...property, value: handler });
}

/** A request of the mesh runs in the context that it brings. Called from within, by the Worker's own code, it keeps the current one. */
function fetchInContext(handler: Handler): Handler {
  return like(handler, function (this: unknown, ...args: [unknown, ...unknown[]]) {
    const request = args[0];
    const context =
      currentContext() === undefined && request instanceof Request ? contextOfRequest(request.headers) : undefined;
    if (context === undefined) return Reflect.apply(handler, this, args);
    return runWith(context, () => Reflect.apply(handler, this, args));
  });
}

/** An event begins a trace of its own. */
function eventInContext(handler: Handler): Handler {
  return like(handler, function (this: unknown, ...args: [unknown, ...unknown[]]) {
    if (currentContext() !== undefined) return Reflect.apply(handler, this, args);
    return runWith(newTrace(), () => Reflect.apply(handler, this, args));
  });
}

/** Name and number of parameters stay what they were: workerd looks at the latter. */
function like(original: Handler, replacement: Handler): Handler {
  Object.defineProperty(replacement, 'name', { value: original.name, configurable: true });
  Object.defineProperty(replacement, 'length', { value: original.length, configurable: true });
  return replacement;
}
