/** The source maps of a bundle as a deployment uploads them, where the user's config asks for that. */
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, posix, relative, resolve, sep } from 'node:path';
import type { Bundle } from './bundle.ts';

const comment = /\n\/\/# sourceMappingURL=([^\n]*)\s*$/;

/**
 * The modules with their maps beside them, by name. Sources are named by their path from the Worker's folder, as wrangler names
 * them where it bundles itself. A module that names a map which is not there loses that line: wrangler would refuse it.
 */
export async function withSourceMaps(
  { folder }: Bundle,
  directory: string,
  modules: ReadonlyMap<string, string | Uint8Array>,
): Promise<Map<string, string | Uint8Array>> {
  const present = new Set((await readdir(folder, { recursive: true })).map((name) => name.split(sep).join('/')));
  const all = new Map(modules);
  for (const [name, content] of modules) {
    if (!/\.[cm]?js$/.test(name)) continue;
    const text = typeof content === 'string' ? content : new TextDecoder().decode(content);
    const url = comment.exec(text)?.[1]?.trim();
    if (url === undefined || url.startsWith('data:')) continue;
    const map = posix.join(posix.dirname(name), url);
    if (present.has(map)) all.set(map, await readMap(join(folder, map), directory));
    else all.set(name, text.replace(comment, '\n'));
  }
  return all;
}

interface SourceMap {
  readonly sourceRoot?: string;
  readonly sources: readonly (string | null)[];
}

async function readMap(path: string, directory: string): Promise<string> {
  const { sourceRoot, ...map } = JSON.parse(await readFile(path, 'utf8')) as SourceMap;
  const from = resolve(dirname(path), sourceRoot ?? '');
  const sources = map.sources.map((source) =>
    source === null || /^[a-z][a-z+.-]+:/i.test(source)
      ? source
      : relative(directory, resolve(from, source)).split(sep).join('/'),
  );
  return JSON.stringify({ ...map, sources });
}
