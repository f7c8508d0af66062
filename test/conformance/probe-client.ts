import { request } from 'node:http';
import type { Probe } from './case-file.ts';
import { type Echo, headerLines } from './echo-server.ts';

/** What came back for one request. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, readonly string[]>>;
  /** The backend's echo, or `undefined` where the proxy itself answered. */
  readonly echo: Echo | undefined;
}

/** Where a probe is sent: a socket of workerd, and headers that the test's own caller Worker needs. */
export interface Destination {
  readonly url: URL;
  readonly extraHeaders: Readonly<Record<string, string>>;
  /** The Host header; the socket's own address where the probe names none. */
  readonly host: string | undefined;
}

const timeoutMs = 10_000;

/** Sends a request as the suite does: a connection of its own, redirects not followed, the target byte for byte. */
export function sendProbe(probe: Probe, to: Destination, path: string): Promise<Answer> {
  const { method, headers, backendSetResponseHeaders, gateway } = probe.request;
  const setHeaders = Object.entries(backendSetResponseHeaders ?? {}).map(([name, value]) => `${name}:${value}`);
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        agent: false,
        host: to.url.hostname,
        port: to.url.port,
        method,
        path,
        setHost: false,
        timeout: timeoutMs,
        headers: {
          Host: to.host ?? to.url.host,
          ...headers,
          ...(gateway === undefined ? {} : { 'X-Echo-Set-Header': setHeaders.join(',') }),
          ...to.extraHeaders,
        },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: headerLines(response.rawHeaders),
            echo: readEcho(Buffer.concat(chunks).toString('utf8')),
          }),
        );
      },
    );
    sent.on('timeout', () => sent.destroy(new Error(`no answer within ${timeoutMs} ms`)));
    sent.on('error', reject);
    sent.end();
  });
}

function readEcho(body: string): Echo | undefined {
  try {
    const value = JSON.parse(body) as Partial<Echo> | null;
    return typeof value?.pod === 'string' && typeof value.path === 'string' ? (value as Echo) : undefined;
  } catch {
    return undefined;
  }
}
