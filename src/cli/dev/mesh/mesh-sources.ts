/** Where the mesh's own Workers are, and their bundles, which are cached by the content of our sources. */
import { createHash } from 'node:crypto';
import { access, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Bundle, bundleWorker, describeBundle } from '../../../derive/code/bundle.ts';
import { type ReadWorker, readWorker } from '../../../derive/configs/source-worker.ts';

export const packageRoot = fileURLToPath(new URL('../../../../', import.meta.url));

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
export async function bundleOwnWorker(
  configPath: string,
  buildFolder: string,
  signal?: AbortSignal,
): Promise<OwnWorker> {
  const read = await readWorker(configPath, undefined);
  const main = read.source.main as string;
  const cache = join(await cacheRoot(buildFolder), `${read.source.name}-${shortHash(resolve(configPath))}`);
  const index = join(cache, 'inputs.json');
  const known = await knownInputs(index);
  if (known !== undefined) {
    const folder = join(cache, await digestOf(known));
    if (await exists(folder)) return { ...read, bundle: await describeBundle(folder, main) };
  }
  const fresh = join(cache, `fresh-${process.pid}-${Date.now()}`);
  const metafile = `${fresh}.json`;
  await mkdir(cache, { recursive: true });
  await bundleWorker({ configPath: resolve(configPath), main, folder: fresh, metafile, signal });
  const inputs = await inputsOf(metafile, resolve(configPath));
  await rm(metafile, { force: true });
  const folder = join(cache, await digestOf(inputs));
  try {
    await rename(fresh, folder);
  } catch {
    // Another process was faster; what it made of the same sources is the same.
    await rm(fresh, { recursive: true, force: true });
  }
  await writeFile(`${fresh}.inputs`, JSON.stringify(inputs));
  await rename(`${fresh}.inputs`, index);
  await removeOlder(cache, folder);
  return { ...read, bundle: await describeBundle(folder, main) };
}

/** Bundles of earlier sources go after an hour: until then a mesh that began with them may still be starting. */
async function removeOlder(cache: string, current: string): Promise<void> {
  for (const entry of await readdir(cache, { withFileTypes: true })) {
    const path = join(cache, entry.name);
    if (!entry.isDirectory() || path === current) continue;
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Infinity }));
    if (Date.now() - mtimeMs > 3_600_000) await rm(path, { recursive: true, force: true });
  }
}

/** Beside the dependencies, where `npm ci` clears it; in the build folder where this package has no such place of its own. */
async function cacheRoot(buildFolder: string): Promise<string> {
  const modules = join(packageRoot, 'node_modules');
  return (await exists(modules)) ? join(modules, '.cache/selvedge') : join(buildFolder, 'cache');
}

/** The files a bundle was made of, as esbuild tells them, its config and our own version of the toolchain. */
async function inputsOf(metafile: string, configPath: string): Promise<string[]> {
  const { inputs } = JSON.parse(await readFile(metafile, 'utf8')) as {
    readonly inputs: Readonly<Record<string, unknown>>;
  };
  const base = dirname(configPath);
  const files = Object.keys(inputs).map((input) => resolve(base, input));
  const present = await Promise.all(files.map(exists));
  return [configPath, join(packageRoot, 'package.json'), ...files.filter((_file, index) => present[index])].sort();
}

async function knownInputs(index: string): Promise<readonly string[] | undefined> {
  const text = await readFile(index, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as string[]);
}

async function digestOf(files: readonly string[]): Promise<string> {
  const digest = createHash('sha256');
  for (const file of files)
    digest
      .update(file)
      .update('\0')
      .update(await readFile(file).catch(() => ''))
      .update('\0');
  return digest.digest('hex').slice(0, 24);
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
