/**
 * What is called back later runs in the context in which it was handed out: functions and RpcTargets that go with a call as arguments or come
 * back as its result. workerd begins each such call without any context, so the context is kept beside the object.
 */
import { RpcTarget } from 'cloudflare:workers';
import type { CarriedContext } from '../core/context/mesh-context.ts';
import { bareBinding } from './bindings/bare-bindings.ts';
import { currentContext, runWith } from './context-store.ts';

type Method = (...args: unknown[]) => unknown;

const contexts = new WeakMap<object, CarriedContext>();
const carrying = new WeakSet<object>();

/** Arguments whose functions and RpcTargets will run in the caller's context; the same array where there are none. */
export function bindCallbacks(args: unknown[]): unknown[] {
  return bindMembers(args, currentContext(), 1);
}

/** A result whose functions and RpcTargets will run in the context of the call that it answers. */
export function bindResult(value: unknown, context: CarriedContext): unknown {
  return bind(value, context, 1);
}

/** `depth` is how many plain objects or arrays below this value are looked into; whoever hides a function deeper keeps it as it is. */
function bind(value: unknown, context: CarriedContext | undefined, depth: number): unknown {
  if (typeof value === 'function')
    return context !== undefined && isOwnFunction(value) ? inContext(value as Method, () => context) : value;
  if (typeof value !== 'object' || value === null) return value;
  const bare = bareBinding(value);
  if (bare !== undefined) return bare;
  if (value instanceof RpcTarget) {
    if (context === undefined) return value;
    contexts.set(value, context);
    carryInMethods(Object.getPrototypeOf(value) as object);
    return value;
  }
  if (depth === 0) return value;
  if (Array.isArray(value)) return value.length > maxMembers ? value : bindMembers(value, context, depth - 1);
  return Object.getPrototypeOf(value) === Object.prototype ? bindValues(value as Members, context, depth - 1) : value;
}

type Members = Record<string, unknown>;

/** Beyond so many members an array is data, and is not searched. */
const maxMembers = 64;

function bindMembers(values: unknown[], context: CarriedContext | undefined, depth: number): unknown[] {
  let bound: unknown[] | undefined;
  let functions: Map<unknown, unknown> | undefined;
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index];
    if (typeof value !== 'function' && (typeof value !== 'object' || value === null)) continue;
    // A function that is given twice arrives as one.
    const replaced = functions?.get(value) ?? bind(value, context, depth);
    if (replaced === value) continue;
    functions ??= new Map();
    functions.set(value, replaced);
    bound ??= values.slice();
    bound[index] = replaced;
  }
  return bound ?? values;
}

function bindValues(members: Members, context: CarriedContext | undefined, depth: number): Members {
  let bound: Members | undefined;
  let count = 0;
  for (const name in members) {
    count += 1;
    if (count > maxMembers) break;
    const property = Object.getOwnPropertyDescriptor(members, name);
    const value: unknown = property?.value;
    if (typeof value !== 'function' && (typeof value !== 'object' || value === null)) continue;
    const replaced = bind(value, context, depth);
    if (replaced === value) continue;
    bound ??= Object.create(Object.prototype, Object.getOwnPropertyDescriptors(members)) as Members;
    Object.defineProperty(bound, name, { ...property, value: replaced });
  }
  return bound ?? members;
}

/** Stubs and other functions of the platform lead elsewhere; the code that they call brings its own context. */
function isOwnFunction(value: object): boolean {
  return value instanceof Function;
}

/** A function in all but its context; its name, its length and its own properties are the original's. */
function inContext(method: Method, contextFor: (self: unknown) => CarriedContext | undefined): Method {
  return new Proxy(method, {
    apply(target, self, args) {
      const context = currentContext() === undefined ? contextFor(self) : undefined;
      if (context === undefined) return Reflect.apply(target, self, args);
      const result: unknown = runWith(context, () => Reflect.apply(target, self, args));
      return result instanceof Promise
        ? result.then((value) => bindResult(value, context))
        : bindResult(result, context);
    },
  });
}

/** Wraps the methods and getters of a class of RpcTargets in place, once; what it does for objects that were never handed out is nothing. */
function carryInMethods(prototype: object): void {
  for (
    let owner: object | null = prototype;
    owner !== null && owner !== RpcTarget.prototype && owner !== Object.prototype;
    owner = Object.getPrototypeOf(owner)
  ) {
    if (carrying.has(owner)) return;
    carrying.add(owner);
    for (const key of Reflect.ownKeys(owner)) {
      if (key !== 'constructor' && (typeof key === 'string' || key === Symbol.dispose)) carryInMember(owner, key);
    }
  }
}

const contextOf = (self: unknown) => (typeof self === 'object' && self !== null ? contexts.get(self) : undefined);

function carryInMember(owner: object, key: PropertyKey): void {
  const property = Object.getOwnPropertyDescriptor(owner, key);
  if (property === undefined || !property.configurable) return;
  if (typeof property.value === 'function') property.value = inContext(property.value as Method, contextOf);
  else if (property.get !== undefined) property.get = inContext(property.get as Method, contextOf) as () => unknown;
  else return;
  Object.defineProperty(owner, key, property);
}
