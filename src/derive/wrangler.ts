/** Wrangler as a library and as a program. It is loaded late: it is large, and most of the CLI has no use for it. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/**
 * Wrangler's module. Its log level is set to errors first, because it writes warnings to standard output, where `--json`
 * promises nothing but JSON; what a reader must know is said by the derivation itself.
 */
export async function loadWrangler(): Promise<typeof import('wrangler')> {
  process.env.WRANGLER_LOG ??= 'error';
  process.env.WRANGLER_SEND_METRICS ??= 'false';
  return import('wrangler');
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
