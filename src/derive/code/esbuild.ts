/** The esbuild that wrangler bundles with, so that our reading of a bundle and wrangler's agree. */
import { createRequire } from 'node:module';

interface BuildResult {
  readonly metafile: {
    readonly outputs: Readonly<Record<string, { readonly exports: readonly string[]; readonly entryPoint?: string }>>;
  };
  readonly outputFiles: readonly { readonly text: string }[];
}

interface Esbuild {
  build(options: Readonly<Record<string, unknown>>): Promise<BuildResult>;
  transform(source: string, options: { readonly loader: 'ts' }): Promise<{ readonly code: string }>;
}

export function loadEsbuild(): Esbuild {
  return createRequire(createRequire(import.meta.url).resolve('wrangler'))('esbuild') as Esbuild;
}
