/** The secret under which identity seals its private keys in development: it lies with the state that holds them. */
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Reads the secret that goes with a state folder, and makes it where there is none; nobody but its owner can read the file. */
export async function encryptionKeyOf(persistRoot: string): Promise<string> {
  const path = join(persistRoot, 'selvedge-encryption-key');
  await mkdir(persistRoot, { recursive: true });
  try {
    // Only a new file: with another secret a restart could not open the keys that are there.
    await writeFile(path, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return (await readFile(path, 'utf8')).trim();
}
