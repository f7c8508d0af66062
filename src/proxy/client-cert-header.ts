/** What the callee sees under `X-Forwarded-Client-Cert`; the changes ride on the one clone that `sign` makes, and matchers see the same. */
import { type ClientCertificate, forwardedClientCert } from '../core/forwarded-client-cert.ts';
import { clientCertHeader } from '../core/wire.ts';
import type { HeaderChange } from '../model/snapshot.ts';
import type { Call } from './call.ts';

const removal: HeaderChange = { set: [], add: [], remove: [clientCertHeader] };

/** The call with the header that tells of an accepted certificate; `by` is the principal of this service. */
export function withClientCert(call: Call, by: string, certificate: ClientCertificate): Call {
  const value = forwardedClientCert(by, certificate);
  return changed(call, value, { set: [[clientCertHeader, value]], add: [], remove: [] });
}

/** The call without the header that a caller set himself. */
export function withoutClientCert(call: Call): Call {
  return changed(call, null, removal);
}

function changed(call: Call, value: string | null, change: HeaderChange): Call {
  const { header } = call;
  return {
    ...call,
    header: (name) => (name === clientCertHeader ? value : header(name)),
    requestHeaders: [...call.requestHeaders, change],
  };
}
