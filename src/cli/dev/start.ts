/** `selvedge dev` as a function: derives a mesh from users' configs and runs all of it in one miniflare instance. */
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { Miniflare } from 'miniflare';
import { DerivationError } from '../../derive/derivation-error.ts';
import type { MeshPlan } from '../../derive/plan/mesh-plan.ts';
import { registryId } from '../../derive/plan/names.ts';
import { encryptionKeyOf } from './encryption-key.ts';
import { watchInvocations } from './logs/invocation-watch.ts';
import { gatherParts } from './mesh/derive-mesh.ts';
import { MeshHost, type ReadyInfo } from './mesh/mesh-host.ts';
import { type MeshSources, shippedSources } from './mesh/mesh-sources.ts';
import { findPort, isFree } from './ports.ts';
import { withRegistry } from './registry/registry-store.ts';
import { Reloader } from './reload.ts';
import { watchFiles } from './watch/watch-loop.ts';

export interface DevOptions {
  /** The users' wrangler configs, any file name. */
  readonly configs: readonly string[];
  /** Folder of documents. They are the truth at start: what differs in KV is overwritten. */
  readonly documents?: string;
  /** Port of the gateway; the first free one from 8787 unless said, 0 for any. */
  readonly port?: number;
  readonly environment?: string;
  /** Seconds after which an edge refreshes its snapshot; 1 unless said. */
  readonly refreshSeconds?: number;
  /** Where state is kept; `.wrangler/state` beside the first config unless said, as wrangler does it. */
  readonly persist?: string;
  /** The mesh's own Workers; those of this package unless said. */
  readonly sources?: Partial<MeshSources>;
  /** Whether changes of code, configs and documents are taken into the mesh while it runs. */
  readonly watch?: boolean;
  /** Ends a start that is under way; a mesh that runs is ended by `stop`. */
  readonly signal?: AbortSignal;
  /** Receives warnings and what Workers log, one line each. */
  readonly onLine?: (line: string) => void;
}

export interface RunningMesh {
  /** As it was at the start; `host.info()` tells what is now. */
  readonly info: ReadyInfo;
  readonly host: MeshHost;
  readonly mf: Miniflare;
  readonly plan: MeshPlan;
  /** Folder for `wrangler kv ... --local --persist-to`. */
  readonly stateFolder: string;
  readonly registryId: string;
  /** Ends every process that the mesh started. */
  stop(): Promise<void>;
}

/** Starts the mesh; resolves when every Worker answers. */
export async function startDev(options: DevOptions): Promise<RunningMesh> {
  if (options.configs.length === 0) throw new DerivationError('a mesh needs at least one wrangler config');
  const onLine = options.onLine ?? (() => {});
  const environment = options.environment || undefined;
  const besideFirst = join(dirname(resolve(options.configs[0] as string)), '.wrangler/state');
  const stateFolder = resolve(options.persist ?? besideFirst);
  const persistRoot = join(stateFolder, 'v3');
  const port = await choosePort(options.port);
  const buildFolder = await mkdtemp(join(tmpdir(), 'selvedge-dev-'));
  // A process that ends before everything has stopped leaves nothing behind either.
  const clear = () => rmSync(buildFolder, { recursive: true, force: true });
  process.once('exit', clear);
  // One failure ends all that is still under way, so that nothing outlives a start that has failed.
  const ended = new AbortController();
  const signal = options.signal === undefined ? ended.signal : AbortSignal.any([options.signal, ended.signal]);
  const host = new MeshHost({
    port,
    token: randomBytes(24).toString('hex'),
    encryptionKey: await encryptionKeyOf(persistRoot),
    refreshSeconds: options.refreshSeconds ?? 1,
    persistRoot,
    onLine,
  });
  let watching: Promise<unknown> = Promise.resolve();
  const stop = async () => {
    ended.abort();
    await watching;
    await host.stop().catch(() => {});
    await rm(buildFolder, { recursive: true, force: true });
    process.off('exit', clear);
  };
  try {
    const { configs, documents } = options;
    const sources = { ...shippedSources, ...options.sources };
    const request = { configs, documents, environment, sources, buildFolder, signal };
    const { parts, mesh } = await withRegistry(persistRoot, registryId(environment), async (store) => {
      const gathered = await gatherParts(request);
      signal.throwIfAborted();
      return { parts: gathered, mesh: await host.derive(gathered, await store) };
    });
    signal.throwIfAborted();
    await host.run(mesh);
    signal.throwIfAborted();
    const info = await host.info();
    if (options.watch) {
      const reloader = new Reloader({ host, parts, buildFolder, documents, signal, onLine });
      await reloader.watch();
      const journeys = { ...info, signal, onLine };
      watching = Promise.all([
        watchFiles(reloader.files, signal, (topics) => reloader.onChange(topics)),
        watchInvocations(journeys),
      ]);
    }
    return {
      info,
      host,
      get mf() {
        return host.mf;
      },
      get plan() {
        return host.mesh.plan;
      },
      stateFolder,
      registryId: registryId(environment),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function choosePort(wanted: number | undefined): Promise<number> {
  if (wanted === undefined) return findPort(8787);
  if (wanted !== 0 && !(await isFree(wanted))) throw new DerivationError(`port ${wanted} is taken`);
  return wanted;
}
