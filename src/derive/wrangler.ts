/** Wrangler as a library and as a program. It is loaded late: it is large, and most of the CLI has no use for it. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

let loading: Promise<typeof import('wrangler')> | undefined;

/**
 * Wrangler's module. It takes its log level from the environment while it loads; errors only, because it writes warnings to
 * standard output, where `--json` promises nothing but JSON. What a reader must know is said by the derivation itself.
 */
export function loadWrangler(): Promise<typeof import('wrangler')> {
  loading ??= loadQuietly();
  return loading;
}

async function loadQuietly(): Promise<typeof import('wrangler')> {
  const { WRANGLER_LOG: level } = process.env;
  process.env.WRANGLER_LOG = level ?? 'error';
  try {
    return await import('wrangler');
  } finally {
    // Programs that this process starts choose for themselves.
    if (level === undefined) delete process.env.WRANGLER_LOG;
  }
}

/** The wrangler program that a project would run from its folder; ours where it has none. */
export function findWranglerProgram(directory: string): string {
  for (const from of [join(directory, 'package.json'), import.meta.url]) {
    try {
      return join(dirname(createRequire(from).resolve('wrangler/package.json')), 'bin', 'wrangler.js');
    } catch {
      // The project has no wrangler of its own: the next place is ours, which is a dependency of this package.
    }
  }
  throw new Error('wrangler is not installed');
}
