/**
 * The in-Worker runtime: what the derived entry puts before a user's bundle. It carries trace, deadline and carried headers
 * from an incoming call to the outgoing calls that it causes, over `fetch` and RPC, with no word in the user's code.
 */
import { DurableObject, env, WorkerEntrypoint, WorkflowEntrypoint } from 'cloudflare:workers';
import type { RuntimeConfig } from '../core/configs/runtime-config.ts';
import { type Admission, createAdmission } from './admission.ts';
import { meshNamespace } from './bindings/durable-objects.ts';
import { wrapGlobalFetch } from './bindings/global-fetch.ts';
import { carryThroughGlobalExports } from './bindings/loopbacks.ts';
import { meshBinding } from './bindings/mesh-binding.ts';
import { takeMarkAtConstruction } from './edge-mark.ts';
import { type Holder, isWrapped, wrapHandlers, wrapInstances, wrappedHandlers } from './incoming.ts';
import { startConsole } from './logs/console.ts';
import { beginOf, guardFunctions } from './refusal.ts';
import { addRpcCallToClass, addRpcCallToObject } from './rpc/rpc-call.ts';

type Exports = Readonly<Record<string, unknown>>;
type Stub = Parameters<typeof meshBinding>[0];
type Constructor = abstract new (...args: never[]) => object;

/**
 * Wraps `env`, once, before the user's modules are evaluated: workerd hands the same object to handlers, entrypoints,
 * Durable Objects and `import { env }`. Returns the function that takes up the user's exports, and
 * answers what is to be exported in their place.
 */
export function startRuntime(config: RuntimeConfig): (worker: Exports) => Exports {
  const bindings = env as unknown as Record<string, Stub>;
  for (const name of config.bindings) {
    const stub = bindings[name];
    if (stub !== undefined) bindings[name] = meshBinding(stub, config.service);
  }
  for (const name of config.objects ?? []) {
    const namespace = bindings[name];
    if (namespace !== undefined) bindings[name] = meshNamespace(namespace, config.service) as typeof namespace;
  }
  if (config.loopbacks) carryThroughGlobalExports(config.service);
  wrapGlobalFetch(config, takeEgressBindings(config, bindings));
  const admission = config.dev ? startConsole(config.service, createAdmission(config)) : createAdmission(config);
  return (worker) => installExports(worker, admission);
}

/** The bindings that the derivation added for hosts outside: user code finds none of them in its `env`. */
function takeEgressBindings({ egress = {}, service }: RuntimeConfig, env: Record<string, Stub>): Record<string, Stub> {
  const taken: Record<string, Stub> = {};
  for (const name of new Set(Object.values(egress))) {
    const stub = env[name];
    if (stub === undefined) continue;
    taken[name] = meshBinding(stub, service);
    delete env[name];
  }
  return taken;
}

/** Wraps every export, in place as far as it goes, and answers what is to be exported under each name. */
function installExports(worker: Exports, admission: Admission): Exports {
  return Object.fromEntries(Object.entries(worker).map(([name, value]) => [name, installExport(value, admission)]));
}

function installExport(value: unknown, admission: Admission): unknown {
  if (typeof value === 'function') return installClass(value as Constructor, admission);
  if (typeof value !== 'object' || value === null) return value;
  if (!Object.isExtensible(value)) return standIn(value, admission);
  wrapHandlers(value, 'object', admission);
  if (!isWrapped(value)) return standIn(value, admission);
  addRpcCallToObject(value, believed(admission));
  guardFunctions(value, admission);
  return value;
}

function installClass(exported: Constructor, admission: Admission): unknown {
  const prototype = exported.prototype as object | undefined;
  if (prototype === undefined || prototype === null) return exported;
  const [holder, base] = holderOf(prototype);
  wrapHandlers(prototype, holder, admission, base);
  if (base === DurableObject.prototype) addRpcCallToClass(prototype, base);
  if (base === WorkerEntrypoint.prototype) {
    addRpcCallToClass(prototype, base, believed(admission));
    takeMarkAtConstruction(exported, beginOf(admission));
  }
  return wrapInstances(exported, holder, admission);
}

function believed(admission: Admission): (context: unknown) => boolean {
  return (context) => admission.believesRpc(context);
}

/** What the class's instances are, and the platform's class that it extends; a Durable Object need not extend one. */
function holderOf(prototype: object): readonly [Holder, base?: object] {
  if (prototype instanceof WorkerEntrypoint) return ['entrypoint', WorkerEntrypoint.prototype];
  if (prototype instanceof DurableObject) return ['durable-object', DurableObject.prototype];
  if (prototype instanceof WorkflowEntrypoint) return ['workflow', WorkflowEntrypoint.prototype];
  return ['durable-object'];
}

/** A frozen object and a Proxy cannot be wrapped in place: a copy with the same properties stands in, and calls the original. */
function standIn(original: object, admission: Admission): object {
  const properties = Object.getOwnPropertyDescriptors(original) as Record<string, PropertyDescriptor>;
  for (const [name, value] of Object.entries(wrappedHandlers(original, admission))) {
    properties[name] = { value, configurable: true, enumerable: true, writable: true };
  }
  const copy = Object.create(Object.getPrototypeOf(original), properties) as object;
  addRpcCallToObject(copy, believed(admission), original);
  guardFunctions(copy, admission);
  return copy;
}
