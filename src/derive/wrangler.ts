/** Wrangler as a library and as a program. It is loaded late: it is large, and most of the CLI has no use for it. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/**
 * Calls wrangler as a library. For the time of the call its log level is "warn": what it merely mentions goes to standard
 * output, where `--json` promises nothing but JSON; warnings go to standard error.
 */
export async function callWrangler<Result>(call: (wrangler: typeof import('wrangler')) => Result): Promise<Result> {
  const wrangler = await import('wrangler');
  const { WRANGLER_LOG: level } = process.env;
  process.env.WRANGLER_LOG = level ?? 'warn';
  try {
    return call(wrangler);
  } finally {
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
