/** A server that answers with the bytes that it received, since every HTTP server would already have read something into them. */

import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';

/** When a request counts as whole: its body is none, or ends by chunks or by the length that it says. */
function isWhole(text: string): boolean {
  const end = text.indexOf('\r\n\r\n');
  if (end === -1) return false;
  if (/\r\ntransfer-encoding: chunked\r\n/i.test(text)) return text.endsWith('0\r\n\r\n');
  const length = /\r\ncontent-length: (\d+)\r\n/i.exec(text)?.[1] ?? '0';
  return text.length - end - 4 >= Number(length);
}

export async function startMirror(): Promise<{ readonly url: string; stop(): void }> {
  const server = createServer((socket) => {
    let text = '';
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      if (!isWhole(text)) return;
      const answer = Buffer.from(text, 'latin1');
      socket.write(`HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ${answer.length}\r\n\r\n`);
      socket.end(answer);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, stop: () => void server.close() };
}
