/** mTLS toward URL endpoints: real TLS between workerd and a server that wants client certificates. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { make, makeLeafOf, pem } from '../../identity/ca/certificates.ts';
import { type Credentials, credentialsOf, serverOf, valid } from '../../support/certificate-files.ts';
import { type EdgeMesh, startEdgeMesh } from '../../support/edge-mesh.ts';

const caller = `export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    return env.EDGE.fetch('http://payment' + pathname, { headers: { 'x-forwarded-client-cert': 'By=mine' } });
  }
}`;

interface Seen {
  readonly url: string;
  readonly host: string;
  readonly serverName: string;
  readonly subject: string;
  readonly authorization: string;
  readonly clientCert: string;
}

/** Versions by the names of the bindings that stand in for `mtls_certificates`; a route leads to each by the same name. */
const bindings = ['GOOD', 'NO_CERTIFICATE', 'FOREIGN_CLIENT', 'OTHER_HOST', 'UNKNOWN_SERVER'] as const;
let server: Server;
let requests = 0;
/** What the server and workerd say of connections that fail. */
const problems: string[] = [];
let mesh: EdgeMesh;

beforeAll(async () => {
  const ca = await make({ name: 'CN=partner ca', ...valid() });
  const foreign = await make({ name: 'CN=foreign ca', ...valid() });
  const client = await credentialsOf(await makeLeafOf(ca, { name: 'CN=payment', ...valid() }), ca);
  const stranger = await credentialsOf(await makeLeafOf(foreign, { name: 'CN=payment', ...valid() }), foreign);
  const { cert, key } = await serverOf(ca, 'pay.partner.example');
  server = createServer(
    { cert, key, ca: pem(ca.certificate.der), requestCert: true, rejectUnauthorized: true },
    (request, response) => {
      requests += 1;
      const socket = request.socket as TLSSocket & { readonly servername: string };
      const { host = '', authorization = '', 'x-forwarded-client-cert': told = '' } = request.headers;
      const subject = String(socket.getPeerCertificate().subject.CN);
      const { url, serverName } = { url: request.url ?? '', serverName: socket.servername };
      response.end(
        JSON.stringify({ url, host, serverName, subject, authorization, clientCert: String(told) } satisfies Seen),
      );
    },
  );
  server.on('tlsClientError', (error: Error & { readonly code?: string }) => problems.push(error.code ?? ''));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const external = (credentials: Credentials | undefined, host: string, trusted: string) => {
    const keypair = credentials && { privateKey: credentials.key, certificateChain: credentials.cert };
    const tlsOptions = { trustedCertificates: [trusted], ...(keypair && { keypair }) };
    // Without a wrong `http` miniflare takes every external server for one of plain HTTP, and drops the rest.
    return { external: { address, http: null, https: { certificateHost: host, tlsOptions } } };
  };
  const host = 'pay.partner.example';
  const [known, unknown] = [pem(ca.certificate.der), pem(foreign.certificate.der)];
  const edgeServices: Record<(typeof bindings)[number], unknown> = {
    GOOD: external(client, host, known),
    NO_CERTIFICATE: external(undefined, host, known),
    FOREIGN_CLIENT: external(stranger, host, known),
    OTHER_HOST: external(client, 'other.partner.example', known),
    UNKNOWN_SERVER: external(client, host, unknown),
  };
  const names = [...bindings, 'ABSENT'];
  mesh = await startEdgeMesh({
    workers: { orders: caller },
    upstreams: {},
    onStderr: (text) => void problems.push(text),
    edgeServices,
    registry: {
      'service/payment': {
        service: 'payment',
        authentication: { mtls: {} },
        versions: Object.fromEntries(
          names.map((mtls) => [mtls.toLowerCase(), { url: 'https://pay.partner.example/v1', mtls }]),
        ),
        routes: names.map((name) => ({
          name,
          matches: [{ path: { value: `/${name}` } }],
          backends: [{ version: name.toLowerCase() }],
        })),
      },
    },
  });
}, 60_000);

afterAll(async () => {
  await mesh.stop();
  server.closeAllConnections();
  server.close();
});

describe('the certificate of an endpoint', () => {
  it('is shown to a server that wants one, under the name of the endpoint and beside the JWT-SVID', async () => {
    const answer = await mesh.ask('orders', '/GOOD/charge');
    const seen = (await answer.json()) as Seen;
    const host = 'pay.partner.example';
    expect(seen).toMatchObject({ url: '/v1/GOOD/charge', host, serverName: host, subject: 'payment' });
    const { sub, aud } = decodeJwt(seen.authorization.replace('Bearer ', ''));
    expect({ sub, aud }).toEqual({ sub: 'spiffe://mesh.local/svc/payment', aud: 'https://pay.partner.example' });
  });

  it("goes without what the caller's code says of certificates, where the document counts them", async () => {
    expect(((await (await mesh.ask('orders', '/GOOD/charge')).json()) as Seen).clientCert).toBe('');
  });

  it.each([
    ['a server that wants a certificate refuses a connection without one', 'NO_CERTIFICATE', /DID_NOT_RETURN_A_CERT/],
    ['a certificate of an authority that the server does not know is refused', 'FOREIGN_CLIENT', /ECONNRESET/],
    [
      "a server's certificate for another host ends the connection before the request",
      'OTHER_HOST',
      /Hostname mismatch/,
    ],
    ["a server's certificate of an unknown authority does so too", 'UNKNOWN_SERVER', /self signed certificate in/],
  ])('%s', async (_rule, name, problem) => {
    requests = 0;
    problems.length = 0;
    const answer = await mesh.ask('orders', `/${name}`);
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ error: { code: 'upstream_unreachable' } });
    await expect.poll(() => problems.join('\n')).toMatch(problem);
    expect(requests).toBe(0);
  });

  it('that the edge has no binding for is unresolved, and nothing is sent without it', async () => {
    requests = 0;
    const answer = await mesh.ask('orders', '/ABSENT');
    expect(answer.status).toBe(500);
    expect(await answer.json()).toMatchObject({ error: { code: 'backend_unresolved' } });
    expect(requests).toBe(0);
  });
});
