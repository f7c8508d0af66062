/**
 * The Worker through which `selvedge dev` lets the outside in: one front per service on a port of its own, and the gateway,
 * which takes the service from the host (`payment.localhost:8787`). It adds only what Cloudflare's front would: `request.cf`.
 */

/** What wrangler's own placeholder says, so that code which reads `request.cf` runs without network. */
const placeholderCf = {
  asn: 395747,
  asOrganization: 'Selvedge dev',
  city: 'Austin',
  clientAcceptEncoding: 'gzip, deflate, br',
  clientTcpRtt: 7,
  colo: 'DFW',
  continent: 'NA',
  country: 'US',
  httpProtocol: 'HTTP/1.1',
  isEUCountry: false,
  latitude: '30.27130',
  longitude: '-97.74260',
  metroCode: '635',
  postalCode: '78701',
  region: 'Texas',
  regionCode: 'TX',
  requestPriority: 'weight=192;exclusive=0',
  timezone: 'America/Chicago',
  tlsCipher: 'AEAD-AES128-GCM-SHA256',
  tlsVersion: 'TLSv1.3',
  tlsClientAuth: { certPresented: '0', certVerified: 'NONE', certRevoked: '0' },
};

function withCf(request) {
  return request.cf ? request : new Request(request, { cf: placeholderCf });
}

/** The front of one service. */
export function serviceFront(binding) {
  return { fetch: (request, env) => env[binding].fetch(withCf(request)) };
}

/** The gateway: `bindings` maps services to bindings, `hosts` further hosts to services. */
export function gatewayFront(bindings, hosts) {
  return {
    fetch(request, env) {
      const url = new URL(request.url);
      const name = url.hostname.endsWith('.localhost')
        ? url.hostname.slice(0, -'.localhost'.length)
        : hosts[url.hostname];
      const binding = name === undefined ? undefined : bindings[name];
      if (binding !== undefined) return env[binding].fetch(withCf(request));
      const services = Object.keys(bindings).map((service) => `  http://${service}.localhost:${url.port}/`);
      const text = `No service answers at ${url.host}. The services of this mesh:\n${services.join('\n')}\n`;
      return new Response(text, { status: 404, headers: { 'content-type': 'text/plain; charset=utf-8' } });
    },
  };
}
