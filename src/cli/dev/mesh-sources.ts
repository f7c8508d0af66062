/** Where the mesh's own Workers are, and their bundles, which are cached by the content of our sources. */
import { createHash } from 'node:crypto';
import { access, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Bundle, bundleWorker, describeBundle } from '../../derive/bundle.ts';
import { type ReadWorker, readWorker } from '../../derive/source-worker.ts';

export const packageRoot = fileURLToPath(new URL('../../../', import.meta.url));

/** Wrangler configs of the mesh's own Workers. */
export interface MeshSources {
  readonly edge: string;
  readonly control: string;
  readonly identity: string;
  readonly telemetry: string;
}

export const shippedSources: MeshSources = {
  edge: join(packageRoot, 'wrangler.toml'),
  control: join(packageRoot, 'workers/control/wrangler.toml'),
  identity: join(packageRoot, 'workers/identity/wrangler.toml'),
  telemetry: join(packageRoot, 'workers/telemetry/wrangler.toml'),
};

export interface OwnWorker extends ReadWorker {
  readonly bundle: Bundle;
}

/** Bundles one of the mesh's own Workers, or takes the bundle that the same sources gave before. */
export async function bundleOwnWorker(configPath: string, buildFolder: string): Promise<OwnWorker> {
  const read = await readWorker(configPath, undefined);
  const main = read.source.main as string;
  const key = await sourceDigest(configPath);
  const cache = (await exists(join(packageRoot, 'node_modules')))
    ? join(packageRoot, 'node_modules/.cache/selvedge')
    : join(buildFolder, 'cache');
  const folder = join(cache, key);
  if (await exists(folder)) return { ...read, bundle: await describeBundle(folder, main) };
  const fresh = `${folder}.${process.pid}.${Date.now()}`;
  await mkdir(cache, { recursive: true });
  await bundleWorker({ configPath: resolve(configPath), main, folder: fresh });
  try {
    await rename(fresh, folder);
  } catch {
    // Another process was faster; what it made of the same sources is the same.
    await rm(fresh, { recursive: true, force: true });
  }
  return { ...read, bundle: await describeBundle(folder, main) };
}

/** Everything a bundle of ours can be made of: our sources, the Worker's own folder, and the lockfile's toolchain. */
async function sourceDigest(configPath: string): Promise<string> {
  const digest = createHash('sha256');
  const roots = [join(packageRoot, 'src'), join(packageRoot, 'workers')];
  const folder = dirname(resolve(configPath));
  const inside = (root: string) => !relative(root, folder).startsWith('..');
  if (folder !== resolve(packageRoot) && !roots.some(inside)) roots.push(folder);
  const files = [resolve(configPath), join(packageRoot, 'package.json')];
  for (const root of roots) {
    const entries = await readdir(root, { recursive: true, withFileTypes: true });
    for (const entry of entries) {
      const path = join(entry.parentPath ?? entry.path, entry.name);
      if (entry.isFile() && !path.includes('node_modules') && !path.includes('.wrangler')) files.push(path);
    }
  }
  for (const file of files.sort())
    digest
      .update(relative(packageRoot, file))
      .update('\0')
      .update(await readFile(file))
      .update('\0');
  return digest.update(resolve(configPath)).digest('hex').slice(0, 24);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
