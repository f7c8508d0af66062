/**
 * The wrangler config of a derived user Worker: flat, with absolute paths, one environment resolved. Its entry is already
 * bundled, so that everything about building is left out; nothing of it is public, because the edge is its front.
 */
import { resolve } from 'node:path';
import { serviceEntry } from './edge-wrangler.ts';
import type { PlannedWorker } from './plan.ts';
import type { WranglerConfig } from './source-worker.ts';

/** What wrangler's reader adds to a config, what building needs, and what would make the Worker public. */
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

export interface DerivedCode {
  /** Absolute path of the derived entry. */
  readonly main: string;
  readonly flags: readonly string[];
}

/** The derived config as it is written to `wrangler.json`. */
export function userWranglerConfig(
  worker: PlannedWorker,
  config: WranglerConfig,
  code: DerivedCode,
): Record<string, unknown> {
  const kept = Object.entries(config as unknown as Record<string, unknown>).filter(
    ([key, value]) => !leftOut.has(key) && value !== undefined && !isEmpty(value),
  );
  const derived: Record<string, unknown> = {
    ...Object.fromEntries(kept),
    name: worker.source.name,
    main: code.main,
    no_bundle: true,
    find_additional_modules: true,
    compatibility_flags: [...code.flags],
    workers_dev: false,
    preview_urls: false,
    services: worker.services.map(serviceEntry),
  };
  const assets = config.assets;
  if (assets?.directory !== undefined)
    derived.assets = { ...assets, directory: resolve(worker.source.directory, assets.directory) };
  return derived;
}

/** Wrangler's reader fills in empty lists and objects, some of which it refuses to read again beside others. */
function isEmpty(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).every((item) => item === undefined || isEmpty(item));
}
