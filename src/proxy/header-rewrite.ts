/** Header changes as the Gateway API means them: `set` overwrites, `add` appends, `remove` deletes, on request or response. */
import type { HeaderChange } from '../model/snapshot.ts';
import type { Call, Filter } from './call.ts';

interface HeaderChanges {
  readonly requestHeaders?: HeaderChange;
  readonly responseHeaders?: HeaderChange;
}

/** Removes, then sets, then adds, as Envoy does where one name stands under several of them. */
export function applyHeaderChange(headers: Headers, change: HeaderChange): void {
  for (const name of change.remove) headers.delete(name);
  for (const [name, value] of change.set) headers.set(name, value);
  for (const [name, value] of change.add) headers.append(name, value);
}

/** A filter that applies the changes which `changesOf` names for a call; undefined where no call could have any. RPC has no headers. */
export function headerRewrite(
  changesOf: (call: Call) => HeaderChanges | undefined,
  onRequest: boolean,
  onResponse: boolean,
): Filter | undefined {
  if (!onRequest && !onResponse) return undefined;
  return async (call, next) => {
    if (call.kind === 'rpc') return next(call);
    const changes = changesOf(call);
    const { requestHeaders, responseHeaders } = changes ?? {};
    const reply = await next(
      requestHeaders === undefined ? call : { ...call, requestHeaders: [...call.requestHeaders, requestHeaders] },
    );
    if (responseHeaders === undefined || !(reply instanceof Response)) return reply;
    // A 101 cannot be wrapped without losing its WebSocket.
    if (reply.status === 101) return reply;
    const response = new Response(reply.body, reply);
    applyHeaderChange(response.headers, responseHeaders);
    return response;
  };
}
