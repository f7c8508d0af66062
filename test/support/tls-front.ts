/**
 * A local TLS terminator that does what Cloudflare's front does before a Worker: it asks for a client certificate, refuses none, says
 * in `request.cf.tlsClientAuth` what it found, writes the headers that only the platform may write, and hands the request on.
 */
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import type { TLSSocket } from 'node:tls';
import { type ClientAuth, clientAuthOf } from './client-auth.ts';

export interface TlsFrontOptions {
  /** PEM of the front's own certificate and key. */
  readonly cert: string;
  readonly key: string;
  /** PEM of the authorities by which the platform verifies clients. */
  readonly clientCas: readonly string[];
  /** Gives a request to the Worker. */
  readonly forward: (url: string, init: RequestInit & { readonly cf: Cf }) => Promise<Response>;
}

interface Cf {
  readonly tlsClientAuth: ClientAuth;
}

export interface TlsFront {
  readonly port: number;
  /** SHA-256 fingerprints (lower-case hex) of certificates that the platform counts as revoked. */
  readonly revoked: Set<string>;
  /** What was said of the last connection's certificate. */
  last(): ClientAuth | undefined;
  close(): Promise<void>;
}

/** Headers that the platform writes itself, or that only this machinery understands, whatever a client sends under their names. */
const ownHeaders = /^(?:cf-|mf-|true-client-ip$|x-forwarded-proto$|cdn-loop$|client-cert)/;
const ofConnections = /^(?:connection|keep-alive|transfer-encoding|upgrade|host|expect|te|trailer)$/;

export async function startTlsFront(options: TlsFrontOptions): Promise<TlsFront> {
  const { cert, key, clientCas, forward } = options;
  const revoked = new Set<string>();
  const roots = new Set(clientCas.map((pem) => fingerprintOf(pem)));
  let last: ClientAuth | undefined;
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const socket = request.socket as TLSSocket;
    last = clientAuthOf(socket, { revoked, roots });
    const { method = 'GET', url = '/' } = request;
    const hasBody = method !== 'GET' && method !== 'HEAD';
    const body = hasBody ? (Readable.toWeb(request) as ReadableStream<Uint8Array>) : undefined;
    const init = { method, headers: headersOf(request), body, duplex: 'half', redirect: 'manual' };
    const answered = await forward(`https://${request.headers.host}${url}`, {
      ...init,
      cf: { tlsClientAuth: last },
    } as unknown as RequestInit & { readonly cf: Cf });
    const headers: [string, string][] = [];
    answered.headers.forEach((value, name) => {
      headers.push([name, value]);
    });
    response.writeHead(answered.status, headers.flat());
    response.end(Buffer.from(await answered.arrayBuffer()));
  };
  const server = createServer(
    { cert, key, ca: [...clientCas], requestCert: true, rejectUnauthorized: false },
    (request, response) => {
      answer(request, response).catch((error: unknown) => {
        response.writeHead(502).end(String(error));
      });
    },
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    revoked,
    last: () => last,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function fingerprintOf(pem: string): string {
  return new X509Certificate(pem).fingerprint256.replaceAll(':', '').toLowerCase();
}

function headersOf(request: IncomingMessage): [name: string, value: string][] {
  const given: [string, string][] = [];
  for (let at = 0; at + 1 < request.rawHeaders.length; at += 2) {
    const name = (request.rawHeaders[at] as string).toLowerCase();
    if (!ownHeaders.test(name) && !ofConnections.test(name)) given.push([name, request.rawHeaders[at + 1] as string]);
  }
  const address = request.socket.remoteAddress ?? '';
  return [...given, ['cf-connecting-ip', address], ['x-forwarded-for', address], ['x-forwarded-proto', 'https']];
}
