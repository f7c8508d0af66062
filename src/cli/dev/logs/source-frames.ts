/** Stack frames as the user's sources have them: what runs is wrangler's bundle, beside which lies its source map. */
import { existsSync, readFileSync } from 'node:fs';
import { SourceMap, type SourceMapPayload } from 'node:module';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fromHere } from '../../from-here.ts';

/** A place in a stack: `file:///…/index.js:10:5` of a frame, or `index.js:10:5` of an error at start. */
const place = /(?:file:\/\/)?[^\s():]+\.(?:js|mjs|cjs|py):(\d+):(\d+)/g;

/** Frames in these modules are the runtime's, and say nothing to whoever wrote the Worker. */
const ownFrame = /^\s+at .*\bselvedge-(?:runtime|config|entry)\.js:\d+:\d+\)?$/;

export class SourceFrames {
  readonly #maps = new Map<string, { readonly map: SourceMap; readonly folder: string } | undefined>();

  /** The text with every frame mapped that a source map knows, and without the frames of the runtime. `folder` is where relative frames lie. */
  map(text: string, folder?: string): string {
    if (!text.includes(':')) return text;
    return text
      .split('\n')
      .filter((line) => !ownFrame.test(line))
      .map((line) => (/^\s+at /.test(line) ? line.replace(place, (frame) => this.#mapped(frame, folder)) : line))
      .join('\n');
  }

  /** Forgets the maps of bundles that no longer run. */
  clear(): void {
    this.#maps.clear();
  }

  #mapped(frame: string, folder: string | undefined): string {
    const [, file, line, column] = /^(.*):(\d+):(\d+)$/.exec(frame) as unknown as [string, string, string, string];
    const path = file.startsWith('file://') ? fileURLToPath(file) : folder === undefined ? file : join(folder, file);
    const found = this.#mapOf(path);
    if (found === undefined) return frame;
    const entry = found.map.findEntry(Number(line) - 1, Number(column) - 1);
    if (!('originalSource' in entry) || !entry.originalSource) return frame;
    const { originalSource, originalLine, originalColumn } = entry;
    const source = originalSource.startsWith('file://') ? fileURLToPath(originalSource) : originalSource;
    return `${fromHere(resolve(found.folder, source))}:${originalLine + 1}:${originalColumn + 1}`;
  }

  #mapOf(path: string) {
    if (!isAbsolute(path)) return undefined;
    if (!this.#maps.has(path)) this.#maps.set(path, readMap(path));
    return this.#maps.get(path);
  }
}

function readMap(path: string) {
  const file = `${path}.map`;
  if (!existsSync(file)) return undefined;
  try {
    const payload = JSON.parse(readFileSync(file, 'utf8')) as SourceMapPayload;
    return { map: new SourceMap(payload), folder: resolve(dirname(path), payload.sourceRoot ?? '') };
  } catch {
    // A map that is none, which a user's own build may have written: the bundle's frames stay.
    return undefined;
  }
}
