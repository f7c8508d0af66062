/** Finds the wrangler configs of a repository, as wrangler would see them. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { type ConfigTable, parseConfigText } from './config-text.ts';
import { type IgnoreFile, isIgnored, parseIgnoreFile } from './find-ignored.ts';

/** A config that describes a Worker, or means to. */
export interface FoundConfig {
  /** Absolute. */
  readonly path: string;
}

/** Why a config is not one of a mesh's. */
export type LeftOutReason = 'pages' | 'shadowed' | 'same-name' | 'unreadable' | 'bad-name' | 'excluded';

export interface LeftOutConfig {
  /** Absolute. */
  readonly path: string;
  readonly reason: LeftOutReason;
  /** A sentence that says why, and what to do about it. */
  readonly text: string;
}

export interface FoundConfigs {
  /** In the order of their paths. */
  readonly configs: readonly FoundConfig[];
  readonly leftOut: readonly LeftOutConfig[];
}

export interface Search {
  readonly root: string;
  /** Name of the file by which a folder says that it is our build output; its text must name a registry. */
  readonly outputMarker: string;
  /** Lines beside those of the ignore file. */
  readonly excluded?: readonly string[];
}

/** The file in which people say, in the words of .gitignore, which configs are none of the mesh's. */
export const ignoreFileName = '.selvedgeignore';

/** In the order in which wrangler looks for them. */
const wranglerNames = ['wrangler.json', 'wrangler.jsonc', 'wrangler.toml'];
/** Output of builds where a package or a Worker lies beside them; a Worker may well be called `build`. */
const outputFolders = new Set(['dist', 'build', 'out', 'coverage', 'target']);
/** Longer files are data: the longest config in the wild has some 60 kB. */
const mostBytes = 512 * 1024;

/** Whether wrangler would find the file by itself. */
export function hasWranglerName(path: string): boolean {
  return wranglerNames.includes(path.slice(path.lastIndexOf(sep) + 1));
}

/**
 * Every config below `root`: what wrangler would read in each folder, and any other TOML or JSON file whose content is a config.
 * Hidden folders, dependencies, build output (ours too) and what .gitignore leaves out are not searched; of folders that are,
 * a gitignored wrangler.toml still counts, since wrangler reads it.
 */
export async function findConfigs(search: Search): Promise<FoundConfigs> {
  const root = resolve(search.root);
  const lines = [(await textOf(join(root, ignoreFileName))) ?? '', ...(search.excluded ?? [])];
  const excluded = parseIgnoreFile('', lines.join('\n'));
  const walk = new Walk(root, search.outputMarker, excluded);
  await walk.folder(root, []);
  const byPath = <Item extends { readonly path: string }>(items: readonly Item[]) =>
    items
      .filter(({ path }) => !walk.generated.has(path))
      .sort((one, other) => (one.path < other.path ? -1 : one.path > other.path ? 1 : 0));
  return { configs: byPath(walk.configs), leftOut: byPath(walk.leftOut) };
}

class Walk {
  readonly configs: FoundConfig[] = [];
  readonly leftOut: LeftOutConfig[] = [];
  /** Configs that a build wrote and `.wrangler/deploy/config.json` points at: their source stands for them. */
  readonly generated = new Set<string>();

  constructor(
    private readonly root: string,
    private readonly outputMarker: string,
    private readonly excluded: IgnoreFile,
  ) {}

  async folder(folder: string, above: readonly IgnoreFile[]): Promise<void> {
    // A folder that may not be read holds no config that wrangler could read.
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
    const names = new Set(entries.map(({ name }) => name));
    if (names.has(this.outputMarker) && (await this.isOurOutput(folder))) return;
    const ignores = names.has('.gitignore') ? [...above, await this.gitignore(folder)] : above;
    if (names.has('.wrangler')) await this.redirected(folder);
    const hasPackage = names.has('package.json') || wranglerNames.some((name) => names.has(name));
    for (const entry of entries) {
      const path = join(folder, entry.name);
      if (entry.isFile()) await this.file(path, names, ignores);
      else if (entry.isDirectory() && !this.skips(path, entry.name, hasPackage, ignores))
        await this.folder(path, ignores);
    }
  }

  private skips(path: string, name: string, hasPackage: boolean, ignores: readonly IgnoreFile[]): boolean {
    if (name.startsWith('.') || name === 'node_modules' || name === 'bower_components') return true;
    if (outputFolders.has(name) && hasPackage) return true;
    // A pattern of .selvedgeignore may take a file back out of a folder that it leaves out, so folders are searched all the same.
    return isIgnored(ignores, this.fromRoot(path), true);
  }

  private async file(path: string, names: ReadonlySet<string>, ignores: readonly IgnoreFile[]): Promise<void> {
    const name = path.slice(path.lastIndexOf(sep) + 1);
    if (!/\.(?:toml|jsonc?)$/i.test(name) || /^(?:package(?:-lock)?|tsconfig.*)\.json$/.test(name)) return;
    const own = wranglerNames.includes(name);
    if (!own && isIgnored(ignores, this.fromRoot(path), false)) return;
    const text = await smallText(path);
    if (text === undefined || !(own || /wrangler/i.test(name) || text.includes('compatibility_date'))) return;
    const table = parseConfigText(path, text);
    if (table === undefined) {
      if (own || /wrangler/i.test(name))
        this.leave(path, 'unreadable', `it is no ${name.endsWith('.toml') ? 'TOML' : 'JSON'} table that can be read`);
      return;
    }
    if (isGenerated(table) || !(own || isConfig(table))) return;
    const folder = dirname(path);
    const before = own
      ? wranglerNames.find((first) => names.has(first) && !this.isExcluded(join(folder, first)))
      : name;
    if (this.isExcluded(path)) this.leave(path, 'excluded', `${ignoreFileName} leaves it out`);
    else if (before !== name) this.leave(path, 'shadowed', `wrangler reads ${before} beside it, and not this file`);
    else if (table.pages_build_output_dir !== undefined)
      this.leave(path, 'pages', 'it is a Pages project, which stays as it is: an edge stands before Workers only');
    else this.configs.push({ path });
  }

  /** As .gitignore has it: what lies in an excluded folder is excluded, unless a line names the file itself. */
  private isExcluded(path: string): boolean {
    const parts = this.fromRoot(path).split('/');
    const folders = parts.slice(0, -1).map((_, index) => parts.slice(0, index + 1).join('/'));
    const above = folders.some((folder) => isIgnored([this.excluded], folder, true));
    const kept = isIgnored([keptLines(this.excluded)], parts.join('/'), false);
    return (above && !kept) || isIgnored([this.excluded], parts.join('/'), false);
  }

  private leave(path: string, reason: LeftOutReason, text: string): void {
    this.leftOut.push({ path, reason, text });
  }

  private fromRoot(path: string): string {
    return relative(this.root, path).split(sep).join('/');
  }

  private async gitignore(folder: string): Promise<IgnoreFile> {
    return parseIgnoreFile(this.fromRoot(folder), (await textOf(join(folder, '.gitignore'))) ?? '');
  }

  private async isOurOutput(folder: string): Promise<boolean> {
    const index = parseConfigText('.json', (await textOf(join(folder, this.outputMarker))) ?? '');
    return index?.registry !== undefined && Array.isArray(index.workers);
  }

  private async redirected(folder: string): Promise<void> {
    const file = join(folder, '.wrangler/deploy/config.json');
    const redirect = parseConfigText('.json', (await textOf(file)) ?? '');
    const others = Array.isArray(redirect?.auxiliaryWorkers) ? (redirect.auxiliaryWorkers as unknown[]) : [];
    for (const one of [redirect, ...others]) {
      const path = (one as ConfigTable | undefined)?.configPath;
      if (typeof path === 'string') this.generated.add(resolve(dirname(file), path));
    }
  }
}

/** The lines that take files back in, read as if they left them out. */
function keptLines(file: IgnoreFile): IgnoreFile {
  return { ...file, lines: file.lines.filter(({ keeps }) => keeps).map((line) => ({ ...line, keeps: false })) };
}

/** A config names when its Worker was compatible, and one thing at least that a Worker is made of. */
export function isConfig(table: ConfigTable): boolean {
  const parts = ['name', 'main', 'assets', 'site', 'pages_build_output_dir'];
  return table.compatibility_date !== undefined && parts.some((part) => table[part] !== undefined);
}

/** Wrangler and its Vite plugin say in what they write from which config it came. */
function isGenerated(table: ConfigTable): boolean {
  return typeof table.configPath === 'string' || typeof table.userConfigPath === 'string';
}

async function smallText(path: string): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found === undefined || found.size > mostBytes ? undefined : textOf(path);
}

function textOf(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined);
}
