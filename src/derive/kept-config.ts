/** What a derived config keeps of the one it comes from: everything but what it is built from, and what would make it public. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ReadWorker } from './source-worker.ts';

/** What wrangler's reader adds to a config, what building needs, what would make the Worker public, what the derivation says itself. */
const leftOut = new Set([
  ...[
    'configPath',
    'userConfigPath',
    'topLevelName',
    'definedEnvironments',
    'targetEnvironment',
    'legacy_env',
    'env',
    '$schema',
  ],
  ...[
    'build',
    'python_modules',
    'tsconfig',
    'define',
    'alias',
    'jsx_factory',
    'jsx_fragment',
    'minify',
    'keep_names',
    'base_dir',
    'upload_source_maps',
    'rules',
  ],
  ...[
    'route',
    'routes',
    'workers_dev',
    'preview_urls',
    'dev',
    'services',
    'name',
    'main',
    'no_bundle',
    'find_additional_modules',
  ],
]);

type Plain = Record<string, unknown>;

/** Plain JSON, flat, with the paths of the user's project absolute. */
export function keptConfig({ source: { directory }, config }: ReadWorker): Plain {
  const entries = Object.entries(config as unknown as Plain).filter(
    ([key, value]) => !leftOut.has(key) && value !== undefined && !isEmpty(value),
  );
  const kept: Plain = Object.fromEntries(entries);
  const absolute = (value: unknown) => (typeof value === 'string' ? resolve(directory, value) : value);
  const withPaths = (value: unknown, ...keys: readonly string[]): Plain => {
    const object = value as Plain;
    const present = keys.filter((key) => object[key] !== undefined);
    return { ...object, ...Object.fromEntries(present.map((key) => [key, absolute(object[key])])) };
  };
  if (kept.assets !== undefined) kept.assets = withPaths(kept.assets, 'directory');
  if (kept.site !== undefined) kept.site = withPaths(kept.site, 'bucket');
  // An image is a Dockerfile of the project, or the name of one in a registry, which is no path.
  if (Array.isArray(kept.containers))
    kept.containers = kept.containers.map((container: Plain) => {
      const isFile = typeof container.image === 'string' && existsSync(resolve(directory, container.image));
      return withPaths(container, 'image_build_context', ...(isFile ? ['image'] : []));
    });
  for (const blobs of ['wasm_modules', 'text_blobs', 'data_blobs'])
    if (kept[blobs] !== undefined) kept[blobs] = withPaths(kept[blobs], ...Object.keys(kept[blobs] as Plain));
  return kept;
}

/** Wrangler's reader fills in empty lists and objects, some of which it refuses to read again beside others. */
function isEmpty(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).every((item) => item === undefined || isEmpty(item));
}
