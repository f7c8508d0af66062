/**
 * The Worker through which `selvedge dev` lets the outside in: one front per service on a port of its own, and the gateway,
 * which takes the service from the host (`payment.localhost:8787`). It adds only what Cloudflare's front would: `request.cf`.
 */
import { hostIndex } from './host-index.mjs';

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

/** For so long the hosts of the documents are taken as they were read; an edge may look at its document no more often either. */
const hostsAgeMs = 1000;
let findService = () => undefined;
let hostsReadAt = 0;

/** The service whose document lists the host among its public ones, as KV says now: a name, the longest wildcard, or a listener for any host. */
async function publicService(registry, host) {
  if (Date.now() - hostsReadAt >= hostsAgeMs) {
    findService = hostIndex(await readHosts(registry));
    hostsReadAt = Date.now();
  }
  return findService(host);
}

async function readHosts(registry) {
  const found = [];
  let cursor;
  do {
    const page = await registry.list({ prefix: 'service/', cursor });
    for (const { name } of page.keys) {
      // A text that is no document has no hosts; `status` says what is wrong with it.
      const document = await registry.get(name, 'json').catch(() => null);
      const { hosts, listeners } = document?.public ?? {};
      const listed = [
        ...(Array.isArray(hosts) ? hosts : []),
        ...(Array.isArray(listeners) ? listeners.map((listener) => listener?.hostname ?? '*') : []),
      ];
      for (const host of listed) if (typeof host === 'string') found.push([host, name.slice('service/'.length)]);
    }
    cursor = page.cursor;
  } while (cursor);
  return found;
}

/** Puts the request under a host without the trailing dot that DNS allows: it names the same host. */
function withoutDot(request, url) {
  if (!url.hostname.endsWith('.')) return request;
  url.hostname = url.hostname.slice(0, -1);
  return new Request(url, request);
}

/** The gateway: `bindings` maps services to bindings. */
export function gatewayFront(bindings) {
  return {
    async fetch(asked, env) {
      const url = new URL(asked.url);
      const request = withoutDot(asked, url);
      const given = url.hostname.endsWith('.localhost') ? url.hostname.slice(0, -'.localhost'.length) : '';
      // A document may list hosts below localhost too: those that are no service's own are looked up like all others.
      const name = Object.hasOwn(bindings, given) ? given : await publicService(env.REGISTRY, url.hostname);
      const binding = name !== undefined && Object.hasOwn(bindings, name) ? bindings[name] : undefined;
      if (binding !== undefined) return env[binding].fetch(withCf(request));
      const services = Object.keys(bindings).map((service) => `  http://${service}.localhost:${url.port}/`);
      const text = `No service answers at ${url.host}. The services of this mesh:\n${services.join('\n')}\n`;
      return new Response(text, { status: 404, headers: { 'content-type': 'text/plain; charset=utf-8' } });
    },
  };
}
