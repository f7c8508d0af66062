/** The same Workers without a mesh: what the runtime must not change. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Miniflare, type WorkerOptions } from 'miniflare';
import { unstable_getMiniflareWorkerOptions } from 'wrangler';
import { bundleWorker } from '../../src/derive/code/bundle.ts';
import { mapLimited } from '../../src/derive/concurrency.ts';
import { readWorker } from '../../src/derive/configs/source-worker.ts';

export interface Bare {
  /** Asks the first Worker. */
  readonly url: string;
  readonly mf: Miniflare;
  stop(): Promise<void>;
}

/** `absent` are Workers that bindings name and that are not there: each answers as `wrangler dev` does for such a one. */
export async function startBare(configs: readonly string[], absent: readonly string[] = []): Promise<Bare> {
  const folder = await mkdtemp(join(tmpdir(), 'selvedge-bare-'));
  const workers = await mapLimited(configs, 2, async (path) => {
    const { source, config } = await readWorker(path, undefined);
    const bundle = await bundleWorker({ ...source, folder: join(folder, source.name) });
    const { workerOptions } = unstable_getMiniflareWorkerOptions(config as never);
    const modules = bundle.modules.map(({ type, name }) => ({ type, path: join(bundle.folder, name) }));
    const props = Object.fromEntries(
      source.services.map(({ binding, target, entrypoint, props }) => [binding, { name: target, entrypoint, props }]),
    );
    return {
      ...workerOptions,
      name: source.name,
      modulesRoot: bundle.folder,
      modules,
      serviceBindings: props,
    } as WorkerOptions;
  });
  Object.assign(workers[0] as object, { unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }] });
  const mf = new Miniflare({ cf: false, workers: [...workers, ...absent.map(absentWorker)], logRequests: false });
  const url = await mf.unsafeGetDirectURL((workers[0] as { name: string }).name);
  return {
    url: url.origin,
    mf,
    async stop() {
      await mf.dispose();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function absentWorker(name: string): WorkerOptions {
  const text = JSON.stringify(`Worker "${name}" not found. Make sure it is running locally.`);
  const script = `export default { fetch: () => new Response(${text}, { status: 503 }) };`;
  return { name, modules: true, script, compatibilityDate: '2026-04-21' };
}
