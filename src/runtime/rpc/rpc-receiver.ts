/** What a caller's path leads to on an entrypoint: the same look-up as workerd's own, with the same refusals in the same words. */
import { RpcPromise, RpcProperty, RpcStub, RpcTarget, ServiceStub } from 'cloudflare:workers';
import { notImplemented, type RpcMember, refuseReserved } from '../../core/rpc/rpc-member.ts';

/** A member that was found, and the object that it was found on. */
export interface FoundMember {
  readonly value: unknown;
  readonly self: object;
}

/** Reads one name of an object. */
type Read = (object: object, name: string) => unknown;

/** Finds a member of a class entrypoint: of its class, never the instance's own properties. */
export function findClassMember(instance: object, member: RpcMember): FoundMember {
  return find(instance, member, readInherited);
}

/** Finds a member of an object-literal entrypoint: its own properties only. */
export function findObjectMember(entrypoint: object, member: RpcMember): FoundMember {
  return find(entrypoint, member, readOwn);
}

function find(entrypoint: object, member: RpcMember, first: Read): FoundMember {
  if (typeof member === 'string') return { value: read(first, entrypoint, member), self: entrypoint };
  let self = entrypoint;
  let reading = first;
  for (let depth = 0; depth < member.length - 1; depth += 1) {
    const name = member[depth] as string;
    const value = read(reading, self, name);
    const next = readingOf(value);
    if (next === undefined) throw notImplemented(name);
    self = value as object;
    reading = next;
  }
  return { value: read(reading, self, member[member.length - 1] as string), self };
}

function read(reading: Read, object: object, name: string): unknown {
  refuseReserved(name);
  return reading(object, name);
}

/** How names of a nested value are read; undefined for a value that RPC does not descend into. */
function readingOf(value: unknown): Read | undefined {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return undefined;
  if (Object.getPrototypeOf(value) === Object.prototype) return readOwn;
  if (value instanceof RpcTarget) return readInherited;
  const isA = (kind: object) => value instanceof (kind as new () => unknown);
  if (isA(RpcStub) || isA(ServiceStub) || isA(RpcProperty)) return Reflect.get;
  if (typeof value === 'function' && !isA(RpcPromise)) return readOwn;
  return undefined;
}

function readOwn(object: object, name: string): unknown {
  if (!Object.hasOwn(object, name)) throw notImplemented(name);
  return Reflect.get(object, name);
}

/** An own property of an instance is private, whatever the language calls it, and undefined is as good as missing. */
function readInherited(object: object, name: string): unknown {
  if (Object.hasOwn(object, name)) throw notImplemented(name);
  const value: unknown = Reflect.get(object, name);
  if (value === undefined) throw notImplemented(name);
  return value;
}
