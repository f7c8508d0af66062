/** One request to the API as the handlers see it, and the table by which a handler is found. */
import type { AccountState, Script } from './account-state.ts';
import { badRequest, scriptNotFound } from './api-failure.ts';

export interface ApiCall {
  readonly method: string;
  /** Below `/client/v4`, still encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
  /** Named segments of the path, decoded. */
  readonly params: Readonly<Record<string, string>>;
}

/** What a handler gives back: the `result` of Cloudflare's envelope, or bytes where the call has none. */
export interface ApiReply {
  readonly result?: unknown;
  readonly info?: Readonly<Record<string, unknown>>;
  readonly status?: number;
  readonly raw?: { readonly bytes: Buffer; readonly headers: Readonly<Record<string, string>> };
}

export interface ApiRoute {
  readonly method: string;
  readonly pattern: readonly string[];
  /** What the call does, in a few words; also said of a call that is refused. */
  readonly meaning: (call: ApiCall) => string;
  readonly handle: (call: ApiCall, state: AccountState) => ApiReply | Promise<ApiReply>;
}

/**
 * A row of the table. In `meaning`, `{name}` stands for the segment of that name.
 * `on('GET', '/accounts/:account/workers/scripts/:name/secrets', 'list secrets of {name}', ...)`
 */
export function on(
  method: string,
  path: string,
  meaning: string | ((call: ApiCall) => string),
  handle: ApiRoute['handle'],
): ApiRoute {
  const say =
    typeof meaning === 'string'
      ? (call: ApiCall) => meaning.replace(/\{(\w+)\}/g, (_all, name: string) => call.params[name] ?? '')
      : meaning;
  return { method, pattern: path.split('/'), meaning: say, handle };
}

/** The row for a request, with the decoded segments of its path. */
export function findRoute(
  table: readonly ApiRoute[],
  method: string,
  path: string,
): { readonly route: ApiRoute; readonly params: Record<string, string> } | undefined {
  const segments = path.split('/');
  for (const route of table) {
    if (route.method !== method || route.pattern.length !== segments.length) continue;
    const params: Record<string, string> = {};
    const fits = route.pattern.every((part, index) => {
      const segment = segments[index] as string;
      if (!part.startsWith(':')) return part === segment;
      params[part.slice(1)] = decodeURIComponent(segment);
      return segment !== '';
    });
    if (fits) return { route, params };
  }
  return undefined;
}

export function jsonBody(call: ApiCall): Record<string, unknown> {
  return parseJson(call.body) as Record<string, unknown>;
}

export function jsonList(call: ApiCall): readonly Record<string, unknown>[] {
  const list = parseJson(call.body);
  if (!Array.isArray(list)) throw badRequest('The body must be a JSON list.');
  return list as Record<string, unknown>[];
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    throw badRequest('Could not parse the JSON of the body.');
  }
}

/** A part of a form; a plain text field has the type `text/plain`. */
export interface FormPart {
  readonly name: string;
  readonly type: string;
  readonly contents: Buffer;
}

export async function formParts(call: ApiCall): Promise<readonly FormPart[]> {
  const type = call.headers['content-type'] ?? '';
  if (!type.startsWith('multipart/form-data')) throw badRequest(`Expected a form, not "${type}".`);
  const form = await new Response(new Uint8Array(call.body), { headers: { 'content-type': type } }).formData();
  const fields: [string, string | Blob][] = [];
  form.forEach((value, name) => {
    fields.push([name, value]);
  });
  return Promise.all(
    fields.map(async ([name, value]) =>
      typeof value === 'string'
        ? { name, type: 'text/plain', contents: Buffer.from(value) }
        : { name, type: value.type, contents: Buffer.from(await value.arrayBuffer()) },
    ),
  );
}

export function scriptOf(call: ApiCall, state: AccountState): Script {
  const script = state.scripts[call.params.name ?? ''];
  if (script === undefined) throw scriptNotFound();
  return script;
}

/** `wrangler` or `api`, as the account remembers who changed a Worker last. */
export function sourceOf(call: ApiCall): string {
  return call.headers['user-agent']?.startsWith('wrangler/') ? 'wrangler' : 'api';
}
