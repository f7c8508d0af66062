/** Whose call it is, on the public door of a service that trusts proxies before the mesh, or tells its callee the address. */
import { clientAddress as addressOf } from '../../core/addresses/client-address.ts';
import { platformHeader } from '../../core/wire.ts';
import type { Filter } from '../call.ts';
import type { Deps } from '../deps.ts';

/** The header that the document names holds what the edge found out, and never what a client sent: matchers and the callee see it so. */
export function clientAddress(_deps: Deps): Filter {
  return (call, next) => {
    const rule = call.mounted?.snapshot.clientAddress;
    if (rule === undefined || call.door !== 'public' || call.kind !== 'fetch') return next(call);
    const { trustedProxies, header } = rule;
    const { headers } = call.request;
    const address = () =>
      addressOf(
        headers.get(platformHeader.connectingAddress) ?? '',
        headers.get(platformHeader.forwardedFor),
        trustedProxies,
      );
    if (header === undefined) return next({ ...call, address });
    const told = address();
    const request = new Request(call.request);
    if (told === '') request.headers.delete(header);
    else request.headers.set(header, told);
    return next({ ...call, request, address: () => told, header: (name) => request.headers.get(name) });
  };
}
