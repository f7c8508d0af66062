/** Files and folders under watch, by topic: a topic is what must be done when one of them changes. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { mapLimited } from '../../../derive/concurrency.ts';
import { type FileState, fileState } from './file-state.ts';

export interface WatchTargets {
  /** Absolute paths; a file that is not there yet is watched for its appearance. */
  readonly files: readonly string[];
  /** Folders of which every file below counts, also one that appears later. */
  readonly trees: readonly string[];
}

interface Topic {
  readonly targets: WatchTargets;
  states: ReadonlyMap<string, FileState>;
}

/** Width of looking: more than the threads that Node has for files gains nothing. */
const looksAtOnce = 16;

const leftOut = new Set(['node_modules', '.git', '.wrangler', '.selvedge']);

export class WatchedFiles {
  readonly #topics = new Map<string, Topic>();

  /**
   * Begins or renews a topic. Files that it had before keep their last state, so that an edit since then is still seen. A new file
   * that was written at or after `since` counts as changed: whoever read it may have read what it was before.
   */
  async set(topic: string, targets: WatchTargets, since = Infinity): Promise<void> {
    const before = this.#topics.get(topic)?.states;
    const states = new Map<string, FileState>();
    await mapLimited([...(await pathsOf(targets))], looksAtOnce, async (path) => {
      const known = before?.get(path);
      const state = known ?? (await fileState(path));
      states.set(path, known === undefined && state.mtimeMs >= since ? { ...state, stamp: '-', content: '-' } : state);
    });
    this.#topics.set(topic, { targets, states });
  }

  /** Takes the files of a topic as they are now, whatever happened to them before. */
  async accept(topic: string): Promise<void> {
    const held = this.#topics.get(topic);
    if (held !== undefined) await look(held);
  }

  delete(topic: string): void {
    this.#topics.delete(topic);
  }

  topics(): string[] {
    return [...this.#topics.keys()];
  }

  /** The topics of which a file has another content than at the last look, or has come or gone. */
  async changed(): Promise<ReadonlySet<string>> {
    const changed = new Set<string>();
    for (const [name, topic] of [...this.#topics]) if (await look(topic)) changed.add(name);
    return changed;
  }
}

/** Looks at the files of a topic; true where something differs from the last look. */
async function look(topic: Topic): Promise<boolean> {
  const before = topic.states;
  const states = new Map<string, FileState>();
  let differs = false;
  await mapLimited([...(await pathsOf(topic.targets))], looksAtOnce, async (path) => {
    const known = before.get(path);
    const state = await fileState(path, known);
    states.set(path, state);
    if (state.content !== (known?.content ?? '')) differs = true;
  });
  for (const [path, { content }] of before) if (content !== '' && !states.has(path)) differs = true;
  topic.states = states;
  return differs;
}

async function pathsOf({ files, trees }: WatchTargets): Promise<Set<string>> {
  const below = await Promise.all(trees.map(filesBelow));
  return new Set([...files, ...below.flat()]);
}

/** Every file below a folder, but for dependencies and what tools keep there; none where there is no folder. */
async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const found = await Promise.all(
    entries.map(async (entry) => {
      if (leftOut.has(entry.name)) return [];
      const path = join(folder, entry.name);
      return entry.isDirectory() ? filesBelow(path) : [path];
    }),
  );
  return found.flat();
}
