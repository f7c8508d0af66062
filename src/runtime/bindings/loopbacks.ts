/** `ctx.exports` and the global `exports`: a Worker's calls to its own exports carry the context, and the mark of the edge, since they cannot come from elsewhere. */
import * as platform from 'cloudflare:workers';
import { edgeProp } from '../../core/configs/edge-config.ts';
import { surroundWork } from '../context-store.ts';
import { meshNamespace } from './durable-objects.ts';
import { meshBinding } from './mesh-binding.ts';

type Stub = Parameters<typeof meshBinding>[0];
type Specialise = (options: { readonly props: unknown }) => Stub;

const carried = new WeakSet<object>();

/** Exchanges the loopbacks of an execution context, once; they are made when the code first asks for them. */
export function carryThroughExports(context: unknown, service: string): void {
  if (typeof context !== 'object' || context === null || carried.has(context)) return;
  carried.add(context);
  const property = Object.getOwnPropertyDescriptor(context, 'exports');
  if (property === undefined) return;
  let exports: object | undefined;
  Object.defineProperty(context, 'exports', {
    configurable: true,
    enumerable: property.enumerable,
    get() {
      exports ??= meshExports(property.value as Loopbacks, service);
      return exports;
    },
  });
}

type Loopbacks = Readonly<Record<string, unknown>>;

/**
 * Exchanges the loopbacks of `import { exports } from 'cloudflare:workers'` for as long as an invocation runs: the platform lets nobody change that object, but
 * has a function to run work with another. A loopback with props belongs to its invocation, so each begins without any.
 */
export function carryThroughGlobalExports(service: string): void {
  const { withExports } = platform as { withExports?: <Result>(exports: object, work: () => Result) => Result };
  if (withExports === undefined) return;
  let bare: Loopbacks | undefined;
  surroundWork((work) => {
    bare ??= { ...(platform.exports as Loopbacks) };
    return withExports(lazily(bare, service), work);
  });
}

function lazily(bare: Loopbacks, service: string): object {
  let exports: Loopbacks | undefined;
  return new Proxy(bare, {
    get(_bare, name) {
      exports ??= meshExports(bare, service);
      return Reflect.get(exports, name);
    },
  });
}

function meshExports(exports: Loopbacks, service: string): Loopbacks {
  const entries = Object.entries(exports).map(([name, loopback]) => [name, meshLoopback(loopback, service)] as const);
  return Object.fromEntries(entries);
}

function meshLoopback(loopback: unknown, service: string): unknown {
  const tag = Object.prototype.toString.call(loopback);
  if (tag === '[object LoopbackServiceStub]') return meshService(loopback as Stub & Specialise, service);
  if (tag === '[object LoopbackDurableObjectNamespace]') return meshNamespace(loopback as object, service);
  return loopback;
}

/** The loopback as it is stands for an export without props; called with options, it answers one with the props that they name. */
function meshService(loopback: Stub & Specialise, service: string): Stub {
  const withProps = (props: unknown) =>
    meshBinding(loopback({ props: { ...(props as object | undefined), [edgeProp]: service } }), service);
  let plain: Stub | undefined;
  return new Proxy(loopback, {
    apply: (_target, _self, [options]: [{ readonly props?: unknown } | undefined]) => withProps(options?.props),
    get(target, key) {
      if (typeof key === 'symbol') return Reflect.get(target, key);
      plain ??= withProps({});
      return Reflect.get(plain, key);
    },
  }) as Stub;
}
