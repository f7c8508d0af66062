/** An HTTP exchange on a connection of its own: one that is kept may be closed by the server just as it is used again. */
import { type IncomingHttpHeaders, request } from 'node:http';

export interface Exchanged {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** As it came: compressed, where it says so. */
  readonly body: Buffer;
  readonly text: string;
}

export interface ExchangeInit {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export function exchange(url: string, { method = 'GET', headers, body }: ExchangeInit = {}): Promise<Exchanged> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent: false, method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const whole = Buffer.concat(chunks);
        const { statusCode = 0, headers } = response;
        resolve({ status: statusCode, headers, body: whole, text: whole.toString() });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
