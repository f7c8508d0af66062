/** KV: namespaces, values one by one and in bulk. */
import { type AccountState, type KvEntry, type KvNamespace, newId } from './account-state.ts';
import { type ApiCall, type ApiReply, type ApiRoute, formParts, jsonBody, jsonList, on } from './api-call.ts';
import { ApiFailure } from './api-failure.ts';

const namespaces = '/accounts/:account/storage/kv/namespaces';
const one = `${namespaces}/:namespace`;
const keysPerPage = 1000;

function namespaceOf(call: ApiCall, state: AccountState): KvNamespace {
  const namespace = state.kv[call.params.namespace ?? ''];
  if (namespace === undefined) throw new ApiFailure(404, 10013, 'get namespace: namespace not found');
  return namespace;
}

function namespaceResult({ id, title }: KvNamespace) {
  return { id, title, supports_url_encoding: true };
}

function createNamespace(call: ApiCall, state: AccountState): ApiReply {
  const title = String(jsonBody(call).title);
  if (Object.values(state.kv).some((namespace) => namespace.title === title))
    throw new ApiFailure(400, 10014, 'create namespace: a namespace with this account ID and title already exists');
  const namespace: KvNamespace = { id: newId(), title, entries: new Map() };
  state.kv[namespace.id] = namespace;
  return { result: namespaceResult(namespace) };
}

function listNamespaces(call: ApiCall, state: AccountState): ApiReply {
  const all = Object.values(state.kv).sort((a, b) => a.title.localeCompare(b.title));
  const perPage = Number(call.query.get('per_page') ?? 20);
  const page = Number(call.query.get('page') ?? 1);
  const rows = all.slice((page - 1) * perPage, page * perPage);
  return {
    result: rows.map(namespaceResult),
    info: { page, per_page: perPage, count: rows.length, total_count: all.length },
  };
}

function expirationOf(expiration: unknown, ttl: unknown): Pick<KvEntry, 'expiration'> {
  if (expiration !== undefined && expiration !== null) return { expiration: Number(expiration) };
  if (ttl !== undefined && ttl !== null) return { expiration: Math.floor(Date.now() / 1000) + Number(ttl) };
  return {};
}

async function putValue(call: ApiCall, state: AccountState): Promise<ApiReply> {
  const namespace = namespaceOf(call, state);
  const expiration = expirationOf(call.query.get('expiration'), call.query.get('expiration_ttl'));
  const parts = call.headers['content-type']?.startsWith('multipart/form-data') ? await formParts(call) : [];
  const metadata = parts.find(({ name }) => name === 'metadata')?.contents.toString();
  namespace.entries.set(call.params.key ?? '', {
    value: parts.find(({ name }) => name === 'value')?.contents ?? call.body,
    ...(metadata === undefined ? {} : { metadata: JSON.parse(metadata) }),
    ...expiration,
  });
  return { result: null };
}

function getValue(call: ApiCall, state: AccountState): ApiReply {
  const entry = namespaceOf(call, state).entries.get(call.params.key ?? '');
  if (entry === undefined) throw new ApiFailure(404, 10009, "get: 'key not found'");
  return { raw: { bytes: entry.value, headers: { 'content-type': 'application/octet-stream' } } };
}

function listKeys(call: ApiCall, state: AccountState): ApiReply {
  const prefix = call.query.get('prefix') ?? '';
  const start = Number(call.query.get('cursor') ?? 0);
  const all = [...namespaceOf(call, state).entries].filter(([name]) => name.startsWith(prefix)).sort();
  const rows = all.slice(start, start + keysPerPage);
  const cursor = start + rows.length < all.length ? String(start + rows.length) : '';
  return {
    result: rows.map(([name, { metadata, expiration }]) => ({
      name,
      ...(metadata === undefined ? {} : { metadata }),
      ...(expiration === undefined ? {} : { expiration }),
    })),
    info: { count: rows.length, cursor },
  };
}

function putMany(call: ApiCall, state: AccountState): ApiReply {
  const namespace = namespaceOf(call, state);
  const rows = jsonList(call);
  for (const { key, value, base64, metadata, expiration, expiration_ttl } of rows) {
    if (typeof key !== 'string' || typeof value !== 'string')
      throw new ApiFailure(400, 10012, 'put bulk: every entry needs a key and a value that are strings');
    namespace.entries.set(key, {
      value: Buffer.from(value, base64 === true ? 'base64' : 'utf8'),
      ...(metadata === undefined ? {} : { metadata }),
      ...expirationOf(expiration, expiration_ttl),
    });
  }
  return { result: { successful_key_count: rows.length, unsuccessful_keys: [] } };
}

function deleteMany(call: ApiCall, state: AccountState): ApiReply {
  const namespace = namespaceOf(call, state);
  const keys = JSON.parse(call.body.toString()) as readonly (string | { readonly name: string })[];
  for (const key of keys) namespace.entries.delete(typeof key === 'string' ? key : key.name);
  return { result: { successful_key_count: keys.length, unsuccessful_keys: [] } };
}

const keysOf = (call: ApiCall) =>
  jsonList(call)
    .map(({ key }) => String(key))
    .join(', ');

export const kvCalls: readonly ApiRoute[] = [
  on('GET', namespaces, 'list KV namespaces', listNamespaces),
  on('POST', namespaces, (call) => `create KV namespace ${jsonBody(call).title}`, createNamespace),
  on('GET', one, 'read a KV namespace', (call, state) => ({ result: namespaceResult(namespaceOf(call, state)) })),
  on('PUT', one, 'rename a KV namespace', (call, state) => {
    const namespace = namespaceOf(call, state);
    namespace.title = String(jsonBody(call).title);
    return { result: namespaceResult(namespace) };
  }),
  on('DELETE', one, 'delete a KV namespace', (call, state) => {
    delete state.kv[namespaceOf(call, state).id];
    return { result: null };
  }),
  on('GET', `${one}/keys`, 'list KV keys', listKeys),
  on('GET', `${one}/values/:key`, 'get KV {key}', getValue),
  on('PUT', `${one}/values/:key`, 'put KV {key}', putValue),
  on('DELETE', `${one}/values/:key`, 'delete KV {key}', (call, state) => {
    namespaceOf(call, state).entries.delete(call.params.key ?? '');
    return { result: null };
  }),
  on('PUT', `${one}/bulk`, (call) => `put KV ${keysOf(call)}`, putMany),
  on('DELETE', `${one}/bulk`, 'delete KV keys', deleteMany),
  on('POST', `${one}/bulk/delete`, 'delete KV keys', deleteMany),
  on('POST', `${one}/bulk/get`, 'get KV keys', (call, state) => {
    const { entries } = namespaceOf(call, state);
    const keys = jsonBody(call).keys as readonly string[];
    return {
      result: { values: Object.fromEntries(keys.map((key) => [key, entries.get(key)?.value.toString() ?? null])) },
    };
  }),
];
