/** The few calls of Cloudflare's API for which wrangler has no command: what the account holds, routes, KV, deletion. */
import { CliFailure, exitCode } from '../../failure.ts';

/** As wrangler finds them: an API token or the token of its login, or the old pair of key and address. */
export type Credentials = { readonly token: string } | { readonly key: string; readonly email: string };

export interface Page<T> {
  readonly items: readonly T[];
  /** Of the next page; undefined on the last. */
  readonly cursor?: string;
}

export interface CloudflareApi {
  readonly accountId: string;
  get<T>(path: string): Promise<T>;
  /** One page of a list that goes on by a cursor; `''` begins it. */
  page<T>(path: string, cursor: string): Promise<Page<T>>;
  send(method: 'PUT' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<unknown>;
  /** The bytes of an answer that is no JSON; undefined where there is nothing. */
  text(path: string): Promise<string | undefined>;
}

/** What a deployment does with the account, in the words of Cloudflare's page for tokens. */
export const neededPermissions =
  'Account: Workers Scripts (edit), Workers KV Storage (edit); Zone: Workers Routes (edit), Zone (read)';

interface Envelope {
  readonly success?: boolean;
  readonly result?: unknown;
  readonly errors?: readonly { readonly code?: number; readonly message?: string }[];
  readonly result_info?: {
    readonly cursor?: string;
    readonly cursors?: { readonly after?: string };
  };
}

interface Answer {
  readonly status: number;
  readonly ok: boolean;
  readonly text: string;
}

/** An answer of the API that says no. */
export class ApiRefusal extends CliFailure {
  constructor(
    readonly status: number,
    readonly apiCode: number | undefined,
    message: string,
  ) {
    super('cloudflare_api', message, exitCode.findings, { status, apiCode: apiCode ?? null });
  }
}

/** A call that gets no answer within this many milliseconds has failed. */
const patienceMs = 60_000;
/** A connection that was kept open may be closed at the moment it is used again: what may be said twice is. */
const retries = 2;

/** The address is Cloudflare's, unless CLOUDFLARE_API_BASE_URL says another, as wrangler reads it. */
export function connectApi(accountId: string, credentials: Credentials, env: NodeJS.ProcessEnv): CloudflareApi {
  const base = (env.CLOUDFLARE_API_BASE_URL || 'https://api.cloudflare.com/client/v4').replace(/\/+$/, '');
  const headers: Record<string, string> =
    'token' in credentials
      ? { authorization: `Bearer ${credentials.token}` }
      : { 'x-auth-key': credentials.key, 'x-auth-email': credentials.email };

  // Read to its end: an answer that is cut half way is none, and must never be taken for an empty one.
  const once = async (method: string, path: string, body?: unknown): Promise<Answer> => {
    const json: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
    const response = await fetch(base + path, {
      method,
      headers: { ...headers, ...json },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(patienceMs),
    });
    return { status: response.status, ok: response.ok, text: await response.text() };
  };
  const request = async (method: string, path: string, body?: unknown): Promise<Answer> => {
    for (let left = method === 'POST' ? 0 : retries; ; left--) {
      try {
        return await once(method, path, body);
      } catch (cause) {
        if (left > 0) continue;
        const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
        const reason = inner instanceof Error ? inner.message : String(inner);
        const what = `Cloudflare's API cannot be reached at ${base}: ${reason}`;
        throw new CliFailure('unreachable', what, exitCode.unreachable);
      }
    }
  };
  const call = async (method: string, path: string, body?: unknown): Promise<Envelope> => {
    const response = await request(method, path, body);
    const envelope = readEnvelope(response);
    if (!response.ok || envelope.success === false) throw refusal(method, path, response.status, envelope);
    return envelope;
  };
  return {
    accountId,
    get: async <T>(path: string) => (await call('GET', path)).result as T,
    async page<T>(path: string, cursor: string) {
      const at = cursor === '' ? path : `${path}${path.includes('?') ? '&' : '?'}cursor=${encodeURIComponent(cursor)}`;
      const { result, result_info: info } = await call('GET', at);
      const next = info?.cursor || info?.cursors?.after;
      return { items: (result ?? []) as T[], ...(next ? { cursor: next } : {}) };
    },
    send: async (method, path, body) => (await call(method, path, body)).result,
    async text(path) {
      const response = await request('GET', path);
      if (response.status === 404) return undefined;
      if (!response.ok) throw refusal('GET', path, response.status, readEnvelope(response));
      return response.text;
    },
  };
}

function readEnvelope({ text }: Answer): Envelope {
  try {
    return Object(JSON.parse(text)) as Envelope;
  } catch {
    return {};
  }
}

function refusal(method: string, path: string, status: number, { errors = [] }: Envelope): ApiRefusal {
  const said = errors.map(({ message, code }) => `${message ?? 'no reason'} [code: ${code ?? '?'}]`).join('; ');
  const hint = status === 401 || status === 403 ? `; the token needs ${neededPermissions}` : '';
  const what = `Cloudflare's API answered ${status} to ${method} ${path.split('?')[0]}`;
  return new ApiRefusal(status, errors[0]?.code, `${what}${said === '' ? '' : `: ${said}`}${hint}`);
}
