/**
 * The registry as an edge sees it: its documents in KV, read in the background, kept as snapshots in the isolate.
 *
 * Module state is plain data. A refresh under way is a start time that expires, never a shared promise: its owner may be
 * cancelled at any await, and whoever waited for it would hang.
 */
import { type EdgeVars, meshKey, serviceKey } from '../../core/configs/edge-config.ts';
import { refusal } from '../../core/errors/refusal.ts';
import {
  freshness,
  isStale,
  meshEveryRefreshes,
  refreshExpiresMs,
  registryWaitMs,
  waitAgainAfterMs,
} from '../../core/freshness.ts';
import { type HostIndex, hostIndex } from '../../core/urls/host-index.ts';
import { settledWithin } from '../../identity/settled-within.ts';
import { compileMesh, compileService } from '../../model/compile/compile.ts';
import { revisionOf } from '../../model/revision.ts';
import type { MeshSettings } from '../../model/snapshot.ts';
import { soundDocument } from '../../model/sound-document.ts';
import type { Lifetime, Mounted } from '../../proxy/call.ts';
import type { Deps, Lookup, Registry } from '../../proxy/deps.ts';
import { mount } from '../../proxy/mount.ts';
import type { EdgeReport } from '../../telemetry/batch.ts';

/** One document of this edge. `text` is the last value seen, served or not; equal bytes are not parsed again. */
interface Entry {
  text: string | null | undefined;
  mounted: Mounted | undefined;
  source: 'kv' | 'baked';
  /** Why the newest value is not served; `''` where it is. */
  problem: string;
}

/** Bulk reads take at most this many keys (platform limit). */
const keysPerRead = 100;

export interface RegistryOptions {
  readonly kv: KVNamespace;
  readonly vars: Pick<EdgeVars, 'SERVICES' | 'DECLARED' | 'HOSTS' | 'REFRESH_SECONDS'>;
  /** The documents that the deployment baked into the bundle, by KV key. */
  readonly baked: Readonly<Record<string, string>>;
  readonly now: () => number;
}

export class KvRegistry implements Registry {
  readonly #options: RegistryOptions;
  readonly #refreshMs: number;
  readonly #entries = new Map<string, Entry>();
  #mesh: MeshSettings | undefined;
  /** What counts until the mesh document has been read. */
  #unread: MeshSettings | undefined;
  #meshText: string | null | undefined;
  #meshProblem = '';
  /** Instant of the last successful read; undefined in a cold isolate. */
  #readAtMs: number | undefined;
  /** When this isolate first asked KV: the age of a baked document counts from here. */
  #firstAskedMs: number | undefined;
  #refreshStartedMs = -Infinity;
  #waitFailedMs = -Infinity;
  #refreshes = 0;
  /** Why the last refresh brought nothing; `''` where it did. */
  #readProblem = '';
  #deps: Deps | undefined;
  /** Of the documents that are mounted; made anew when one of them was. */
  #publicHosts: HostIndex<string> | undefined;

  constructor(options: RegistryOptions) {
    this.#options = options;
    this.#refreshMs = options.vars.REFRESH_SECONDS * 1000;
    for (const service of options.vars.SERVICES) {
      this.#entries.set(service, { text: undefined, mounted: undefined, source: 'kv', problem: '' });
    }
  }

  /** Snapshots are mounted onto the data path's parts, of which the registry itself is one. */
  attach(deps: Deps): void {
    this.#deps = deps;
  }

  settings(): MeshSettings {
    if (this.#mesh !== undefined) return this.#mesh;
    this.#unread ??= compileMesh(undefined, '');
    return this.#unread;
  }

  lookup(service: string, lifetime: Lifetime): Lookup | Promise<Lookup> {
    const entry = this.#entries.get(service);
    if (entry === undefined) return { found: false, detail: `this edge does not stand before ${service}` };
    const now = this.#options.now();
    const ageMs = this.#readAtMs === undefined ? Infinity : now - this.#readAtMs;
    const state = freshness(ageMs, this.#refreshMs);
    if (state === 'fresh') return this.#answer(entry);
    if (state === 'refresh' && entry.mounted !== undefined) {
      if (!this.#refreshing(now)) lifetime.waitUntil(this.#refresh());
      return this.#answer(entry);
    }
    // While KV is failing, one call a second finds that out for all.
    if (entry.mounted !== undefined && now - this.#waitFailedMs < waitAgainAfterMs) return this.#answer(entry);
    return this.#wait().then(() => this.#answer(entry));
  }

  serviceForHost(host: string): string | undefined | Promise<string | undefined> {
    const { HOSTS } = this.#options.vars;
    if (Object.hasOwn(HOSTS, host)) return HOSTS[host];
    if (this.#readAtMs !== undefined) return this.#publicService(host);
    return this.#wait().then(() => this.#publicService(host));
  }

  report(service: string, inFlight: number): EdgeReport {
    const entry = this.#entries.get(service);
    const snapshot = entry?.mounted?.snapshot;
    return {
      service,
      revision: snapshot?.revision ?? '',
      source: snapshot === undefined ? 'none' : (entry?.source ?? 'none'),
      readAtMs: this.#readAtMs ?? 0,
      stale: isStale(this.#ageMs(), this.#refreshMs),
      problem: [...new Set([entry?.problem, this.#meshProblem, this.#readProblem])].filter(Boolean).join('; '),
      inFlight,
    };
  }

  /** Of services that list the same host, the first of `SERVICES` has it; lint tells of them. */
  #publicService(host: string): string | undefined {
    this.#publicHosts ??= hostIndex(
      [...this.#entries].flatMap(([service, { mounted }]) =>
        (mounted?.snapshot.publicHosts ?? []).map((pattern) => [pattern, service] as const),
      ),
    );
    return this.#publicHosts(host);
  }

  #answer(entry: Entry): Lookup {
    if (entry.mounted === undefined)
      return { found: false, detail: entry.problem || this.#readProblem || 'KV did not answer in time' };
    const ageMs = this.#ageMs();
    const stale = isStale(ageMs, this.#refreshMs);
    return { found: true, served: { mounted: entry.mounted, ageMs, source: entry.source, stale } };
  }

  #ageMs(): number {
    const now = this.#options.now();
    return now - (this.#readAtMs ?? this.#firstAskedMs ?? now);
  }

  #refreshing(now: number): boolean {
    return now - this.#refreshStartedMs < refreshExpiresMs;
  }

  /** Waits for KV, but not long; afterwards every service has what can be had: its document, the baked one, or a reason. */
  async #wait(): Promise<void> {
    const begunMs = this.#options.now();
    await settledWithin(this.#refresh(), registryWaitMs);
    if ((this.#readAtMs ?? -Infinity) < begunMs) this.#waitFailedMs = this.#options.now();
    for (const [service, entry] of this.#entries) {
      if (entry.mounted === undefined) await this.#serveBaked(service, entry);
    }
  }

  async #refresh(): Promise<void> {
    this.#refreshStartedMs = this.#options.now();
    this.#firstAskedMs ??= this.#refreshStartedMs;
    const withMesh = this.#mesh === undefined || this.#meshProblem !== '' || this.#refreshes % meshEveryRefreshes === 0;
    this.#refreshes += 1;
    try {
      const keys = this.#options.vars.SERVICES.map(serviceKey);
      const values = await this.#read(withMesh ? [meshKey, ...keys] : keys);
      const meshChanged = withMesh && (await this.#takeMesh(values.get(meshKey) ?? null));
      for (const [service, entry] of this.#entries) {
        await this.#take(service, entry, values.get(serviceKey(service)) ?? null, meshChanged);
      }
      this.#readAtMs = this.#options.now();
      this.#readProblem = '';
    } catch (error) {
      this.#readProblem = `KV cannot be read: ${error instanceof Error ? error.message : String(error)}`;
      throw error;
    } finally {
      this.#refreshStartedMs = -Infinity;
    }
  }

  async #read(keys: readonly string[]): Promise<Map<string, string | null>> {
    // 30 s is the least that the platform allows; the default of 60 s would double the time an edit takes.
    const options = { type: 'text', cacheTtl: 30 } as const;
    const { kv } = this.#options;
    const only = keys.length === 1 ? keys[0] : undefined;
    if (only !== undefined) return new Map([[only, await kv.get(only, options)]]);
    const values = new Map<string, string | null>();
    for (let at = 0; at < keys.length; at += keysPerRead) {
      for (const [key, value] of await kv.get(keys.slice(at, at + keysPerRead), options)) values.set(key, value);
    }
    return values;
  }

  /** Answers whether the settings changed, so that documents compiled under the old ones are compiled anew. */
  async #takeMesh(text: string | null): Promise<boolean> {
    if (text === this.#meshText) return false;
    this.#meshText = text;
    this.#meshProblem = '';
    const usable = text ?? (this.#mesh === undefined ? this.#options.baked[meshKey] : undefined);
    if (usable === undefined) {
      if (this.#mesh === undefined) this.#mesh = this.settings();
      else this.#meshProblem = `the key ${meshKey} is absent from KV`;
      return false;
    }
    const revision = await revisionOf(usable);
    const document = soundDocument(usable, meshKey);
    if (document?.kind !== 'mesh') {
      this.#meshProblem = refusal(meshKey, revision);
      return false;
    }
    this.#mesh = compileMesh(document.mesh, revision);
    return true;
  }

  async #take(service: string, entry: Entry, text: string | null, meshChanged: boolean): Promise<void> {
    if (text === entry.text && !meshChanged) return;
    if (text !== null) {
      const problem = await this.#mountText(service, entry, text, 'kv');
      entry.problem = problem;
    } else {
      entry.problem = `the key ${serviceKey(service)} is absent from KV`;
    }
    entry.text = text;
  }

  async #serveBaked(service: string, entry: Entry): Promise<void> {
    const text = this.#options.baked[serviceKey(service)];
    const mesh = this.#options.baked[meshKey];
    if (this.#mesh === undefined && mesh !== undefined) await this.#takeMesh(mesh);
    if (text === undefined) return;
    const problem = await this.#mountText(service, entry, text, 'baked');
    if (problem !== '') entry.problem = `the baked document: ${problem}`;
  }

  /** Mounts a document, or says in one sentence why it cannot be; what was mounted before stays. */
  async #mountText(service: string, entry: Entry, text: string, source: 'kv' | 'baked'): Promise<string> {
    if (this.#deps === undefined) throw new Error('The registry is not attached to the data path.');
    if (this.#mesh === undefined && this.#meshProblem !== '') return this.#meshProblem;
    const key = serviceKey(service);
    const revision = await revisionOf(text);
    const document = soundDocument(text, key);
    if (document?.kind !== 'service') return refusal(key, revision);
    const declared = this.#options.vars.DECLARED[service] ?? [];
    const snapshot = compileService(document.service, this.settings(), { revision, declared });
    entry.mounted = mount(snapshot, this.#deps);
    entry.source = source;
    this.#publicHosts = undefined;
    return '';
  }
}
