/** What workerd says of a receiver of RPC. */

import { rpcCallMethod } from '../wire.ts';
import { disposerOf } from './disposal.ts';

/**
 * Whether the error says that the receiver has no reserved method: its Worker was deployed without the in-Worker runtime, and nothing of
 * it has run. A user's own error with these words would have to name our method.
 */
export function lacksReservedMethod(error: unknown): boolean {
  return error instanceof TypeError && error.message.includes(`does not implement the method "${rpcCallMethod}"`);
}

/** Asks a stub for the reserved method, without calling it. Rejects where the receiver cannot be asked at all. */
export async function hasReservedMethod(stub: object): Promise<boolean> {
  try {
    disposerOf(await Reflect.get(stub, rpcCallMethod))?.();
    return true;
  } catch (error) {
    if (lacksReservedMethod(error)) return false;
    throw error;
  }
}
