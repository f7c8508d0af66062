/** HTTP as bytes: Node's own clients tidy up targets, and hide what they send and receive. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface RawAnswer {
  /** `HTTP/1.1 200 OK` */
  readonly line: string;
  /** Header lines as sent, names in lower case. */
  readonly headers: readonly string[];
  /** The body, its chunks joined. */
  readonly body: string;
}

/** Sends a request as it is written and reads its answer to the end, which workerd does not mark by closing the connection. */
export async function rawExchange(base: string, request: string): Promise<RawAnswer> {
  const socket = await rawConnect(base);
  socket.write(request, 'latin1');
  const text = await readUntil(socket, (sofar) => isWhole(sofar, request.startsWith('HEAD ')));
  socket.destroy();
  return parseAnswer(text);
}

function isWhole(text: string, headOnly: boolean): boolean {
  const end = text.indexOf('\r\n\r\n');
  if (end === -1) return false;
  if (headOnly || /^HTTP\/1.1 (1\d\d|204|304)/.test(text)) return true;
  const headers = text.slice(0, end).toLowerCase();
  const length = /\r\ncontent-length: *(\d+)/.exec(headers)?.[1];
  if (length !== undefined) return text.length - end - 4 >= Number(length);
  return headers.includes('transfer-encoding: chunked') && text.endsWith('\r\n0\r\n\r\n');
}

export async function rawConnect(base: string): Promise<Socket> {
  const { hostname, port } = new URL(base);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  return socket;
}

/** Reads from the socket until what came so far fits; answers all of it. */
export function readUntil(socket: Socket, fits: (text: string) => boolean): Promise<string> {
  let text = '';
  return new Promise((resolve, reject) => {
    const listen = (chunk: Buffer) => {
      text += chunk.toString('latin1');
      if (!fits(text)) return;
      socket.off('data', listen);
      resolve(text);
    };
    socket.on('data', listen);
    socket.once('close', () => reject(new Error(`the connection ended after: ${text}`)));
  });
}

function parseAnswer(text: string): RawAnswer {
  const end = text.indexOf('\r\n\r\n');
  const [line = '', ...lines] = text.slice(0, end).split('\r\n');
  const headers = lines.map((header) => header.replace(/^[^:]*/, (name) => name.toLowerCase()));
  const body = text.slice(end + 4);
  return { line, headers, body: headers.includes('transfer-encoding: chunked') ? unchunked(body) : body };
}

function unchunked(body: string): string {
  const end = body.indexOf('\r\n');
  const length = Number.parseInt(body.slice(0, end), 16);
  if (!(length > 0)) return '';
  return body.slice(end + 2, end + 2 + length) + unchunked(body.slice(end + 2 + length + 2));
}
