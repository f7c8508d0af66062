/** Bundles a Worker as wrangler would deploy it, for miniflare. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const root = join(import.meta.dirname, '../..');

/** The one module that `wrangler deploy --dry-run` makes of the Worker with this config (path from the repository's root). */
export async function bundle(config: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'identity-'));
  try {
    const wrangler = join(root, 'node_modules/.bin/wrangler');
    await promisify(execFile)(wrangler, ['deploy', '--dry-run', '--outdir', folder, '-c', join(root, config)], {
      cwd: root,
      env: { ...process.env, WRANGLER_SEND_METRICS: 'false' },
    });
    return await readFile(join(folder, 'index.js'), 'utf8');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
