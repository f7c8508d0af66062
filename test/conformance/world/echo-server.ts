import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseDuration } from '../../../src/core/duration.ts';
import { type Journal, probeHeader } from './journal.ts';
import type { Pod } from './pod.ts';
import { acceptKey, closeFrame, encodeFrame, FrameReader } from './web-socket.ts';

/** What a backend of the suite answers: the request as it arrived, byte for byte. */
export interface Echo {
  readonly path: string;
  readonly host: string;
  readonly method: string;
  readonly proto: string;
  /** Lower-case name to the values of its lines, in order. */
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly namespace: string;
  readonly pod: string;
  readonly service: string;
  readonly version: string;
}

export interface EchoServer {
  /** `127.0.0.1:PORT`. */
  readonly address: string;
  stop(): void;
}

/**
 * The echo backend of one Deployment. It is an HTTP server outside of workerd, since a Worker cannot tell repeated header lines
 * from one line with commas, nor see the request target as it came; the cases judge both.
 */
export async function startEchoServer(pod: Pod, journal: Journal): Promise<EchoServer> {
  const failures = new Map<string, number>();
  const server: Server = createServer((request, response) => {
    void answer(request, response).catch(() => request.socket.destroy());
  });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex) => {
    record(request);
    echoFrames(request, socket);
  });
  function record(request: IncomingMessage): void {
    const probe = request.headers[probeHeader];
    if (typeof probe !== 'string') return;
    journal.record(probe, { workload: pod.name, service: pod.service, path: request.url ?? '' });
  }
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    record(request);
    const url = new URL(request.url ?? '/', 'http://echo');
    request.resume();
    if (url.pathname.startsWith('/retry/') && (await failed(url.searchParams, request, response))) return;
    const delay = url.searchParams.get('delay');
    if (delay !== null) await sleep(parseDuration(delay) ?? 0);
    for (const [header, value] of headersToSet(request)) response.setHeader(header, value);
    const echo: Echo = {
      path: request.url ?? '',
      host: request.headers.host ?? '',
      method: request.method ?? '',
      proto: `HTTP/${request.httpVersion}`,
      headers: headerLines(request.rawHeaders),
      namespace: pod.namespace,
      pod: `${pod.name}-0`,
      service: pod.service,
      version: pod.version,
    };
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(echo));
  }
  /** The first `succeedAfter` requests with a uuid fail: with a status where one is named, else by a reset connection. */
  async function failed(query: URLSearchParams, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const uuid = query.get('uuid') ?? '';
    const count = failures.get(uuid) ?? 0;
    if (count >= Number(query.get('succeedAfter') ?? 0)) return false;
    failures.set(uuid, count + 1);
    const delay = query.get('delayRetry');
    if (delay !== null) await sleep(parseDuration(delay) ?? 0);
    const code = query.get('responseCode');
    if (code === null) request.socket.resetAndDestroy();
    else response.writeHead(Number(code)).end();
    return true;
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `127.0.0.1:${port}`,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Node's flat list of names and values, grouped by lower-case name. */
export function headerLines(rawHeaders: readonly string[]): Record<string, string[]> {
  const lines: Record<string, string[]> = {};
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] as string).toLowerCase();
    lines[name] = [...(lines[name] ?? []), rawHeaders[index + 1] as string];
  }
  return lines;
}

/** `X-Echo-Set-Header: Name:value,Other:value` asks for response headers. */
function headersToSet(request: IncomingMessage): [string, string][] {
  const asked = request.headers['x-echo-set-header'];
  return String(asked ?? '')
    .split(',')
    .map((pair) => pair.trim())
    .filter((pair) => pair.includes(':'))
    .map((pair) => [pair.slice(0, pair.indexOf(':')).trim(), pair.slice(pair.indexOf(':') + 1).trim()]);
}

/** Accepts a WebSocket, and sends back each frame as it came until the other end closes. */
function echoFrames(request: IncomingMessage, socket: Duplex): void {
  socket.on('error', () => socket.destroy());
  const accept = acceptKey(String(request.headers['sec-websocket-key'] ?? ''));
  socket.write(
    'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
      `Sec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  const reader = new FrameReader();
  socket.on('data', (chunk: Buffer) => {
    for (const frame of reader.push(chunk)) {
      socket.write(encodeFrame(frame, false));
      if (frame.opcode === closeFrame) socket.end();
    }
  });
}
