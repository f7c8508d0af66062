/** A mesh that runs: one miniflare instance, and what it was derived from. */
import { Miniflare, type MiniflareOptions } from 'miniflare';
import type { MeshPlan } from '../../derive/plan.ts';
import { type DerivedMesh, deriveMesh, type MeshParts } from './derive-mesh.ts';
import { frontEntrypoint, gatewayName } from './gateway.ts';
import { LineLog } from './line-log.ts';
import { SourceFrames } from './logs/source-frames.ts';
import { failedStart, formatWorkerLog, type StructuredLog } from './logs/worker-log.ts';
import { type MeshSettings, meshOptions, ownWorkerName } from './mesh-options.ts';
import { type DocumentStore, documentStore } from './registry-store.ts';

/** What the ready line says. */
export interface ReadyInfo {
  readonly ready: true;
  readonly gateway: string;
  readonly control: string;
  /** The HTTP door of identity: `/.well-known/jwks.json?trust-domain=NAME`, with the token. */
  readonly identity: string;
  readonly token: string;
  readonly services: Readonly<Record<string, { readonly url: string; readonly host: string }>>;
}

export interface HostOptions extends MeshSettings {
  readonly persistRoot: string;
  readonly onLine: (line: string) => void;
}

/** Thrown where workerd does not take the new mesh; `worker` is whose code failed, where that is known. */
export class StartFailure extends Error {
  constructor(
    readonly worker: string | undefined,
    options: ErrorOptions,
  ) {
    super(worker === undefined ? 'the Workers do not start' : `${worker} does not start; its error is above`, options);
  }
}

/** The process of the mesh: it is started with one derived mesh, and takes another in its place without changing its ports. */
export class MeshHost {
  readonly #options: HostOptions;
  readonly #frames = new SourceFrames();
  readonly #told = new Set<string>();
  #mf: Miniflare | undefined;
  #mesh: DerivedMesh | undefined;
  /** While workerd starts: the Worker whose code failed. */
  #failed: string | undefined;

  constructor(options: HostOptions) {
    this.#options = options;
  }

  get mf(): Miniflare {
    if (this.#mf === undefined) throw new Error('the mesh has not been started');
    return this.#mf;
  }

  get mesh(): DerivedMesh {
    if (this.#mesh === undefined) throw new Error('the mesh has not been started');
    return this.#mesh;
  }

  /** Says a thing that stays true from reload to reload, once. */
  note(line: string): void {
    if (this.#told.has(line)) return;
    this.#told.add(line);
    this.#options.onLine(line);
  }

  /** The documents in KV. */
  store(): Promise<DocumentStore> {
    return documentStore(this.mf, gatewayName(this.mesh.plan));
  }

  /** Derives a mesh from parts, as this host would run it. */
  derive(parts: MeshParts, store: DocumentStore): Promise<DerivedMesh> {
    return deriveMesh(parts, store, (line) => this.note(line));
  }

  /** Runs a mesh, the first one or in place of the one before. Rejects with a `StartFailure` where workerd does not take it. */
  async run(mesh: DerivedMesh): Promise<void> {
    this.#mesh = mesh;
    this.#failed = undefined;
    const options = await this.#miniflareOptions(mesh);
    try {
      if (this.#mf === undefined) this.#mf = new Miniflare(options);
      else await this.#mf.setOptions(options);
      await this.#mf.ready;
    } catch (cause) {
      throw new StartFailure(this.#failed, { cause });
    }
  }

  async info(): Promise<ReadyInfo> {
    const { plan } = this.mesh;
    const at = async (worker: string, entrypoint?: string) => await this.mf.unsafeGetDirectURL(worker, entrypoint);
    const gateway = await at(gatewayName(plan));
    const services: Record<string, { url: string; host: string }> = {};
    for (const { service } of plan.edges) {
      const url = await at(gatewayName(plan), frontEntrypoint(this.#options.fronts.of(service)));
      services[service] = { url: url.origin, host: `${service}.localhost:${gateway.port}` };
    }
    const control = await at(ownWorkerName(plan, 'control'));
    const identity = await at(ownWorkerName(plan, 'identity'));
    const { token } = this.#options;
    return {
      ready: true,
      gateway: gateway.origin,
      control: control.origin,
      identity: identity.origin,
      token,
      services,
    };
  }

  async stop(): Promise<void> {
    await this.#mf?.dispose();
  }

  async #miniflareOptions(mesh: DerivedMesh): Promise<MiniflareOptions> {
    const { onLine, persistRoot } = this.#options;
    return {
      cf: false,
      host: '127.0.0.1',
      port: 0,
      log: new LineLog(onLine),
      handleStructuredLogs: (log: StructuredLog) => this.#onLog(log),
      logRequests: false,
      defaultPersistRoot: persistRoot,
      workers: await meshOptions(mesh, this.#options),
    };
  }

  #onLog(log: StructuredLog): void {
    const failed = failedStart(log.message);
    if (failed !== undefined) this.#failed ??= failed;
    const folderOf = (name: string) => this.#mesh?.workers.find(({ read }) => read.source.name === name)?.bundle.folder;
    this.#options.onLine(formatWorkerLog(log, { frames: this.#frames, folderOf }));
  }
}

/** Whether two plans would run the same Workers with the same bindings. */
export function samePlan(one: MeshPlan, other: MeshPlan): boolean {
  return JSON.stringify({ ...one, notes: [] }) === JSON.stringify({ ...other, notes: [] });
}
