/** What a derived config keeps of the one it comes from: everything but what it is built from, and what would make it public. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ReadWorker } from '../configs/source-worker.ts';

/** The keys that a derived config does not take over as they are, and why. Every other key is kept, those of a newer wrangler too. */
export const leftOutKeys: Readonly<Record<string, string>> = {
  ...because('the reader of wrangler adds it', ['configPath', 'userConfigPath', 'topLevelName', 'definedEnvironments']),
  ...because('the derived config is flat, and one environment is chosen', ['targetEnvironment', 'legacy_env', 'env']),
  ...because('it is for editors', ['$schema']),
  ...because('a Worker has none', ['pages_build_output_dir']),
  ...because('the derived code is bundled before', [
    'build',
    'python_modules',
    'tsconfig',
    'define',
    'alias',
    'jsx_factory',
    'jsx_fragment',
    'minify',
    'keep_names',
    'preserve_file_names',
  ]),
  ...because('the derivation says what the derived code is', [
    'main',
    'base_dir',
    'rules',
    'no_bundle',
    'find_additional_modules',
  ]),
  ...because('the edge is what the public meets', ['route', 'routes', 'workers_dev', 'preview_urls']),
  ...because('it is for local development', ['dev']),
  ...because('the derivation writes it', ['services', 'name']),
};

function because(reason: string, keys: readonly string[]): Record<string, string> {
  return Object.fromEntries(keys.map((key) => [key, reason]));
}

/** Keys of which an empty list is a wish: that there be none any more. */
const emptyMeansNone: readonly string[] = ['triggers', 'tail_consumers', 'streaming_tail_consumers'];

type Plain = Record<string, unknown>;

/** Plain JSON, flat, with the paths of the user's project absolute. */
export function keptConfig({ source: { directory }, config }: ReadWorker): Plain {
  const entries = Object.entries(config as unknown as Plain).filter(
    ([key, value]) => !Object.hasOwn(leftOutKeys, key) && isSaid(key, value),
  );
  const kept: Plain = Object.fromEntries(entries);
  if (kept.assets !== undefined) kept.assets = withPaths(kept.assets, directory, ['directory']);
  if (kept.site !== undefined) {
    // The derived config says what its entry is.
    const { 'entry-point': _entry, ...site } = kept.site as Plain;
    kept.site = withPaths(site, directory, ['bucket']);
  }
  // An image is a Dockerfile of the project, or the name of one in a registry, which is no path.
  if (Array.isArray(kept.containers))
    kept.containers = kept.containers.map((container: Plain) => {
      const isFile = typeof container.image === 'string' && existsSync(resolve(directory, container.image));
      return withPaths(container, directory, ['image_build_context', ...(isFile ? ['image'] : [])]);
    });
  // What a local database is reached by has no place in what is deployed, and often holds a password.
  if (Array.isArray(kept.hyperdrive))
    kept.hyperdrive = kept.hyperdrive.map(({ localConnectionString: _local, ...binding }: Plain) => binding);
  // Wrangler's reader gives these paths relative to the working directory.
  for (const blobs of ['wasm_modules', 'text_blobs', 'data_blobs'])
    if (kept[blobs] !== undefined) kept[blobs] = withPaths(kept[blobs], '', Object.keys(kept[blobs] as Plain));
  return kept;
}

function withPaths(value: unknown, directory: string, keys: readonly string[]): Plain {
  const object = value as Plain;
  const absolute = (path: unknown) => (typeof path === 'string' ? resolve(directory, path) : path);
  const present = keys.filter((key) => object[key] !== undefined);
  return { ...object, ...Object.fromEntries(present.map((key) => [key, absolute(object[key])])) };
}

/** Keys whose value is an object of lists, which wrangler's reader fills in. */
const objectsOfLists: readonly string[] = ['durable_objects', 'queues', 'logfwdr', 'unsafe'];

/** Wrangler's reader fills in empty lists and objects, some of which it refuses to read again beside others. */
function isSaid(key: string, value: unknown): boolean {
  if (value === undefined) return false;
  if (Array.isArray(value)) return value.length > 0 || emptyMeansNone.includes(key);
  if (typeof value !== 'object' || value === null) return true;
  const isFilling = (item: unknown) =>
    item === undefined || (Array.isArray(item) && item.length === 0 && objectsOfLists.includes(key));
  return !Object.values(value).every(isFilling);
}
