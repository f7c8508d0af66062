/** What a bundle was made of. */
import { readFile } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';
import type { ReadWorker } from '../../../derive/configs/source-worker.ts';
import type { WatchTargets } from '../watch/watched-files.ts';

export interface CodeInputs {
  readonly sources: WatchTargets;
  /** What a `[build]` command may itself have written: its state after bundling is the one that counts. */
  readonly built: WatchTargets;
}

/** The part of wrangler's config that says how code is built; its own type is not exported. */
interface BuildConfig {
  readonly build?: { readonly command?: string; readonly watch_dir?: string | readonly string[] };
  readonly no_bundle?: boolean;
  readonly find_additional_modules?: boolean;
  readonly base_dir?: string;
  readonly tsconfig?: string;
  readonly site?: { readonly bucket?: string };
}

const none: WatchTargets = { files: [], trees: [] };

/** An input as esbuild's metafile has it. */
interface MetafileInput {
  readonly imports?: readonly { readonly path: string; readonly external?: boolean }[];
}

/** The files that a metafile names, and the modules of other kinds (text, data, wasm) that these import; empty without a metafile. */
export async function readMetafile(path: string, directory: string): Promise<readonly string[]> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return [];
  const { inputs } = JSON.parse(text) as { readonly inputs: Readonly<Record<string, MetafileInput>> };
  const files = await Promise.all(
    Object.entries(inputs).map(async ([name, { imports = [] }]) => {
      const file = resolve(directory, name);
      const modules = imports.filter((item) => item.external && item.path.startsWith('./')).map((item) => item.path);
      return modules.length === 0 ? [file] : [file, ...(await otherModules(file, modules))];
    }),
  );
  return files.flat();
}

/**
 * Wrangler copies such a module under a name of its own, the digest of its content before the file's name; where it came from stands only in
 * the import that names it.
 */
async function otherModules(importer: string, copies: readonly string[]): Promise<string[]> {
  const text = await readFile(importer, 'utf8').catch(() => '');
  const names = new Set(copies.map((copy) => basename(copy).replace(/^[0-9a-f]{40}-/, '')));
  const specifiers = [...text.matchAll(/["'`](\.{1,2}\/[^"'`\n]+)["'`]/g)].map((found) => found[1] as string);
  return specifiers
    .map((specifier) => specifier.replace(/\?module$/, ''))
    .filter((specifier) => names.has(basename(specifier)) || names.has(`${basename(specifier)}?module`))
    .map((specifier) => resolve(dirname(importer), specifier));
}

/** Everything of which a change means another bundle. */
export async function inputsOfWorker(read: ReadWorker, bundled: readonly string[]): Promise<CodeInputs> {
  const { directory, main } = read.source;
  if (main === undefined) return { sources: none, built: none };
  const { build, no_bundle, find_additional_modules, base_dir, tsconfig, site } = read.config as BuildConfig;
  const files = [main, ...bundled, join(directory, 'package.json'), resolve(directory, tsconfig ?? 'tsconfig.json')];
  const trees = site?.bucket === undefined ? [] : [resolve(directory, site.bucket)];
  const copied = no_bundle || find_additional_modules || main.endsWith('.py');
  if (copied) trees.push(resolve(directory, base_dir ?? dirname(main)));
  if (build?.command === undefined) return { sources: { files, trees }, built: none };
  // Wrangler's own rule: a command runs again when something in these folders changes; `src` unless said.
  const watched = [build.watch_dir ?? 'src'].flat().map((folder) => resolve(directory, folder));
  return { sources: { files: [], trees: watched }, built: { files, trees } };
}

/** Everything in the Worker's folder, and in the folders beside which its entry lies. */
export function inputsOfTree({ source: { directory, main } }: ReadWorker): CodeInputs {
  return { sources: { files: [], trees: [directory, ...(main === undefined ? [] : [dirname(main)])] }, built: none };
}

/**
 * Where a file may lie whose absence, or content, has kept a bundle from being made. A `[build]` command may write anywhere, each time, so
 * for it only its own folders count, which are watched already, and the dependencies.
 */
export function placesOfTrouble(read: ReadWorker, inputs: CodeInputs): WatchTargets {
  const { build } = read.config as BuildConfig;
  const files = ancestorsOf(read.source.directory).map((folder) => join(folder, 'node_modules'));
  if (build?.command !== undefined) return { files, trees: [] };
  const known = inputs.sources.files.filter((file) => !file.includes('node_modules')).map((file) => dirname(file));
  const trees = [...new Set([...inputsOfTree(read).sources.trees, ...known])];
  const isBelow = (folder: string, other: string) => other !== folder && folder.startsWith(`${other}${sep}`);
  return { files, trees: trees.filter((folder) => !trees.some((other) => isBelow(folder, other))) };
}

function ancestorsOf(folder: string): string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [folder, ...ancestorsOf(parent)];
}
