/** Keeps the choice of configs: what is not to be in the mesh goes into `.selvedgeignore`, which every command reads. */
import { readFile, writeFile } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { findConfigs, ignoreFileName } from '../../derive/configs/find-configs.ts';
import { indexFile } from '../derive/write-deployment.ts';

/** Lines that would leave out every config below `root` but the named ones. */
export async function allBut(root: string, named: readonly string[]): Promise<string[]> {
  const kept = new Set(named.map((path) => resolve(path)));
  const { configs, leftOut } = await findConfigs({ root, outputMarker: indexFile });
  // What wrangler would read beside one that is left out goes with it.
  const shadowed = leftOut.filter(({ reason }) => reason === 'shadowed');
  return [...configs, ...shadowed]
    .filter(({ path }) => !kept.has(path))
    .map(
      ({ path }) =>
        `/${relative(root, path)
          .split(sep)
          .join('/')
          .replace(/[\\*?[\]]/g, '\\$&')}`,
    );
}

/** Adds lines to the ignore file, but those that are there already. Returns the lines that are new. */
export async function addExcluded(root: string, lines: readonly string[], dryRun: boolean): Promise<readonly string[]> {
  const file = join(root, ignoreFileName);
  const before = await readFile(file, 'utf8').catch(() => undefined);
  const known = new Set((before ?? '').split(/\r?\n/).map((line) => line.trim()));
  const fresh = [...new Set(lines)].filter((line) => !known.has(line));
  if (fresh.length === 0 || dryRun) return fresh;
  const head =
    '# Wrangler configs that are none of the mesh, in the words of .gitignore. Every selvedge command reads this.\n';
  const start = before === undefined ? head : before.endsWith('\n') || before === '' ? before : `${before}\n`;
  await writeFile(file, `${start}${fresh.join('\n')}\n`);
  return fresh;
}
