/** Taking up the context of incoming calls, by wrapping handlers and prototypes in place, so that classes keep their identity. */
import { wireHeader } from '../core/wire.ts';
import type { Admission } from './admission.ts';
import { contextOfRequest, currentContext, newTrace, runWith } from './context-store.ts';
import { asSent } from './request-view.ts';

type Handler = (this: unknown, first: unknown, ...rest: unknown[]) => unknown;

/** What a handler is a member of: that decides where its execution context is, and whether an edge stands before it. */
export type Holder = 'object' | 'entrypoint' | 'durable-object' | 'workflow';

/** Handlers that an event of the platform, not a call, begins. */
const workerEvents = ['scheduled', 'queue', 'email'];
const eventHandlers: Readonly<Record<Holder, readonly string[]>> = {
  object: workerEvents,
  entrypoint: workerEvents,
  'durable-object': ['alarm', 'webSocketMessage', 'webSocketClose', 'webSocketError'],
  workflow: ['run'],
};

const wrapped = new WeakSet<object>();

/** Wraps the handlers of an object (a default export, or a class's prototype) where they are defined, up to but without `base`. */
export function wrapHandlers(target: object, holder: Holder, admission: Admission, base?: object): void {
  const wrapOwner = ownerWrap(holder, admission);
  for (
    let owner: object | null = target;
    owner !== null && owner !== base && owner !== Object.prototype;
    owner = Object.getPrototypeOf(owner)
  ) {
    wrapOwner(owner);
  }
}

type Constructor = abstract new (...args: never[]) => object;

/**
 * The class as workerd is to see it: handlers that are an instance's own, such as fields (`fetch = app.fetch`) and what instrumentation puts
 * there, exist only once the constructor has run, and are wrapped then. To the user's code the class stays what it is.
 */
export function wrapInstances(exported: Constructor, holder: Holder, admission: Admission): Constructor {
  const wrapOwner = ownerWrap(holder, admission);
  return new Proxy(exported, {
    construct(target, args) {
      const instance = Reflect.construct(target, args) as object;
      wrapOwner(instance);
      return instance;
    },
  });
}

function ownerWrap(holder: Holder, admission: Admission): (owner: object) => void {
  const fetchWrap = fetchInContext(holder, admission);
  const eventWrap = eventInContext(holder, admission);
  return (owner) => {
    wrapOwn(owner, 'fetch', fetchWrap);
    for (const name of eventHandlers[holder]) wrapOwn(owner, name, eventWrap);
  };
}

/** Whether every handler of a default export, or another object, is the wrapped one; what a Proxy answers never is. */
export function isWrapped(entrypoint: object): boolean {
  const own = entrypoint as Record<string, unknown>;
  return ['fetch', ...workerEvents].every((name) => typeof own[name] !== 'function' || wrapped.has(own[name]));
}

/** Handlers of `original` as they would be after wrapping, for an object that cannot be changed. */
export function wrappedHandlers(original: object, admission: Admission): Record<string, Handler> {
  const handlers: Record<string, Handler> = {};
  const own = original as Record<string, unknown>;
  for (const name of ['fetch', ...workerEvents]) {
    if (typeof own[name] !== 'function') continue;
    const wrap = name === 'fetch' ? fetchInContext('object', admission) : eventInContext('object', admission);
    const handler = wrap(own[name] as Handler);
    handlers[name] = function (this: unknown, ...args: [unknown, ...unknown[]]) {
      return Reflect.apply(handler, original, args);
    };
  }
  return handlers;
}

/** Replaces a method where it is defined, once; of a getter, the methods that it answers. */
export function wrapOwn(owner: object, name: string, wrap: (handler: Handler) => Handler): void {
  const property = Object.getOwnPropertyDescriptor(owner, name);
  if (property === undefined) return;
  const wrapValue = (value: unknown) => {
    if (typeof value !== 'function' || wrapped.has(value)) return value;
    const handler = like(value as Handler, wrap(value as Handler));
    wrapped.add(handler);
    return handler;
  };
  if (property.get !== undefined) {
    const { get } = property;
    if (!property.configurable || wrapped.has(get)) return;
    const getWrapped = function (this: unknown) {
      return wrapValue(Reflect.apply(get, this, []));
    };
    wrapped.add(getWrapped);
    Object.defineProperty(owner, name, { ...property, get: getWrapped });
  } else if (property.configurable || property.writable) {
    const handler = wrapValue(property.value);
    if (handler !== property.value) Object.defineProperty(owner, name, { ...property, value: handler });
  }
}

/**
 * A request that came through the edge runs in the context that it brings, and shows the headers that the caller sent. One that came past the
 * edge begins a journey of its own, where it is admitted. Called from within, by the Worker's own code, a handler keeps the current context.
 */
function fetchInContext(holder: Holder, admission: Admission): (handler: Handler) => Handler {
  return (handler) =>
    function (this: unknown, ...args: [unknown, ...unknown[]]) {
      const [request, ...rest] = args;
      if (currentContext() !== undefined || !(request instanceof Request)) return Reflect.apply(handler, this, args);
      const context = contextArgument(holder, this, args);
      admission.begin(context);
      const through =
        holder === 'durable-object'
          ? request.headers.has(wireHeader.context)
          : admission.throughEdge(context, request.headers);
      if (!through) {
        if (holder === 'durable-object') return runWith(newTrace('event'), () => Reflect.apply(handler, this, args));
        const refusal = admission.refuseFetch();
        return refusal ?? runWith(newTrace('direct'), () => Reflect.apply(handler, this, args));
      }
      const sent = asSent(request);
      return runWith(contextOfRequest(request.headers), () => Reflect.apply(handler, this, [sent, ...rest]));
    };
}

/** An event begins a trace of its own. */
function eventInContext(holder: Holder, admission: Admission): (handler: Handler) => Handler {
  return (handler) =>
    function (this: unknown, ...args: [unknown, ...unknown[]]) {
      if (currentContext() !== undefined) return Reflect.apply(handler, this, args);
      admission.begin(contextArgument(holder, this, args));
      return runWith(newTrace('event'), () => Reflect.apply(handler, this, args));
    };
}

/** Object-literal handlers take the execution context as their third argument, class instances have it as a member. */
function contextArgument(holder: Holder, self: unknown, args: readonly unknown[]): unknown {
  return holder === 'object' ? args[2] : (self as { readonly ctx?: unknown }).ctx;
}

/** Name and number of parameters stay what they were: workerd looks at the latter. */
function like(original: Handler, replacement: Handler): Handler {
  Object.defineProperty(replacement, 'name', { value: original.name, configurable: true });
  Object.defineProperty(replacement, 'length', { value: original.length, configurable: true });
  return replacement;
}
