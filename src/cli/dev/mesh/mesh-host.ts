/** A mesh that runs: one miniflare instance, and what it was derived from. */
import { Miniflare, type MiniflareOptions } from 'miniflare';
import type { MeshPlan } from '../../../derive/plan/mesh-plan.ts';
import { FrontSockets } from '../front/front-sockets.ts';
import { LineLog } from '../logs/line-log.ts';
import { SourceFrames } from '../logs/source-frames.ts';
import { failedStart, formatWorkerLog, type StructuredLog } from '../logs/worker-log.ts';
import { type DocumentStore, documentStore } from '../registry/registry-store.ts';
import { type DerivedMesh, deriveMesh, type MeshParts } from './derive-mesh.ts';
import { frontEntrypoint, gatewayName } from './gateway.ts';
import { type MeshSettings, meshOptions, ownWorkerName } from './mesh-options.ts';

/** What the ready line says. */
export interface ReadyInfo {
  readonly ready: true;
  readonly gateway: string;
  readonly control: string;
  /** The HTTP door of identity: `/.well-known/jwks.json` and `/v1/`. */
  readonly identity: string;
  readonly token: string;
  readonly services: Readonly<Record<string, { readonly url: string; readonly host: string }>>;
}

export interface HostOptions extends MeshSettings {
  /** Port of the gateway; 0 for any. */
  readonly port: number;
  readonly persistRoot: string;
  readonly onLine: (line: string) => void;
}

/** Names of the addresses of a mesh; those of services have a prefix, so that no service takes one of the others. */
const outer = {
  gateway: 'gateway',
  control: 'control',
  identity: 'identity',
  service: (service: string) => `service ${service}`,
};

/** Thrown where workerd does not take the new mesh; `worker` is whose code failed, where that is known. */
export class StartFailure extends Error {
  constructor(
    readonly worker: string | undefined,
    options: ErrorOptions,
  ) {
    super(worker === undefined ? 'the Workers do not start' : `${worker} does not start; its error is above`, options);
  }
}

/** The process of the mesh: it is started with one derived mesh, and takes another in its place, at the same addresses. */
export class MeshHost {
  readonly #options: HostOptions;
  readonly #frames = new SourceFrames();
  readonly #told = new Set<string>();
  readonly #front = new FrontSockets();
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

  /**
   * Runs a mesh, the first one or in place of the one before; requests wait meanwhile. Rejects with a `StartFailure` where workerd does
   * not take it: then they wait on, for another run or for `letGo`.
   */
  async run(mesh: DerivedMesh): Promise<void> {
    this.#mesh = mesh;
    this.#failed = undefined;
    const options = await this.#miniflareOptions(mesh);
    await this.#front.hold();
    try {
      if (this.#mf === undefined) this.#mf = new Miniflare(options);
      else await this.#mf.setOptions(options);
      await this.#mf.ready;
      this.#front.release(await this.#innerPorts());
    } catch (cause) {
      throw new StartFailure(this.#failed, { cause });
    }
  }

  /** Ends the waiting of requests that no run will answer; nothing happens where the mesh runs. */
  letGo(): void {
    if (this.#front.held) this.#front.release(new Map());
  }

  async info(): Promise<ReadyInfo> {
    const { port, token } = this.#options;
    const gateway = await this.#front.url(outer.gateway, port);
    const services: Record<string, { url: string; host: string }> = {};
    for (const { service } of this.mesh.plan.edges) {
      const url = await this.#front.url(outer.service(service));
      services[service] = { url, host: `${service}.localhost:${new URL(gateway).port}` };
    }
    const control = await this.#front.url(outer.control);
    const identity = await this.#front.url(outer.identity);
    return { ready: true, gateway, control, identity, token, services };
  }

  async stop(): Promise<void> {
    this.#front.close();
    await this.#mf?.dispose();
  }

  /** Where workerd listens now, by the names that the front gives to addresses. */
  async #innerPorts(): Promise<Map<string, number>> {
    const { plan } = this.mesh;
    const gateway = gatewayName(plan);
    const sockets: [string, string, string?][] = [
      [outer.gateway, gateway],
      [outer.control, ownWorkerName(plan, 'control')],
      [outer.identity, ownWorkerName(plan, 'identity')],
      ...plan.edges.map(({ service }, index): [string, string, string] => [
        outer.service(service),
        gateway,
        frontEntrypoint(index),
      ]),
    ];
    const ports = new Map<string, number>();
    for (const [name, worker, entrypoint] of sockets)
      ports.set(name, Number((await this.mf.unsafeGetDirectURL(worker, entrypoint)).port));
    return ports;
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
