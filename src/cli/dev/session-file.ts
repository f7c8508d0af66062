/** `.selvedge/dev.json`: how the other commands find the mesh that `selvedge dev` runs in this folder. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { ReadyInfo } from './start.ts';

/** Written with mode 0600, because it holds the token. Returns the path. */
export async function writeSession({ control, token, gateway }: ReadyInfo, directory = process.cwd()): Promise<string> {
  const path = resolve(join(directory, '.selvedge/dev.json'));
  await mkdir(dirname(path), { recursive: true });
  // A file of an earlier run keeps its mode when it is overwritten, so it goes first.
  await rm(path, { force: true });
  await writeFile(path, `${JSON.stringify({ control, token, gateway, pid: process.pid }, null, 2)}\n`, { mode: 0o600 });
  return path;
}

/** Removes the file, unless another mesh that was started later in the same folder has taken it over. */
export async function removeSession(path: string): Promise<void> {
  const text = await readFile(path, 'utf8').catch(() => '');
  if (text.includes(`"pid": ${process.pid}\n`)) await rm(path, { force: true });
}
