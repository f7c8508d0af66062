/** The folder that somebody names for what a command writes. */
import { constants } from 'node:fs';
import { access, mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { usageFailure } from './failure.ts';

/** Makes the folder, with those above it, where it is missing. Rejects with a usage failure where nothing can be written there. */
export async function openFolder(folder: string): Promise<void> {
  try {
    await makeFolder(folder);
    await access(folder, constants.W_OK);
  } catch (error) {
    throw usageFailure(`"${folder}" cannot be written: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** By hand, since Node's own way (`recursive`) never ends below a folder in which none can be made, such as `/proc`. */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && (await stat(path)).isDirectory()) return;
    const above = dirname(path);
    if (code !== 'ENOENT' || above === path) throw error;
    await makeFolder(above);
    await mkdir(path);
  }
}
