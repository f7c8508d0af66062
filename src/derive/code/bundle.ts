/** What wrangler would upload for a Worker: `wrangler deploy --dry-run --outdir`, and what the derivation must know of it. */
import { spawn } from 'node:child_process';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import { localCompatibility } from '../configs/compatibility.ts';
import type { ReadWorker } from '../configs/source-worker.ts';
import { DerivationError } from '../derivation-error.ts';
import { findWranglerProgram, wranglerEnvironment } from '../wrangler.ts';
import { loadEsbuild } from './esbuild.ts';
import { type ModuleRule, type ModuleType, moduleTypeOf } from './module-rules.ts';

export interface BundleModule {
  /** Path below the bundle's folder, with forward slashes: the name by which other modules import it. */
  readonly name: string;
  readonly type: ModuleType;
}

/** How a Worker's code can be entered: that decides whether the in-Worker runtime can be put before it. */
export type BundleFormat = 'modules' | 'service-worker' | 'python' | 'none';

export interface Bundle {
  readonly folder: string;
  /** Name of the entry module; `''` where the Worker has no code. */
  readonly main: string;
  readonly format: BundleFormat;
  readonly modules: readonly BundleModule[];
  /** Names that the entry module exports by name, `default` included; a bare `export *` is not resolved. */
  readonly exports: readonly string[];
  /** Keys inside a section of the config that wrangler does not know, and goes on without: `observability: "foo"`. */
  readonly unknownFields?: readonly string[];
}

export interface BundleRequest {
  readonly configPath: string;
  readonly environment?: string;
  /** Absolute path of the entry in the user's project; its base name is the name of the bundle's entry. */
  readonly main?: string;
  /** Module rules of the user's config. */
  readonly rules?: readonly ModuleRule[];
  /** Compatibility flags to bundle with, instead of those of the config. */
  readonly flags?: readonly string[];
  /** Wrangler would build the images of its containers, which the bundle does not need. */
  readonly hasContainers?: boolean;
  /** Where the bundle goes; emptied first. */
  readonly folder: string;
  /** Where esbuild's metafile goes, for those who want to know what the bundle was made of. */
  readonly metafile?: string;
  /** Ends wrangler where the wish for its result has ended. */
  readonly signal?: AbortSignal;
}

/**
 * What there is to bundle of a user's Worker. Wrangler's bundler is told of the flags that are defaults for the Worker's date,
 * because one that is older than the date does not know of them.
 */
export function bundleInputs({ source, config }: ReadWorker): Omit<BundleRequest, 'folder' | 'metafile' | 'signal'> {
  const { configPath, environment, main, compatibilityDate, compatibilityFlags } = source;
  const flags = localCompatibility(compatibilityDate, compatibilityFlags, () => true).flags;
  const { rules, containers } = config;
  return {
    configPath,
    environment,
    main,
    rules,
    hasContainers: (containers ?? []).length > 0,
    ...(flags.length > compatibilityFlags.length ? { flags } : {}),
  };
}

/** Bundles a Worker with the wrangler of its project. Rejects with wrangler's own words where that fails. */
export async function bundleWorker(request: BundleRequest): Promise<Bundle> {
  await rm(request.folder, { recursive: true, force: true });
  await mkdir(request.folder, { recursive: true });
  if (request.main === undefined) return { folder: request.folder, main: '', format: 'none', modules: [], exports: [] };
  const output = await runWrangler(request);
  await removeNote(request.folder);
  const bundle = await describeBundle(request.folder, request.main, request.rules);
  const unknown = unknownFieldsOf(output);
  return unknown.length === 0 ? bundle : { ...bundle, unknownFields: unknown };
}

/** Wrangler says so in a warning; keys of the top level are found by its reader, which drops them. */
function unknownFieldsOf(output: string): string[] {
  return [...output.matchAll(/Unexpected fields found in (.+?) field: (.+)/g)]
    .filter(([, section]) => section !== 'top-level')
    .map(([, section, fields]) => `${section}: ${fields?.trim()}`);
}

/** Wrangler leaves a note with the time of the build, which a module rule for Markdown would take for a module. */
async function removeNote(folder: string): Promise<void> {
  const note = join(folder, 'README.md');
  const text = await readFile(note, 'utf8').catch(() => '');
  if (text.startsWith('This folder contains the built output assets')) await rm(note);
}

/** Reads what a bundle's folder holds. */
export async function describeBundle(
  folder: string,
  sourceMain: string,
  rules: readonly ModuleRule[] = [],
): Promise<Bundle> {
  const names = (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) =>
      relative(folder, join(entry.parentPath ?? entry.path, entry.name))
        .split(sep)
        .join('/'),
    )
    .sort();
  const main = findMain(names, sourceMain);
  if (main === undefined) throw new DerivationError(`${folder}: wrangler's bundle has no entry for ${sourceMain}`);
  const modules = names.flatMap((name): BundleModule[] => {
    const type = name === main && !name.endsWith('.py') ? 'ESModule' : moduleTypeOf(name, rules);
    return type === undefined ? [] : [{ name, type }];
  });
  if (main.endsWith('.py')) return { folder, main, format: 'python', modules, exports: [] };
  const exports = await findExports(join(folder, main));
  return {
    folder,
    main,
    format: exports === undefined ? 'service-worker' : 'modules',
    modules,
    exports: exports ?? [],
  };
}

function findMain(names: readonly string[], sourceMain: string): string | undefined {
  const stem = basename(sourceMain).replace(/\.[^.]+$/, '');
  const wanted = [basename(sourceMain), `${stem}.js`, `${stem}.mjs`];
  const shallowFirst = [...names].sort((a, b) => a.split('/').length - b.split('/').length);
  return (
    wanted.flatMap((file) => shallowFirst.filter((name) => basename(name) === file))[0] ??
    shallowFirst.find((name) => /\.m?js$/.test(name))
  );
}

/** The names an ES module exports, as esbuild (the one that wrangler uses) reads them; undefined for a script that exports nothing. */
async function findExports(file: string): Promise<readonly string[] | undefined> {
  const built = await loadEsbuild().build({
    entryPoints: [file],
    bundle: false,
    write: false,
    metafile: true,
    format: 'esm',
    logLevel: 'silent',
    outdir: dirname(file),
    allowOverwrite: true,
  });
  const exports =
    Object.values(built.metafile.outputs).find((output) => output.entryPoint !== undefined)?.exports ?? [];
  const reexportsAll = /^\s*export\s*\*\s*from\b/m.test(built.outputFiles.map((output) => output.text).join('\n'));
  return exports.length > 0 || reexportsAll ? exports : undefined;
}

/** Resolves with what wrangler printed. */
function runWrangler(request: BundleRequest): Promise<string> {
  const directory = dirname(request.configPath);
  const program = findWranglerProgram(directory);
  const args = [
    'deploy',
    '--dry-run',
    '--outdir',
    request.folder,
    '--config',
    request.configPath,
    '--env',
    request.environment ?? '',
  ];
  args.push(...(request.flags ?? []).map((flag) => `--compatibility-flags=${flag}`));
  if (request.metafile !== undefined) args.push('--metafile', request.metafile);
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [program, ...args], {
      cwd: directory,
      signal: request.signal,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        ...wranglerEnvironment,
        // Whatever wrangler asks of this program instead of Docker succeeds at once.
        ...(request.hasContainers ? { WRANGLER_DOCKER_BIN: 'true' } : {}),
      },
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    child.on('error', fail);
    child.on('close', (code) => {
      if (code === 0) done(output);
      else fail(new DerivationError(`wrangler could not bundle ${request.configPath}:\n${output.trim()}`));
    });
  });
}
