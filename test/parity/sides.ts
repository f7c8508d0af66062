/** The app of the suite, started bare and meshed from the same wrangler configs. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Miniflare } from 'miniflare';
import { type RunningMesh, startDev } from '../../src/cli/dev/start.ts';
import { startBare } from '../runtime/start-bare.ts';
import type { Side } from './row.ts';

const folder = fileURLToPath(new URL('workers/', import.meta.url));

/** The first is asked. */
const configs = [
  'front/wrangler.jsonc',
  'echo/wrangler.toml',
  'ledger/wrangler.toml',
  'objects/wrangler.jsonc',
  'store/wrangler.toml',
  'web/wrangler.toml',
  'site/wrangler.jsonc',
  'mirror/wrangler.json',
].map((path) => join(folder, path));

export interface StartedSide extends Side {
  stop(): Promise<void>;
}

export interface MeshedSide extends StartedSide {
  readonly mesh: RunningMesh;
}

export async function startBareSide(): Promise<StartedSide> {
  const { url, mf, stop } = await startBare(configs, ['parity-gone']);
  return { url, scheduled: () => runCron(mf), stop };
}

/** Without a document of anyone: what `selvedge dev` gives to an app that it has never seen. */
export async function startMeshedSide(): Promise<MeshedSide> {
  const persist = await mkdtemp(join(tmpdir(), 'selvedge-parity-'));
  const mesh = await startDev({ configs, port: 0, persist });
  return {
    url: mesh.info.services['parity-front']?.url as string,
    mesh,
    scheduled: () => runCron(mesh.mf),
    async stop() {
      await mesh.stop();
      await rm(persist, { recursive: true, force: true });
    },
  };
}

async function runCron(mf: Miniflare): Promise<unknown> {
  const store = (await mf.getWorker('parity-store')) as unknown as {
    scheduled(event: { cron: string; scheduledTime: Date }): Promise<unknown>;
  };
  return store.scheduled({ cron: '*/5 * * * *', scheduledTime: new Date(1_000) });
}
