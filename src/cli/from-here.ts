import { relative } from 'node:path';

/** A path as a command line here names it, and a terminal here can open it: relative, where it lies below the current folder. */
export function fromHere(path: string): string {
  const near = relative(process.cwd(), path);
  return near.startsWith('..') ? path : near;
}
