/**
 * The in-Worker runtime: what the derived entry puts before a user's bundle. It carries trace, deadline and carried headers
 * from an incoming call to the outgoing calls that it causes, over `fetch` and RPC, with no word in the user's code.
 */
import { DurableObject, env, WorkerEntrypoint, WorkflowEntrypoint } from 'cloudflare:workers';
import type { RuntimeConfig } from '../core/runtime-config.ts';
import { type Admission, createAdmission } from './admission.ts';
import { startConsole } from './console.ts';
import { meshNamespace } from './durable-objects.ts';
import { takeMarkAtConstruction } from './edge-mark.ts';
import { wrapGlobalFetch } from './global-fetch.ts';
import { wrapHandlers, wrappedHandlers } from './incoming.ts';
import { meshBinding } from './mesh-binding.ts';
import { beginOf, guardFunctions } from './refusal.ts';
import { addRpcCallToClass, addRpcCallToObject } from './rpc-call.ts';

/**
 * Wraps `env`, once, before the user's modules are evaluated: workerd hands the same object to handlers, entrypoints,
 * Durable Objects and `import { env }`. Returns the function that takes up the user's exports.
 */
export function startRuntime(config: RuntimeConfig): (worker: Readonly<Record<string, unknown>>) => unknown {
  const bindings = env as unknown as Record<string, Parameters<typeof meshBinding>[0]>;
  for (const name of config.bindings) {
    const stub = bindings[name];
    if (stub !== undefined) bindings[name] = meshBinding(stub, config.service);
  }
  for (const name of config.objects ?? []) {
    const namespace = bindings[name];
    if (namespace !== undefined) bindings[name] = meshNamespace(namespace, config.service) as typeof namespace;
  }
  wrapGlobalFetch(new Set(config.hosts), config.service);
  const admission = config.dev ? startConsole(config.service, createAdmission(config)) : createAdmission(config);
  return (worker) => installExports(worker, admission);
}

/** Wraps every export in place; returns the default export, which is another object only where the user's is frozen. */
function installExports(worker: Readonly<Record<string, unknown>>, admission: Admission): unknown {
  for (const [name, value] of Object.entries(worker)) {
    if (name !== 'default') installExport(value, admission);
  }
  const main = worker.default;
  if (typeof main === 'object' && main !== null && !Object.isExtensible(main)) return thawed(main, admission);
  installExport(main, admission);
  return main;
}

function installExport(value: unknown, admission: Admission): void {
  if (typeof value === 'function') installClass(value as abstract new () => object, admission);
  else if (typeof value === 'object' && value !== null && Object.isExtensible(value)) {
    wrapHandlers(value, 'object', admission);
    addRpcCallToObject(value);
    guardFunctions(value, admission);
  }
}

function installClass(exported: abstract new () => object, admission: Admission): void {
  const prototype = exported.prototype as object | undefined;
  if (prototype === undefined || prototype === null) return;
  if (prototype instanceof WorkerEntrypoint) {
    wrapHandlers(prototype, 'entrypoint', admission, WorkerEntrypoint.prototype);
    addRpcCallToClass(prototype, WorkerEntrypoint.prototype);
    takeMarkAtConstruction(exported, beginOf(admission));
  } else if (prototype instanceof DurableObject) {
    wrapHandlers(prototype, 'durable-object', admission, DurableObject.prototype);
    addRpcCallToClass(prototype, DurableObject.prototype);
  } else if (prototype instanceof WorkflowEntrypoint) {
    wrapHandlers(prototype, 'workflow', admission, WorkflowEntrypoint.prototype);
  } else wrapHandlers(prototype, 'durable-object', admission);
}

/** A frozen default export cannot be wrapped in place: its copy has the same properties and calls the original. */
function thawed(frozen: object, admission: Admission): object {
  const properties = Object.getOwnPropertyDescriptors(frozen) as Record<string, PropertyDescriptor>;
  for (const [name, value] of Object.entries(wrappedHandlers(frozen, admission))) {
    properties[name] = { value, configurable: true, enumerable: true, writable: true };
  }
  const copy = Object.create(Object.getPrototypeOf(frozen), properties) as object;
  addRpcCallToObject(copy, frozen);
  guardFunctions(copy, admission);
  return copy;
}
