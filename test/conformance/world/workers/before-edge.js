/**
 * What stands before an edge: the platform's front for its public door, and the calling Worker for its mesh door. The test names the
 * binding and the origin to call it by; the request target, the headers and the body go on as they came.
 */
const own = ['before-binding', 'before-origin', 'before-kind', 'before-address', 'before-certificate'];

export default {
  async fetch(request, env) {
    const [binding, origin, kind, address, certificate] = own.map((name) => request.headers.get(name));
    // A request that already names the origin keeps its target byte for byte; a URL that is made anew is tidied up.
    const isThere = request.url.startsWith(`${origin}/`);
    const outgoing = isThere
      ? new Request(request)
      : new Request(request.url.replace(/^https?:\/\/[^/?]+/, origin), request);
    for (const name of own) outgoing.headers.delete(name);
    if (kind !== 'public') return env[binding].fetch(outgoing, { redirect: 'manual' });
    addPlatformHeaders(outgoing.headers, address ?? '192.0.2.1');
    const cf = certificate === null ? {} : { tlsClientAuth: verified(certificate) };
    return env[binding].fetch(outgoing, { redirect: 'manual', cf });
  },
};

/** As the platform documents it: the address that connected is appended to X-Forwarded-For, and stands alone in CF-Connecting-IP. */
function addPlatformHeaders(headers, address) {
  const before = headers.get('x-forwarded-for');
  headers.set('x-forwarded-for', before === null ? address : `${before}, ${address}`);
  headers.set('cf-connecting-ip', address);
}

/** What the platform says of a client certificate that it has verified. */
function verified(fingerprint) {
  return {
    certPresented: '1',
    certVerified: 'SUCCESS',
    certRevoked: '0',
    certFingerprintSHA256: fingerprint,
    certNotAfter: 'Dec 31 23:59:59 2099 GMT',
  };
}
