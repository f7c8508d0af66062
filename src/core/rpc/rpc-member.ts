/**
 * What an RPC call names on an entrypoint: a member (`charge`), or the path to a nested one (`users`, `list`). Callers choose it, so whoever
 * receives one holds it to what workerd itself would look up, and refuses the rest in workerd's words.
 */
import { rpcCallMethod } from '../wire.ts';

export type RpcMember = string | readonly string[];

/** Whether a value from the wire is a member: a name, or a path of at least one. */
export function isRpcMember(value: unknown): value is RpcMember {
  if (typeof value === 'string') return true;
  return Array.isArray(value) && value.length > 0 && value.every((name) => typeof name === 'string');
}

/** The name under which access rules, routes and records know a member: its path joined by dots, as workerd's own traces write it. */
export function memberName(member: RpcMember): string {
  return typeof member === 'string' ? member : member.join('.');
}

/** The first name of the member that is the mesh's own, which no caller may reach by naming it. */
export function ownName(member: RpcMember): string | undefined {
  const own = typeof member === 'string' ? member === rpcCallMethod : member.includes(rpcCallMethod);
  return own ? rpcCallMethod : undefined;
}

/** Names that workerd dispatches nowhere on an entrypoint, at any depth of a path. */
const reserved = new Set([
  ...['fetch', 'connect', 'dup', 'constructor', 'alarm', 'webSocketMessage', 'webSocketClose', 'webSocketError'],
]);

/** Throws for a name that workerd refuses before it looks. */
export function refuseReserved(name: string): void {
  if (reserved.has(name)) throw new TypeError(`'${name}' is a reserved method and cannot be called over RPC.`);
}

/** The error that workerd answers for a method which is not there. */
export function notImplemented(name: string): TypeError {
  return new TypeError(`The RPC receiver does not implement the method "${name}".`);
}

/**
 * Throws for names that are no RPC members of a binding or of a nested property, though its object has them: they belong to the language or to
 * the platform (`then`, `toString`, `__proto__`), and reading one would not ask the callee.
 */
export function refuseLocal(member: RpcMember): void {
  if (typeof member === 'string') refuseName(member, 0);
  else member.forEach(refuseName);
}

/** A first `catch` is the name of a method: bindings are no promises, what they lead to is. */
function refuseName(name: string, depth: number): void {
  if (name === 'fetch' || name === 'connect' || name === 'constructor') refuseReserved(name);
  const ofPromises = name === 'then' || (depth > 0 && (name === 'catch' || name === 'finally'));
  if (ofPromises || name in Object.prototype) throw notImplemented(name);
}
