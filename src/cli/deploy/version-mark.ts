/** The tag that our uploads carry as versions: what they were made of, so that what has not changed is not uploaded again. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DeployableWorker } from '../derive/derive-deployment.ts';

const begin = 'selvedge-';
/** A tag has room for 25 characters: ours for what begins it, one for strictness. */
const digits = 15;

/** A strict Worker carries `s`, every other `p`. */
export function versionMark(digest: string, strict: boolean): string {
  return `${begin}${digest.slice(0, digits)}${strict ? 's' : 'p'}`;
}

/** The tag of an upload that only holds a name free for a Worker to come. */
export const stubMark = `${begin}stub`;

export function isMark(tag: string | undefined): boolean {
  return tag?.startsWith(begin) === true;
}

export function isStrictMark(tag: string | undefined): boolean {
  return isMark(tag) && tag?.length === begin.length + digits + 1 && tag.endsWith('s');
}

/**
 * The digest of all that an upload sends: config, modules, static files. It is the same from whatever folder: `directory` is
 * the folder of the user's config, below which the paths of a derived config lie.
 */
export async function uploadDigest(
  { config, modules }: Pick<DeployableWorker, 'config' | 'modules'>,
  directory: string | undefined,
): Promise<string> {
  const digest = createHash('sha256');
  const text = JSON.stringify(config);
  digest.update(directory === undefined ? text : text.replaceAll(JSON.stringify(directory).slice(1, -1), '.'));
  for (const name of [...modules.keys()].sort()) {
    digest.update(`\0${name}\0`);
    digest.update(modules.get(name) as string | Uint8Array);
  }
  const { assets, site } = config as { readonly assets?: { directory?: string }; readonly site?: { bucket?: string } };
  for (const folder of [assets?.directory, site?.bucket]) if (folder !== undefined) await addFiles(digest, folder);
  return digest.digest('hex');
}

async function addFiles(digest: ReturnType<typeof createHash>, folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
  for (const file of files.sort()) {
    digest.update(`\0${file.slice(folder.length)}\0`);
    digest.update(await readFile(file));
  }
}
