/** Wrangler as a library and as a program. It is loaded late: it is large, and most of the CLI has no use for it. */
import { existsSync } from 'node:fs';
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

/**
 * The wrangler program that a project would run from its folder; ours where it has none. Its `bin` only starts another Node.js with
 * this very file, which costs each of a mesh's many runs a quarter more.
 */
export function findWranglerProgram(directory: string): string {
  const folder = dirname(findWranglerManifest(directory));
  const program = join(folder, 'wrangler-dist', 'cli.js');
  return existsSync(program) ? program : join(folder, 'bin', 'wrangler.js');
}

/** For every run: no questions, no statistics, no colours, and none of Node.js's own warnings, which `bin` turns off too. */
export const wranglerEnvironment = {
  WRANGLER_SEND_METRICS: 'false',
  WRANGLER_LOG: 'log',
  FORCE_COLOR: '0',
  CI: '1',
  NODE_NO_WARNINGS: '1',
} as const;

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
