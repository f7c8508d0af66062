/** Wrangler as a library and as a program. It is loaded late: it is large, and most of the CLI has no use for it. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

type Wrangler = typeof import('wrangler');

/**
 * Calls wrangler as a library: ours, or the one of the project in `directory`. For the time of the call its log level is "warn":
 * what it merely mentions goes to standard output, where `--json` promises nothing but JSON; warnings go to standard error.
 */
export async function callWrangler<Result>(call: (wrangler: Wrangler) => Result, directory?: string): Promise<Result> {
  const wrangler = directory === undefined ? await import('wrangler') : await importProjectWrangler(directory);
  const { WRANGLER_LOG: level } = process.env;
  process.env.WRANGLER_LOG = level ?? 'warn';
  try {
    return call(wrangler);
  } finally {
    if (level === undefined) delete process.env.WRANGLER_LOG;
  }
}

async function importProjectWrangler(directory: string): Promise<Wrangler> {
  const manifest = findWranglerManifest(directory);
  if (manifest === findWranglerManifest(undefined)) return import('wrangler');
  const imported = (await import(pathToFileURL(createRequire(manifest).resolve('.')).href)) as {
    readonly default?: Wrangler;
  } & Wrangler;
  return imported.unstable_readConfig === undefined ? (imported.default ?? imported) : imported;
}

/** The wrangler program that a project would run from its folder; ours where it has none. */
export function findWranglerProgram(directory: string): string {
  return join(dirname(findWranglerManifest(directory)), 'bin', 'wrangler.js');
}

/** The package.json of the project's wrangler, or of ours. */
function findWranglerManifest(directory: string | undefined): string {
  for (const from of [...(directory === undefined ? [] : [join(directory, 'package.json')]), import.meta.url]) {
    try {
      return createRequire(from).resolve('wrangler/package.json');
    } catch {
      // The project has no wrangler of its own: the next place is ours, which is a dependency of this package.
    }
  }
  throw new Error('wrangler is not installed');
}
