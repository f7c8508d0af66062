/**
 * An account's Workers, run: one workerd process with the code that was uploaded, and a front that hands each request to the
 * Worker that Cloudflare would. So a test can call what it deployed, and go on calling while it deploys.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Miniflare, type WorkerOptions } from 'miniflare';
import { withAssetDisks } from '../../../src/cli/dev/mesh/asset-disks.ts';
import { findUnknownFlags } from '../../../src/derive/configs/known-flags.ts';
import type { Account } from './account.ts';
import type { AccountState, KvEntry } from './account-state.ts';
import { workerFor } from './route-match.ts';
import { absentWorker, runningScript } from './running-workers.ts';

/** No name of a Worker in the account can have an upper case letter. */
const frontName = 'FRONT';

/**
 * Requests from outside arrive as https with what Cloudflare adds to them; requests of Workers to hosts of the account come in by
 * the same way, and those to other hosts fail, since no test goes online.
 */
const frontCode = `
import { WorkerEntrypoint } from 'cloudflare:workers';
const cf = { colo: 'DFW', country: 'US', continent: 'NA', city: 'Austin', asn: 395747, httpProtocol: 'HTTP/2', tlsVersion: 'TLSv1.3',
  timezone: 'America/Chicago', tlsClientAuth: { certPresented: '0', certVerified: 'NONE', certRevoked: '0' } };
async function dispatch(request, env) {
  const asked = request.url.replace(/^http:/, 'https:');
  const name = await (await env.ROUTING.fetch('http://routing/', { method: 'POST', body: asked })).text();
  if (name === '') return new Response('error code: 522: no Worker answers at ' + asked, { status: 522 });
  const forward = new Request(new Request(asked, request), { cf });
  forward.headers.set('Host', new URL(asked).host);
  forward.headers.set('CF-Connecting-IP', '203.0.113.7');
  forward.headers.set('X-Forwarded-Proto', 'https');
  return env[env.WORKERS[name]].fetch(forward);
}
export class Internet extends WorkerEntrypoint { fetch(request) { return dispatch(request, this.env); } }
export default { fetch: dispatch };
`;

export interface RunningAccount {
  /** Where the front listens; the host is taken from the Host header. It does not see later deployments unless `refresh` is called. */
  readonly url: string;
  readonly mf: Miniflare;
  /** Bindings that the Workers run without, since they have no local form. */
  readonly missing: readonly string[];
  /**
   * Asks a host of the account, as deployed at this moment; changes since the last call are taken up first. The answer is read to
   * its end, so that a later change does not cut it.
   */
  fetch(url: string, init?: RequestInit): Promise<Response>;
  /** Takes up what was deployed since. Durable Objects and KV keep their contents. */
  refresh(): Promise<void>;
  /** Runs the `scheduled` handler of a Worker. */
  scheduled(worker: string, cron: string): Promise<{ readonly outcome: string }>;
  /** What the Workers see under a key of a namespace of the account. */
  readKv(namespaceId: string, key: string): Promise<string | null>;
  /** Puts values that Workers wrote back into the account, so that the API shows them. */
  pullKv(): Promise<void>;
  stop(): Promise<void>;
}

/** What is used of miniflare's bindings, whose own types clash with those of this program. */
interface Store {
  get(key: string): Promise<string | null>;
  get(key: string, type: 'arrayBuffer'): Promise<ArrayBuffer | null>;
  put(key: string, value: Uint8Array, options: object): Promise<void>;
  delete(key: string): Promise<void>;
  list(options: object): Promise<{ keys: { name: string; metadata?: unknown }[]; cursor?: string }>;
}

export async function runAccount(account: Account): Promise<RunningAccount> {
  const { state } = account;
  const folder = await mkdtemp(join(tmpdir(), 'selvedge-running-'));
  const knownFlags = new Map<string, boolean>();
  const applied = new Map<string, KvEntry>();
  let missing: readonly string[] = [];
  let revision = state.revision;
  let active = 0;
  let turn: Promise<unknown> = Promise.resolve();

  async function options() {
    await learnFlags(state, knownFlags);
    revision = state.revision;
    const scripts = await Promise.all(
      Object.values(state.scripts).map((script) =>
        runningScript(
          state,
          script,
          { name: frontName, entrypoint: 'Internet' },
          folder,
          (flag) => knownFlags.get(flag) ?? false,
        ),
      ),
    );
    missing = scripts.flatMap((script) => script.missing);
    const workers = withAssetDisks([front(state), absentWorker, ...scripts.map((script) => script.options)]);
    return { workers, cf: false as const, host: '127.0.0.1', port: 0 };
  }

  const mf = new Miniflare(await options());
  let url = (await mf.ready).origin;
  await pushKv();

  async function namespace(id: string): Promise<Store> {
    return (await mf.getKVNamespace(`KV_${id}`, frontName)) as unknown as Store;
  }

  /** Only entries that changed in the account: what Workers wrote stays. */
  async function pushKv(): Promise<void> {
    for (const { id, entries } of Object.values(state.kv)) {
      const store = await namespace(id);
      for (const [key, entry] of entries) {
        if (applied.get(`${id}/${key}`) === entry) continue;
        const { metadata, expiration } = entry;
        await store.put(key, new Uint8Array(entry.value), { metadata, expiration });
        applied.set(`${id}/${key}`, entry);
      }
      for (const place of [...applied.keys()].filter((one) => one.startsWith(`${id}/`))) {
        const key = place.slice(id.length + 1);
        if (entries.has(key)) continue;
        await store.delete(key);
        applied.delete(place);
      }
    }
  }

  /** One after the other, and only when no request is under way, since workerd begins anew. */
  function refresh(): Promise<void> {
    const next = turn.then(async () => {
      if (revision === state.revision) return;
      while (active > 0) await new Promise((resolve) => setTimeout(resolve, 5));
      await mf.setOptions(await options());
      url = (await mf.ready).origin;
      await pushKv();
    });
    turn = next.catch(() => undefined);
    return next;
  }

  return {
    get url() {
      return url;
    },
    mf,
    get missing() {
      return missing;
    },
    async fetch(asked, init) {
      await refresh();
      active++;
      try {
        const response = await mf.dispatchFetch(asked, { redirect: 'manual', ...init } as never);
        const body = [101, 204, 205, 304].includes(response.status) ? null : await response.arrayBuffer();
        return new Response(body, { status: response.status, headers: [...response.headers] as [string, string][] });
      } finally {
        active--;
      }
    },
    refresh,
    async scheduled(worker, cron) {
      await refresh();
      const fetcher = (await mf.getWorker(worker)) as unknown as {
        scheduled(options: { cron: string }): Promise<{ outcome: string }>;
      };
      return fetcher.scheduled({ cron });
    },
    async readKv(id, key) {
      await refresh();
      return (await namespace(id)).get(key);
    },
    async pullKv() {
      for (const { id, entries } of Object.values(state.kv)) await pull(await namespace(id), id, entries, applied);
    },
    async stop() {
      await mf.dispose();
      await rm(folder, { recursive: true, force: true });
    },
  };

  function front(of: AccountState): WorkerOptions {
    const names = Object.keys(of.scripts);
    return {
      name: frontName,
      modules: true,
      script: frontCode,
      compatibilityDate: '2026-04-21',
      bindings: { WORKERS: Object.fromEntries(names.map((name, index) => [name, `WORKER_${index}`])) },
      kvNamespaces: Object.fromEntries(Object.keys(of.kv).map((id) => [`KV_${id}`, id])),
      serviceBindings: {
        ...Object.fromEntries(names.map((name, index) => [`WORKER_${index}`, name])),
        ROUTING: async (request: Request) => new Response(workerFor(of, new URL(await request.text())) ?? ''),
      },
    } as unknown as WorkerOptions;
  }
}

async function pull(store: Store, id: string, entries: Map<string, KvEntry>, applied: Map<string, KvEntry>) {
  const names = new Set<string>();
  let cursor: string | undefined;
  do {
    const page = await store.list({ cursor });
    for (const { name, metadata } of page.keys) {
      names.add(name);
      const value = Buffer.from((await store.get(name, 'arrayBuffer')) ?? new ArrayBuffer(0));
      if (entries.get(name)?.value.equals(value)) continue;
      const entry: KvEntry = { value, ...(metadata === undefined ? {} : { metadata }) };
      entries.set(name, entry);
      applied.set(`${id}/${name}`, entry);
    }
    cursor = page.cursor;
  } while (cursor !== undefined);
  for (const name of [...entries.keys()].filter((key) => !names.has(key))) {
    entries.delete(name);
    applied.delete(`${id}/${name}`);
  }
}

/** Asks workerd once about each flag that a Worker was uploaded with. */
async function learnFlags(state: AccountState, known: Map<string, boolean>): Promise<void> {
  const flags = Object.values(state.scripts).flatMap(({ metadata }) => metadata.compatibility_flags ?? []);
  const fresh = flags.filter((flag) => !known.has(flag));
  const unknown = await findUnknownFlags(fresh);
  for (const flag of fresh) known.set(flag, !unknown.has(flag));
}
