/** Finds and reads document files: what is named, and in directories every .yaml, .yml and .json that is no JSON Schema. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { usageFailure } from '../failure.ts';

export interface DocumentFile {
  /** As the person named it, so that a terminal can open it. */
  readonly file: string;
  readonly text: string;
}

const documentName = /\.(ya?ml|json)$/i;
const schemaName = /\.schema\.json$/i;

/** The document files below a directory, by name alone. */
export async function documentFilesBelow(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  const nested = entries
    .filter((entry) => !entry.name.startsWith('.') && entry.name !== 'node_modules')
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .map(async (entry) => {
      const path = join(directory, entry.name);
      if (entry.isDirectory()) return documentFilesBelow(path);
      return documentName.test(entry.name) && !schemaName.test(entry.name) ? [path] : [];
    });
  return (await Promise.all(nested)).flat();
}

async function expand(path: string): Promise<string[]> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw usageFailure(`there is no file or directory "${path}"`);
  if (!found.isDirectory()) return [path];
  const files = await documentFilesBelow(path);
  if (files.length === 0) throw usageFailure(`the directory "${path}" holds no .yaml, .yml or .json file`);
  return files;
}

/** Reads all documents that `paths` name; a path that is not there is an error of the command line. */
export async function readDocumentFiles(paths: readonly string[]): Promise<DocumentFile[]> {
  const files = [...new Set((await Promise.all(paths.map(expand))).flat())];
  return Promise.all(files.map(async (file) => ({ file, text: await readFile(file, 'utf8') })));
}
