/** What of an account a deployment must know: plain data, so that plans can be tested as tables. */
import { mapLimited } from '../../../derive/concurrency.ts';
import { routeHost } from '../../../derive/plan/public-routes.ts';
import type { StoredDocuments } from '../../dev/registry/documents.ts';
import { type PublicRoute, zoneNames } from '../plan/public-route.ts';
import type { CloudflareApi, Page } from './cloudflare-api.ts';

/** A binding of a deployed version, as the API tells it. */
export interface AccountBinding {
  readonly name: string;
  readonly type: string;
  readonly [key: string]: unknown;
}

export interface AccountWorker {
  readonly name: string;
  /** The tag of the version that has all traffic; undefined where it has none, or where several versions share it. */
  readonly tag?: string;
  /** The version came about by an upload, and not by a change of a secret, which leaves no tag. */
  readonly uploaded: boolean;
  /** Several versions share the traffic. */
  readonly shared: boolean;
  readonly bindings: readonly AccountBinding[];
  /** Names of the entrypoints that the version exports, where the account tells them. */
  readonly entrypoints?: readonly string[];
  readonly workersDev: boolean;
  readonly previews: boolean;
}

export interface AccountRoute {
  readonly id: string;
  readonly zoneId: string;
  readonly pattern: string;
  readonly script?: string;
}

export interface AccountDomain {
  readonly hostname: string;
  readonly zoneId: string;
  readonly service: string;
}

export interface AccountState {
  readonly accountId: string;
  /** Names of all Workers. */
  readonly names: ReadonlySet<string>;
  /** The Workers that were asked for, as far as they exist. */
  readonly workers: Readonly<Record<string, AccountWorker>>;
  /** Routes of the zones that were asked for. */
  readonly routes: readonly AccountRoute[];
  readonly domains: readonly AccountDomain[];
  /** Zone ids by route pattern; a pattern that is missing belongs to no zone of the account. */
  readonly zones: Readonly<Record<string, string>>;
}

export interface AccountRegistry {
  /** Undefined where the account has no such namespace. */
  readonly id?: string;
  readonly documents: StoredDocuments;
}

/** Calls to the API at a time. */
const width = 6;

export async function readRegistry(api: CloudflareApi, title: string): Promise<AccountRegistry> {
  const found = (await listNamespaces(api)).find((one) => one.title === title);
  if (found === undefined) return { documents: {} };
  return { id: found.id, documents: await readDocuments(api, found.id) };
}

interface Namespace {
  readonly id: string;
  readonly title: string;
}

/** Largest page that the API gives. */
const namespacesPerPage = 100;

async function listNamespaces(api: CloudflareApi): Promise<Namespace[]> {
  const all: Namespace[] = [];
  for (let page = 1; ; page++) {
    const path = `/accounts/${api.accountId}/storage/kv/namespaces?per_page=${namespacesPerPage}&page=${page}`;
    const rows = await api.get<readonly Namespace[]>(path);
    all.push(...rows);
    if (rows.length < namespacesPerPage) return all;
  }
}

/** Everything in the namespace; only documents are ever stored there. */
export async function readDocuments(api: CloudflareApi, namespace: string): Promise<Record<string, string>> {
  const path = `/accounts/${api.accountId}/storage/kv/namespaces/${namespace}`;
  const keys: { readonly name: string }[] = [];
  let cursor: string | undefined = '';
  while (cursor !== undefined) {
    const page: Page<{ readonly name: string }> = await api.page(`${path}/keys?limit=1000`, cursor);
    keys.push(...page.items);
    cursor = page.cursor;
  }
  const texts = await mapLimited(
    keys,
    width,
    async ({ name }) => [name, await api.text(`${path}/values/${encodeURIComponent(name)}`)] as const,
  );
  return Object.fromEntries(texts.flatMap(([name, text]) => (text === undefined ? [] : [[name, text]])));
}

export interface AccountQuestion {
  /** Deployed names of the Workers that matter. */
  readonly workers: readonly string[];
  /** Routes whose zones matter. */
  readonly routes: readonly PublicRoute[];
}

/** Reads what a plan must know. */
export async function readAccount(api: CloudflareApi, { workers, routes }: AccountQuestion): Promise<AccountState> {
  const base = `/accounts/${api.accountId}/workers`;
  const [scripts, domains] = await Promise.all([
    api.get<readonly { readonly id: string }[]>(`${base}/scripts`),
    api.get<readonly { readonly hostname: string; readonly zone_id: string; readonly service: string }[]>(
      `${base}/domains`,
    ),
  ]);
  const names = new Set(scripts.map(({ id }) => id));
  const existing = [...new Set(workers)].filter((name) => names.has(name));
  const read = await mapLimited(existing, width, (name) => readWorkerState(api, name));
  const zones = await findZones(api, routes);
  const lists = await mapLimited([...new Set(Object.values(zones))], width, (zoneId) => readRoutes(api, zoneId));
  return {
    accountId: api.accountId,
    names,
    workers: Object.fromEntries(read.map((worker) => [worker.name, worker])),
    routes: lists.flat(),
    domains: domains.map(({ hostname, zone_id, service }) => ({ hostname, zoneId: zone_id, service })),
    zones,
  };
}

interface VersionAnswer {
  readonly annotations?: Readonly<Record<string, string>>;
  readonly resources?: {
    readonly bindings?: readonly AccountBinding[];
    readonly script?: { readonly named_handlers?: readonly { readonly name: string }[] };
  };
}

/** The Worker as its newest deployment runs it; of several versions, the one with the greatest share. */
export async function readWorkerState(api: CloudflareApi, name: string): Promise<AccountWorker> {
  const script = `/accounts/${api.accountId}/workers/scripts/${name}`;
  const [{ deployments }, subdomain] = await Promise.all([
    api.get<{
      readonly deployments: readonly {
        readonly versions: readonly { readonly version_id: string; readonly percentage: number }[];
      }[];
    }>(`${script}/deployments`),
    api.get<{ readonly enabled: boolean; readonly previews_enabled?: boolean }>(`${script}/subdomain`),
  ]);
  const versions = [...(deployments[0]?.versions ?? [])].sort((one, other) => other.percentage - one.percentage);
  const [main] = versions;
  const version: VersionAnswer = main === undefined ? {} : await api.get(`${script}/versions/${main.version_id}`);
  const tag = version.annotations?.['workers/tag'];
  const handlers = version.resources?.script?.named_handlers;
  return {
    name,
    ...(tag === undefined || versions.length > 1 ? {} : { tag }),
    uploaded: version.annotations?.['workers/triggered_by']?.includes('upload') ?? true,
    shared: versions.length > 1,
    bindings: version.resources?.bindings ?? [],
    ...(handlers === undefined ? {} : { entrypoints: handlers.map((handler) => handler.name) }),
    workersDev: subdomain.enabled,
    previews: subdomain.previews_enabled ?? subdomain.enabled,
  };
}

async function readRoutes(api: CloudflareApi, zoneId: string): Promise<AccountRoute[]> {
  const rows = await api.get<readonly { readonly id: string; readonly pattern: string; readonly script?: string }[]>(
    `/zones/${zoneId}/workers/routes`,
  );
  return rows.map(({ id, pattern, script }) => ({ id, zoneId, pattern, ...(script ? { script } : {}) }));
}

/** As wrangler finds the zone of a route: by its id, by its name, or by the longest name that ends its host. */
async function findZones(api: CloudflareApi, routes: readonly PublicRoute[]): Promise<Record<string, string>> {
  const ids = new Map<string, Promise<string | undefined>>();
  const lookUp = (name: string) => {
    const known = ids.get(name) ?? zoneId(api, name);
    ids.set(name, known);
    return known;
  };
  const zones: Record<string, string> = {};
  for (const { pattern, zoneId: said, zoneName } of routes) {
    let id = said;
    for (const name of zoneNames(zoneName ?? routeHost(pattern))) id ??= await lookUp(name);
    if (id !== undefined) zones[pattern] = id;
  }
  return zones;
}

async function zoneId(api: CloudflareApi, name: string): Promise<string | undefined> {
  const query = `name=${encodeURIComponent(name)}&account.id=${api.accountId}`;
  return (await api.get<readonly { readonly id: string }[]>(`/zones?${query}`))[0]?.id;
}

/** Names of the Workers that bind a Worker, by calls or by its Durable Objects. */
export async function readReferences(api: CloudflareApi, name: string): Promise<string[]> {
  interface References {
    readonly services?: { readonly incoming?: readonly { readonly service: string }[] };
    readonly durable_objects?: readonly { readonly service: string }[];
  }
  const found = await api.get<References>(`/accounts/${api.accountId}/workers/scripts/${name}/references`);
  const all = [...(found.services?.incoming ?? []), ...(found.durable_objects ?? [])].map(({ service }) => service);
  return [...new Set(all)].filter((user) => user !== name).sort();
}
