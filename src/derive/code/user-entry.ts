/** The one module that the derivation adds to a user's bundle, and the in-Worker runtime that it imports. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RuntimeConfig } from '../../core/configs/runtime-config.ts';
import type { Bundle, BundleModule } from './bundle.ts';
import { loadEsbuild } from './esbuild.ts';

export const entryModule = 'selvedge-entry.js';
export const runtimeModule = 'selvedge-runtime.js';
/** The module that says what this Worker's runtime is told; all that differs between two derivations of the same bundle. */
export const configModule = 'selvedge-config.js';

/**
 * The source of the entry. The runtime comes first, so that `env` is wrapped before the user's modules are evaluated; the
 * user's exports keep their names. What the runtime answers in the place of an export hides the one that comes by `export *`.
 */
export function userEntrySource(bundle: Pick<Bundle, 'main' | 'exports'>): string {
  const main = JSON.stringify(`./${bundle.main}`);
  const lines = [
    `import { install } from './${configModule}';`,
    `import * as worker from ${main};`,
    `const installed = install(worker);`,
    `export * from ${main};`,
    ...bundle.exports.flatMap((name, index) => {
      const quoted = JSON.stringify(name);
      return [`const export${index} = installed[${quoted}];`, `export { export${index} as ${quoted} };`];
    }),
  ];
  return `${lines.join('\n')}\n`;
}

/** The module that configures the runtime; a module of its own, because it must be evaluated before the user's bundle. */
export function runtimeConfigSource(config: RuntimeConfig): string {
  return `import { startRuntime } from './${runtimeModule}';\nexport const install = startRuntime(${JSON.stringify(config)});\n`;
}

/** Bundles the runtime into one module, the same from whatever folder: esbuild's comments name sources by their path from it. */
export async function buildRuntime(): Promise<string> {
  const built = await loadEsbuild().build({
    absWorkingDir: fileURLToPath(new URL('../../../', import.meta.url)),
    entryPoints: [fileURLToPath(new URL('../../runtime/index.ts', import.meta.url))],
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    target: 'es2022',
    external: ['cloudflare:workers', 'node:async_hooks'],
    logLevel: 'silent',
  });
  return (built.outputFiles[0] as { text: string }).text;
}

/** Puts the runtime before a bundle: writes the added modules beside it and returns all modules, the new entry first. */
export async function addRuntime(bundle: Bundle, config: RuntimeConfig, runtime: string): Promise<BundleModule[]> {
  const added: readonly (readonly [string, string])[] = [
    [entryModule, userEntrySource(bundle)],
    [configModule, runtimeConfigSource(config)],
    [runtimeModule, runtime],
  ];
  for (const [name, text] of added) await writeFile(join(bundle.folder, name), text);
  return [...added.map(([name]): BundleModule => ({ name, type: 'ESModule' })), ...bundle.modules];
}
