/** What is watched of a mesh, and what has to be done when it changes. */
import { dirname, join, resolve } from 'node:path';
import type { ReadWorker } from '../../../derive/configs/source-worker.ts';
import { placesOfTrouble } from '../code/code-inputs.ts';
import type { UserWorker } from '../mesh/derive-mesh.ts';
import type { WatchedFiles, WatchTargets } from './watched-files.ts';

/**
 * `config`: read the config again and bundle; `code` and `built`: bundle; `trouble`: bundle again what could not be bundled;
 * `values`: only the bindings' values or the assets have changed.
 */
export type WorkerTopic = 'config' | 'code' | 'built' | 'trouble' | 'values';

export const documentsTopic = 'documents';

/** A Worker is known by the path of its config, which stays when its name changes. */
export function topicOf(kind: WorkerTopic, path: string): string {
  return `${kind} ${path}`;
}

/** Of which of these Workers a topic of one of these kinds has changed. */
export function usersWith(
  users: readonly UserWorker[],
  topics: ReadonlySet<string>,
  kinds: readonly WorkerTopic[],
): UserWorker[] {
  return users.filter(({ path }) => kinds.some((kind) => topics.has(topicOf(kind, path))));
}

export async function watchDocuments(files: WatchedFiles, folder: string): Promise<void> {
  await files.set(documentsTopic, { files: [], trees: [folder] });
}

/** Watches everything of a Worker. What was written since its bundling began counts as changed. */
export async function watchUser(files: WatchedFiles, user: UserWorker): Promise<void> {
  const { path, read, code } = user;
  await files.set(topicOf('config', path), { files: configFiles(read), trees: [] }, code.beganMs);
  await files.set(topicOf('values', path), valueTargets(read), code.beganMs);
  await watchCode(files, user);
}

/** Watches what a bundle was made of; the last one could be made, so nothing is looked for any more. */
export async function watchCode(files: WatchedFiles, { path, code }: UserWorker): Promise<void> {
  files.delete(topicOf('trouble', path));
  await files.set(topicOf('code', path), code.inputs.sources, code.beganMs);
  await files.set(topicOf('built', path), code.inputs.built);
  await files.accept(topicOf('built', path));
}

/** Watches for whatever may make a bundle possible again: also files that are not there yet. */
export async function watchTrouble(files: WatchedFiles, user: UserWorker, read: ReadWorker, sinceMs: number) {
  await files.set(topicOf('trouble', user.path), placesOfTrouble(read, user.code.inputs), sinceMs);
}

function configFiles({ source, config }: ReadWorker): string[] {
  const { userConfigPath = source.configPath } = config as { readonly userConfigPath?: string };
  // A build tool's note of where it left the config that counts.
  const redirect = join(dirname(userConfigPath), '.wrangler/deploy/config.json');
  return [...new Set([source.configPath, userConfigPath, redirect])];
}

/** Local secrets, as wrangler looks for them beside the config, and static assets. */
function valueTargets({ source, config }: ReadWorker): WatchTargets {
  const { environment } = source as { readonly environment?: string };
  const names = ['.dev.vars', '.env', '.env.local'];
  if (environment !== undefined)
    names.push(`.dev.vars.${environment}`, `.env.${environment}`, `.env.${environment}.local`);
  const { userConfigPath = source.configPath } = config as { readonly userConfigPath?: string };
  const folders = [...new Set([source.directory, dirname(userConfigPath)])];
  const assets = config.assets?.directory;
  return {
    files: folders.flatMap((folder) => names.map((name) => join(folder, name))),
    trees: assets === undefined ? [] : [resolve(source.directory, assets)],
  };
}
