/** What `selvedge lint` is asked to look at: documents, and wrangler configs, told apart by what they hold. */
import { readFile, stat } from 'node:fs/promises';
import { parseConfigText } from '../../derive/configs/config-text.ts';
import { hasWranglerName, isConfig } from '../../derive/configs/find-configs.ts';
import { edgeServices } from '../../derive/configs/find-edges.ts';
import { type DocumentFile, readDocumentFiles } from '../documents/document-files.ts';

export interface NamedFiles {
  readonly documents: readonly string[];
  readonly configs: readonly string[];
}

/** Paths without an option are documents or configs: a folder is one of documents. */
export async function sortFiles(paths: readonly string[]): Promise<NamedFiles> {
  const documents: string[] = [];
  const configs: string[] = [];
  for (const path of paths) ((await isWranglerConfig(path)) ? configs : documents).push(path);
  return { documents, configs };
}

async function isWranglerConfig(path: string): Promise<boolean> {
  if (!/\.(?:toml|jsonc?)$/i.test(path)) return false;
  const isFile = (await stat(path).catch(() => undefined))?.isFile() ?? false;
  if (!isFile || hasWranglerName(path) || /\.(?:toml|jsonc)$/i.test(path)) return true;
  const table = parseConfigText(path, await readFile(path, 'utf8'));
  return table !== undefined && isConfig(table);
}

export interface ConfigFile extends DocumentFile {
  /** Services before which the config's own Worker stands; empty for a user's Worker. */
  readonly edgeOf: readonly string[];
}

export async function readConfigFiles(paths: readonly string[]): Promise<ConfigFile[]> {
  return (await readDocumentFiles(paths)).map(({ file, text }) => ({
    file,
    text,
    edgeOf: edgeServices(parseConfigText(file, text) ?? {}),
  }));
}
