/**
 * An account at Cloudflare, played by a local server: what `wrangler` and a deploy tool call, with the refusals that are known
 * of the real one. What it does not know it refuses and records in `unknown`; it never answers 200 for a call it did not carry out.
 */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AccountOptions, type AccountState, newState } from './account-state.ts';
import { type ApiCall, type ApiReply, type ApiRoute, findRoute } from './api-call.ts';
import { type ApiError, ApiFailure } from './api-failure.ts';
import { assetCalls } from './asset-calls.ts';
import { kvCalls } from './kv-calls.ts';
import { resourceCalls } from './resource-calls.ts';
import { scriptCalls } from './script-calls.ts';
import { triggerCalls } from './trigger-calls.ts';
import { versionCalls } from './version-calls.ts';

const table: readonly ApiRoute[] = [
  ...versionCalls,
  ...scriptCalls,
  ...triggerCalls,
  ...kvCalls,
  ...assetCalls,
  ...resourceCalls,
];

const base = '/client/v4';
/** Where npm's registry would be: wrangler asks it whether there is a newer wrangler, and is told that there is none. */
const registryBase = '/registry';
const token = 'token-of-the-test-account';

/** One request, in the order of arrival. */
export interface RecordedRequest {
  readonly method: string;
  /** Below `/client/v4`, without the query. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** What it asked for in a few words: `upload orders`, `route shop.example.com/* to shop-edge`, `put KV service/orders`. */
  readonly meaning: string;
  /** The Worker in the path, if there is one. */
  readonly worker: string | undefined;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Of the answer; 0 where the connection was cut. */
  status: number;
}

export interface FailOptions {
  /** Default 400; calls that fail with 500 and above or are cut are tried three times by wrangler where it can repeat them. */
  readonly status?: number;
  /** Default the error that Cloudflare gives for what it cannot explain. */
  readonly errors?: readonly ApiError[];
  /** Instead of an answer: the connection is cut before the call has an effect, or half way through the answer after it had. */
  readonly cut?: 'before' | 'after';
  /** How many matching requests fail; default 1. */
  readonly times?: number;
}

export interface Account {
  /** Of the server, without a path. */
  readonly url: string;
  readonly accountId: string;
  /** The base of the API and the token, for who calls it without wrangler. */
  readonly api: { readonly base: string; readonly token: string };
  /** What a wrangler process needs in its environment to talk to this account and to nothing else. */
  readonly env: Readonly<Record<string, string>>;
  readonly state: AccountState;
  readonly requests: readonly RecordedRequest[];
  /** Requests that changed something or tried to: what an order of steps is asserted on. */
  readonly changes: readonly RecordedRequest[];
  /** Requests that this account does not know. A test asserts that there is none. */
  readonly unknown: readonly string[];
  /** Makes the next request that fits fail. */
  failNext(match: (request: RecordedRequest) => boolean, options?: FailOptions): void;
  /** Forgets the requests so far. */
  forgetRequests(): void;
  close(): Promise<void>;
}

interface Planned {
  readonly match: (request: RecordedRequest) => boolean;
  readonly options: FailOptions;
  left: number;
}

type Outcome = ApiReply & { readonly errors?: readonly ApiError[] };

/**
 * `const account = await startAccount({ zones: ['example.com'], kv: { registry: {} } })`, then any process with `account.env` in
 * its environment deploys to it; `account.state` says what is there, `runAccount(account)` runs it.
 */
export async function startAccount(options: AccountOptions = {}): Promise<Account> {
  const state = newState(options);
  const requests: RecordedRequest[] = [];
  const unknown: string[] = [];
  const failures: Planned[] = [];
  const home = await mkdtemp(join(tmpdir(), 'selvedge-account-'));
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.destroy(error as Error));
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const url = new URL(request.url ?? '/', 'http://account');
    if (url.pathname.startsWith(registryBase)) {
      response.writeHead(404).end('{}');
      return;
    }
    const path = url.pathname.startsWith(base) ? url.pathname.slice(base.length) : url.pathname;
    const method = request.method ?? 'GET';
    const found = findRoute(table, method, path);
    const call: ApiCall = {
      method,
      path,
      query: url.searchParams,
      headers: request.headers as Record<string, string | undefined>,
      body: Buffer.concat(chunks),
      params: found?.params ?? {},
    };
    const record: RecordedRequest = {
      method,
      path,
      query: Object.fromEntries(url.searchParams),
      meaning: found === undefined ? 'unknown' : meaningOf(found.route, call),
      worker: found?.params.name,
      at: Date.now(),
      status: 0,
    };
    requests.push(record);
    const planned = failures.find(({ left, match }) => left > 0 && match(record));
    if (planned !== undefined) planned.left--;
    const fault = planned?.options;
    if (fault?.cut === 'before') {
      response.destroy();
      return;
    }
    if (fault !== undefined && fault.cut === undefined) {
      const errors = fault.errors ?? [{ code: 10013, message: 'workers.api.error.unknown' }];
      send(response, record, fault.status ?? 400, envelope(null, errors));
      return;
    }
    const reply = await carryOut(found?.route, call);
    if (fault?.cut === 'after') {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
      response.write('{"result":');
      await new Promise((resolve) => setTimeout(resolve, 20));
      response.destroy();
      return;
    }
    if (reply.raw === undefined) {
      send(response, record, reply.status ?? 200, envelope(reply.result, reply.errors ?? [], reply.info));
      return;
    }
    record.status = 200;
    response.writeHead(200, reply.raw.headers).end(reply.raw.bytes);
  }

  async function carryOut(route: ApiRoute | undefined, call: ApiCall): Promise<Outcome> {
    try {
      if (route === undefined) {
        unknown.push(`${call.method} ${call.path}`);
        throw new ApiFailure(501, 7000, `No route for that URI: ${call.method} ${call.path}`);
      }
      checkAccess(call, state);
      const reply = await route.handle(call, state);
      if (call.method !== 'GET') state.revision++;
      return reply;
    } catch (error) {
      if (error instanceof ApiFailure) return { status: error.status, errors: error.errors };
      const message = `The account of the tests failed: ${error instanceof Error ? error.stack : String(error)}`;
      return { status: 500, errors: [{ code: 10013, message }] };
    }
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    accountId: state.accountId,
    api: { base: url + base, token },
    env: environment(url, state.accountId, home),
    state,
    requests,
    get changes() {
      return requests.filter(({ method }) => method !== 'GET');
    },
    unknown,
    failNext(match, fail = {}) {
      failures.push({ match, options: fail, left: fail.times ?? 1 });
    },
    forgetRequests() {
      requests.length = 0;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** A body that does not parse is refused by the handler; the record says what the call was all the same. */
function meaningOf(route: ApiRoute, call: ApiCall): string {
  try {
    return route.meaning(call);
  } catch {
    return `${call.method} ${call.path}`;
  }
}

/** The token of the account, but for the files of assets, which come with the token of their session. */
function checkAccess(call: ApiCall, state: AccountState): void {
  const assets = call.path.endsWith('/workers/assets/upload');
  if (!assets && call.headers.authorization !== `Bearer ${token}`)
    throw new ApiFailure(403, 10000, 'Authentication error');
  const { account } = call.params;
  if (account !== undefined && account !== state.accountId)
    throw new ApiFailure(403, 9109, 'Unauthorized to access requested resource');
}

function envelope(result: unknown, errors: readonly ApiError[], info?: unknown): string {
  return JSON.stringify({
    result: result ?? null,
    success: errors.length === 0,
    errors,
    messages: [],
    ...(info === undefined ? {} : { result_info: info }),
  });
}

function send(response: ServerResponse, record: RecordedRequest, status: number, body: string): void {
  record.status = status;
  response.writeHead(status, { 'content-type': 'application/json' }).end(body);
}

/** Paths that wrangler writes to lie in a folder of the account; a proxy of the machine would send calls elsewhere. */
function environment(url: string, accountId: string, home: string): Record<string, string> {
  return {
    CLOUDFLARE_API_BASE_URL: url + base,
    CLOUDFLARE_API_TOKEN: token,
    CLOUDFLARE_ACCOUNT_ID: accountId,
    CI: 'true',
    NO_COLOR: '1',
    HOME: home,
    XDG_CONFIG_HOME: join(home, 'config'),
    WRANGLER_LOG_PATH: join(home, 'logs'),
    WRANGLER_CACHE_DIR: join(home, 'cache'),
    WRANGLER_REGISTRY_PATH: join(home, 'registry'),
    WRANGLER_SEND_METRICS: 'false',
    WRANGLER_SEND_ERROR_REPORTS: 'false',
    WRANGLER_HIDE_BANNER: 'true',
    npm_config_registry: url + registryBase,
    HTTP_PROXY: '',
    HTTPS_PROXY: '',
    http_proxy: '',
    https_proxy: '',
  };
}
