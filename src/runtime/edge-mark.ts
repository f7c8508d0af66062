/**
 * The edge's mark. A binding's props are the one thing about a call that only a config can set, so an edge's bindings add a key
 * to them; here it is taken away before user code reads `ctx.props`, and what it said is remembered.
 */
import { WorkerEntrypoint } from 'cloudflare:workers';
import { edgeProp } from '../core/configs/edge-config.ts';

/** What was found is noted on the context itself: a weak table of all contexts would grow with the calls between two collections. */
const throughEdge = Symbol('selvedge through edge');

type Context = { props?: unknown; [throughEdge]?: boolean };

/** Whether the call of this execution context came through an edge. Takes the mark off the props. */
export function takeMark(context: unknown): boolean {
  if (typeof context !== 'object' || context === null) return false;
  const known = (context as Context)[throughEdge];
  if (known !== undefined) return known;
  const { props } = context as Context;
  const marked = typeof props === 'object' && props !== null && Object.hasOwn(props, edgeProp);
  Object.defineProperty(context, throughEdge, { value: marked });
  if (!marked) return false;
  // The object is this context's own; without the key the rest keeps its order, and with it the text that `JSON.stringify` makes of it.
  if (Reflect.deleteProperty(props, edgeProp)) return true;
  const own = Object.fromEntries(Object.entries(props).filter(([key]) => key !== edgeProp));
  Object.defineProperty(context, 'props', { value: own, configurable: true, enumerable: true, writable: true });
  return true;
}

type Constructor = abstract new (...args: never[]) => object;

const hooked = new WeakSet<object>();

/**
 * Takes the mark off before a constructor of the class's own runs: the platform's class at the end of its chain is exchanged, as
 * the constructor that `super` calls, for one that looks at the context first. The prototypes, and so `instanceof`, stay.
 * `begin` sees each context once it is clean; it may answer an object that stands in the place of the instance.
 */
export function takeMarkAtConstruction(
  entrypoint: Constructor,
  begin: (context: object, env: unknown) => object | undefined,
): void {
  let last: object = entrypoint;
  for (let parent = Object.getPrototypeOf(last); parent !== WorkerEntrypoint; parent = Object.getPrototypeOf(last)) {
    if (parent === null || hooked.has(parent)) return;
    last = parent;
  }
  function Entrypoint(context: object, env: unknown): object {
    takeMark(context);
    return begin(context, env) ?? Reflect.construct(WorkerEntrypoint, [context, env], new.target as never);
  }
  Entrypoint.prototype = WorkerEntrypoint.prototype;
  Object.setPrototypeOf(Entrypoint, WorkerEntrypoint);
  hooked.add(Entrypoint);
  Object.setPrototypeOf(last, Entrypoint);
}
