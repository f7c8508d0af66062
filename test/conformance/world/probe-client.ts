import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';
import { type Echo, headerLines } from './echo-server.ts';
import { probeHeader } from './journal.ts';
import { acceptKey, binaryFrame, encodeFrame, type Frame, FrameReader, textFrame } from './web-socket.ts';

/** What came back for one request. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly body: string;
  /** The backend's echo, or `undefined` where the proxy itself answered. */
  readonly echo: Echo | undefined;
  /** From the request's first byte to the answer's last. */
  readonly latencyMs: number;
}

export interface Outgoing {
  readonly method: string;
  /** The request target, byte for byte; without a fragment, which no client sends. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Names the probe in the backends' journal. */
  readonly probe: string;
}

/** Where a probe is sent: the Worker that stands before the edges, and what it is to call. */
export interface Destination {
  readonly url: URL;
  readonly binding: string;
  /** `http://echo:8080`: scheme, host and port by which the edge is called. */
  readonly origin: string;
  /** A caller from outside comes through the platform's front; one inside the mesh is a Worker with a binding. */
  readonly kind: 'public' | 'mesh';
}

const timeoutMs = 20_000;
/** Connections of many requests in a row; the suites' own probes each get one of their own. */
const pool = new Agent({ keepAlive: true, maxSockets: 32 });

/** Sends one request on a connection of its own, or of the pool; redirects are not followed. */
export function sendProbe(outgoing: Outgoing, to: Destination, isPooled = false): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const begin = performance.now();
    const sent = request(requestOptions(outgoing, to, isPooled), (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => resolve(answerOf(response, Buffer.concat(chunks), performance.now() - begin)));
    });
    failLate(sent, reject);
    sent.end();
  });
}

/** Opens a WebSocket, sends each message when the one before has come back, and answers what came back. */
export function sendWebSocket(
  outgoing: Outgoing,
  to: Destination,
  messages: readonly (string | Uint8Array)[],
): Promise<{ readonly answer: Answer; readonly received: readonly (string | Uint8Array)[] }> {
  const key = Buffer.from('selvedge-conform').toString('base64');
  const upgrade = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-key': key,
    'sec-websocket-version': '13',
  };
  return new Promise((resolve, reject) => {
    const begin = performance.now();
    const sent = request(
      requestOptions({ ...outgoing, headers: { ...outgoing.headers, ...upgrade } }, to, false),
      (response) => {
        response.resume();
        resolve({ answer: answerOf(response, Buffer.alloc(0), performance.now() - begin), received: [] });
      },
    );
    failLate(sent, reject);
    sent.on('upgrade', (response, socket, head: Buffer) => {
      const answer = answerOf(response, Buffer.alloc(0), performance.now() - begin);
      if (response.headers['sec-websocket-accept'] !== acceptKey(key)) reject(new Error('another key was accepted'));
      const received: (string | Uint8Array)[] = [];
      const reader = new FrameReader();
      const sendNext = (): void => {
        const message = messages[received.length];
        if (message !== undefined) socket.write(encodeFrame(frameOf(message), true));
        else {
          socket.destroy();
          resolve({ answer, received });
        }
      };
      const take = (chunk: Buffer): void => {
        for (const frame of reader.push(chunk)) {
          received.push(frame.opcode === textFrame ? frame.payload.toString('utf8') : new Uint8Array(frame.payload));
          sendNext();
        }
      };
      socket.on('data', take);
      socket.on('error', reject);
      socket.on('end', () => reject(new Error('the WebSocket was closed before its messages came back')));
      take(head);
      sendNext();
    });
    sent.end();
  });
}

function frameOf(message: string | Uint8Array): Frame {
  return typeof message === 'string'
    ? { opcode: textFrame, payload: Buffer.from(message, 'utf8') }
    : { opcode: binaryFrame, payload: Buffer.from(message) };
}

function requestOptions({ method, path, headers, probe }: Outgoing, to: Destination, isPooled: boolean) {
  return {
    agent: isPooled ? pool : false,
    host: to.url.hostname,
    port: to.url.port,
    method,
    path: path.replace(/#.*$/, ''),
    timeout: timeoutMs,
    headers: {
      ...headers,
      [probeHeader]: probe,
      'before-binding': to.binding,
      'before-origin': to.origin,
      'before-kind': to.kind,
    },
  };
}

function failLate(sent: ClientRequest, reject: (error: Error) => void): void {
  sent.on('timeout', () => sent.destroy(new Error(`no answer within ${timeoutMs} ms`)));
  sent.on('error', reject);
}

function answerOf(response: IncomingMessage, bytes: Buffer, latencyMs: number): Answer {
  const body = bytes.toString('utf8');
  return {
    status: response.statusCode ?? 0,
    headers: headerLines(response.rawHeaders),
    body,
    echo: readEcho(body),
    latencyMs,
  };
}

function readEcho(body: string): Echo | undefined {
  try {
    const value = JSON.parse(body) as Partial<Echo> | null;
    return typeof value?.pod === 'string' && typeof value.path === 'string' ? (value as Echo) : undefined;
  } catch {
    return undefined;
  }
}
