/**
 * The in-Worker runtime: what the derived entry puts before a user's bundle. It carries trace, deadline and carried headers
 * from an incoming call to the outgoing calls that it causes, over `fetch` and RPC, with no word in the user's code.
 */
import { DurableObject, env, WorkerEntrypoint } from 'cloudflare:workers';
import type { RuntimeConfig } from '../core/runtime-config.ts';
import { wrapGlobalFetch } from './global-fetch.ts';
import { wrapHandlers, wrappedHandlers } from './incoming.ts';
import { meshBinding } from './mesh-binding.ts';
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
  wrapGlobalFetch(new Set(config.hosts), config.service);
  return installExports;
}

/** Wraps every export in place; returns the default export, which is another object only where the user's is frozen. */
function installExports(worker: Readonly<Record<string, unknown>>): unknown {
  for (const [name, value] of Object.entries(worker)) {
    if (name !== 'default') installExport(value);
  }
  const main = worker.default;
  if (typeof main === 'object' && main !== null && !Object.isExtensible(main)) return thawed(main);
  installExport(main);
  return main;
}

function installExport(value: unknown): void {
  if (typeof value === 'function') installClass(value.prototype as object | undefined);
  else if (typeof value === 'object' && value !== null && Object.isExtensible(value)) {
    wrapHandlers(value);
    addRpcCallToObject(value);
  }
}

function installClass(prototype: object | undefined): void {
  if (prototype === undefined || prototype === null) return;
  if (prototype instanceof WorkerEntrypoint) {
    wrapHandlers(prototype, WorkerEntrypoint.prototype);
    addRpcCallToClass(prototype, WorkerEntrypoint.prototype);
  } else if (prototype instanceof DurableObject) wrapHandlers(prototype, DurableObject.prototype);
  else wrapHandlers(prototype);
}

/** A frozen default export cannot be wrapped in place: its copy has the same properties and calls the original. */
function thawed(frozen: object): object {
  const properties = Object.getOwnPropertyDescriptors(frozen) as Record<string, PropertyDescriptor>;
  for (const [name, value] of Object.entries(wrappedHandlers(frozen))) {
    properties[name] = { value, configurable: true, enumerable: true, writable: true };
  }
  const copy = Object.create(Object.getPrototypeOf(frozen), properties) as object;
  addRpcCallToObject(copy, frozen);
  return copy;
}
