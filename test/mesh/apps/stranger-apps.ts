/** The apps of test/apps as data: which configs they have, what is asked of them, and what they must answer. */
import { readdirSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';

export const appsFolder = new URL('../../apps/', import.meta.url).pathname;

export interface Exchange {
  /** The rule that this request shows. */
  readonly name: string;
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Sends the body so many times over. */
  readonly repeatBody?: number;
  /** Asked again until the answer is as expected, for work that goes on in the background. */
  readonly eventually?: boolean;
  readonly answer: Expected;
}

export interface Expected {
  readonly status: number;
  readonly text?: string;
  readonly json?: unknown;
  /** Headers that must be there with this value. */
  readonly headers?: Readonly<Record<string, string>>;
  /** All cookies that are set, in order. */
  readonly cookies?: readonly string[];
}

export interface App {
  readonly folder: string;
  /** Wrangler configs relative to the app's folder; the first one's Worker is asked. */
  readonly configs: readonly string[];
  /** Configs for the bare run, where today's wrangler refuses the real ones. */
  readonly bareConfigs?: readonly string[];
  readonly env?: string;
  /** Some of its bindings exist only in an account, and wrangler is told to do without. */
  readonly local?: boolean;
  /** Name of the Worker that is asked. */
  readonly front: string;
  readonly requests: readonly Exchange[];
}

export function strangerApps(): App[] {
  return readdirSync(appsFolder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(
      ({ name }) =>
        ({
          ...JSON.parse(readFileSync(join(appsFolder, name, 'expect.json'), 'utf8')),
          folder: join(appsFolder, name),
        }) as App,
    );
}

/** Asks at `base` and gives the answer reduced to what is expected of it, so that the two can be compared as values. */
export async function ask(base: string, exchange: Exchange): Promise<Expected> {
  const giveUpAt = Date.now() + 10_000;
  for (;;) {
    const answer = await askOnce(base, exchange);
    if (!exchange.eventually || JSON.stringify(answer) === JSON.stringify(exchange.answer) || Date.now() > giveUpAt)
      return answer;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function askOnce(base: string, { method, path, headers, body, repeatBody, answer }: Exchange): Promise<Expected> {
  const response = await rawFetch(base, path, {
    method: method ?? 'GET',
    headers,
    body: body?.repeat(repeatBody ?? 1),
  });
  const expected: Record<string, unknown> = { status: response.status };
  if (answer.json !== undefined) expected.json = asJson(response.text);
  else if (answer.text !== undefined || response.status !== answer.status) expected.text = response.text;
  if (answer.headers) {
    expected.headers = Object.fromEntries(Object.keys(answer.headers).map((name) => [name, response.headers[name]]));
  }
  if (answer.cookies) expected.cookies = response.headers['set-cookie'] ?? [];
  return expected as unknown as Expected;
}

/** Node's fetch follows redirects or hides their headers, and normalises paths; a plain HTTP request does neither. */
function rawFetch(
  base: string,
  path: string,
  options: { method: string; headers?: Readonly<Record<string, string>>; body?: string },
) {
  const { hostname, port } = new URL(base);
  type Answer = { status: number; headers: Record<string, string | string[] | undefined>; text: string };
  return new Promise<Answer>((resolve, reject) => {
    const sent = request({ hostname, port, path, method: options.method, headers: options.headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(chunks).toString('utf8'),
        }),
      );
    });
    sent.on('error', reject);
    sent.end(options.body);
  });
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return { notJson: text };
  }
}
