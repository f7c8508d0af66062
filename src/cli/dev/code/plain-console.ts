/** Puts development's console before code that has no in-Worker runtime, so that at least the service of a log is known. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Bundle, BundleModule } from '../../../derive/code/bundle.ts';
import { loadEsbuild } from '../../../derive/code/esbuild.ts';

/** The console as one module. */
async function plainConsole(service: string): Promise<string> {
  const built = await loadEsbuild().build({
    entryPoints: [fileURLToPath(new URL('../../../runtime/logs/plain-console.ts', import.meta.url))],
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    target: 'es2022',
    define: { SELVEDGE_SERVICE: JSON.stringify(service) },
    logLevel: 'silent',
  });
  return (built.outputFiles[0] as { readonly text: string }).text;
}

/** Modules whose entry evaluates the console first and then is the bundle's own. Python and Workers without code stay as they are. */
export async function addPlainConsole(bundle: Bundle, service: string): Promise<readonly BundleModule[]> {
  if (bundle.format !== 'modules') return bundle.modules;
  const main = JSON.stringify(`./${bundle.main}`);
  const lines = [`import './selvedge-console.js';`, `export * from ${main};`];
  if (bundle.exports.includes('default')) lines.push(`export { default } from ${main};`);
  const added = { 'selvedge-entry.js': lines.join('\n'), 'selvedge-console.js': await plainConsole(service) };
  for (const [name, text] of Object.entries(added)) await writeFile(join(bundle.folder, name), text);
  return [...Object.keys(added).map((name): BundleModule => ({ name, type: 'ESModule' })), ...bundle.modules];
}
