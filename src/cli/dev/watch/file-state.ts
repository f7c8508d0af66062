/** What a file is like now, so that it can be told from what it was. */
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { sep } from 'node:path';

export interface FileState {
  /** Changes with every write; compared first, because it costs no reading. */
  readonly stamp: string;
  /** Changes with the content. `''` for a file that is not there. */
  readonly content: string;
  readonly mtimeMs: number;
}

const absent: FileState = { stamp: '', content: '', mtimeMs: 0 };

/** A file so young may be written again within the resolution of its time stamp, so its stamp proves nothing. */
const youngMs = 50;

/** Larger files, and those of dependencies, are judged by their stamp: reading them costs more than a needless bundle. */
const readBytes = 4 * 1024 * 1024;

/** The state of a file. Where the stamp is what it was `before`, nothing is read. A folder counts as there, whatever it holds. */
export async function fileState(path: string, before?: FileState): Promise<FileState> {
  try {
    const found = await stat(path);
    const stamp = `${found.mtimeMs}:${found.size}:${found.ino}`;
    if (before !== undefined && before.stamp === stamp) return before;
    const { mtimeMs } = found;
    const young = Math.abs(Date.now() - mtimeMs) < youngMs;
    const content = found.isFile() && isRead(path, found.size) ? digest(await readFile(path)) : stamp;
    return { stamp: young ? `${stamp}:young` : stamp, content, mtimeMs };
  } catch {
    return absent;
  }
}

function isRead(path: string, size: number): boolean {
  return size <= readBytes && !path.includes(`${sep}node_modules${sep}`);
}

function digest(bytes: Uint8Array): string {
  return createHash('sha1').update(bytes).digest('base64');
}
