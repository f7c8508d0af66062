/**
 * The reserved RPC method, added to the entrypoints of a Worker: `[context, member, args]` calls the member in that context, `[context, member]`
 * reads it. It exposes exactly what workerd would expose, because an edge hands on whatever name a caller wrote.
 */

import type { CarriedContext } from '../../core/context/mesh-context.ts';
import { sealedResult } from '../../core/rpc/disposal.ts';
import { isRpcMember, memberName, notImplemented, ownName, refuseLocal } from '../../core/rpc/rpc-member.ts';
import { rpcCallMethod } from '../../core/wire.ts';
import { bindResult } from '../bound-context.ts';
import { contextOfRpc, newTrace, runWith } from '../context-store.ts';
import { type FoundMember, findClassMember, findObjectMember } from './rpc-receiver.ts';

type Method = (...args: unknown[]) => unknown;
type Payload = readonly [context: unknown, member: unknown, args?: readonly unknown[], edge?: boolean];

/** Whether a call of this execution context came through the edge, so that the context it brings can be believed. */
type Believed = (context: unknown) => boolean;

/**
 * Adds the method to the prototype of an entrypoint class, or of a Durable Object's; `base` is the platform's class, which is left alone.
 * Whoever reaches a Durable Object holds a binding that this Worker's own code has given out.
 */
export function addRpcCallToClass(prototype: object, base: object, believed: Believed = () => true): void {
  if (prototype === base) return;
  define(prototype, function (this: { readonly ctx?: unknown }, payload: Payload) {
    return run(payload, believed(this.ctx), (member, args) => {
      const found = findClassMember(this, member);
      return args === undefined ? found.value : Reflect.apply(asMethod(member, found), found.self, args);
    });
  });
}

/**
 * Adds the method to an object-literal entrypoint. workerd calls such an entrypoint's functions with `(argument, env, ctx)`,
 * only those that declare no more than these three, and only with exactly one argument.
 */
export function addRpcCallToObject(entrypoint: object, believed: Believed, self: object = entrypoint): void {
  define(entrypoint, (payload: Payload, env: unknown, ctx: unknown) =>
    run(payload, believed(ctx), (member, args) => {
      const found = findObjectMember(self, member);
      if (args === undefined) return found.value;
      const method = asMethod(member, found);
      if (method.length > 3) throw tooManyParameters(memberName(member));
      if (args.length !== 1) throw notOneArgument(memberName(member));
      return Reflect.apply(method, found.self, [args[0], env, ctx]);
    }),
  );
}

function define(target: object, value: (...args: never[]) => unknown): void {
  Object.defineProperty(target, rpcCallMethod, { value, configurable: true, enumerable: false, writable: true });
}

function run(
  payload: Payload,
  believed: boolean,
  ask: (member: string | readonly string[], args: readonly unknown[] | undefined) => unknown,
): unknown {
  const [text, member, args, edge]: Partial<Payload> = Array.isArray(payload) ? payload : [];
  if (!isRpcMember(member) || ownName(member) !== undefined) throw notImplemented(rpcCallMethod);
  refuseLocal(member);
  const context = believed ? contextOfRpc(text) : newTrace('direct');
  const result = runWith(context, () => ask(member, args));
  if (isThenable(result)) return Promise.resolve(result).then((value) => finish(value, context, edge === true));
  return finish(result, context, edge === true);
}

function finish(value: unknown, context: CarriedContext, edge: boolean): unknown {
  const bound = bindResult(value, context);
  return edge ? sealedResult(bound) : bound;
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  return typeof (value as { readonly then?: unknown }).then === 'function';
}

function asMethod(member: string | readonly string[], { value }: FoundMember): Method {
  if (typeof value !== 'function') throw new TypeError(`"${memberName(member)}" is not a function.`);
  return value as Method;
}

function tooManyParameters(name: string): TypeError {
  return new TypeError(
    `Cannot call handler function "${name}" over RPC because it has the wrong number of arguments. A simple function ` +
      'handler can only be called over RPC if it has exactly the arguments (arg, env, ctx), where only the first argument ' +
      'comes from the client. To support multi-argument RPC functions, use class-based syntax (extending WorkerEntrypoint) ' +
      'instead.',
  );
}

function notOneArgument(name: string): TypeError {
  return new TypeError(
    `Attempted to call RPC function "${name}" with the wrong number of arguments. When calling a top-level handler function ` +
      'that is not declared as part of a class, you must always send exactly one argument. In order to support variable ' +
      'numbers of arguments, the server must use class-based syntax (extending WorkerEntrypoint) instead.',
  );
}
