/** What a command works on where its command line does not say: the configs and documents of the repository it is run in. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { findConfigs, hasWranglerName, ignoreFileName, type LeftOutConfig } from '../derive/configs/find-configs.ts';
import { type ReadWorker, readWorker } from '../derive/configs/source-worker.ts';
import { DerivationError } from '../derive/derivation-error.ts';
import { parseFile } from '../model/reading/parse.ts';
import { workerName } from '../model/schema/fields.ts';
import { indexFile } from './derive/write-deployment.ts';
import { documentFilesBelow, readDocumentFiles } from './documents/document-files.ts';
import { usageFailure } from './failure.ts';
import { fromHere } from './from-here.ts';

export interface ProjectRequest {
  /** Wrangler configs that the command line names; none for those that are found. */
  readonly configs: readonly string[];
  /** Folder of documents that the command line names. */
  readonly documents?: string;
  /** Where configs are looked for; the current folder unless said. */
  readonly root?: string;
  readonly environment?: string;
  /** Lines that leave out configs, beside those of the ignore file. */
  readonly excluded?: readonly string[];
}

export interface Project {
  /** Absolute. */
  readonly root: string;
  /** As a command line in the current folder names them; one at least. */
  readonly configs: readonly string[];
  /** Undefined where there are no documents, and every service gets an open one. */
  readonly documents?: string;
  /** Configs that were found and do not belong to the mesh. Empty where the command line names configs. */
  readonly leftOut: readonly LeftOutConfig[];
  /** What was found and what was left out, one sentence each. */
  readonly notes: readonly string[];
}

/** A project with its configs read for the environment, in the order of `configs`. */
export interface ReadProject extends Project {
  readonly reads: readonly ReadWorker[];
}

/** The folder that `selvedge init` writes documents into. */
export const documentsFolder = 'selvedge';
/** Where documents are in repositories that keep them beside other configuration. */
const otherDocumentsFolder = 'config';

/**
 * Configs and documents of a command: named ones as they are named; else every config below the root that can be a Worker of the
 * mesh, and the documents in `selvedge/`, or in `config/` where that holds some. Fails where there is no config at all.
 */
export async function resolveProject(request: ProjectRequest): Promise<Project> {
  if (request.configs.length === 0) return readProject(request);
  const root = resolve(request.root ?? '.');
  for (const path of request.configs)
    if (!existsSync(path)) throw usageFailure(`there is no wrangler config "${path}"`);
  const documents = request.documents ?? (await findDocuments(root, [documentsFolder]));
  const notes = documents !== undefined && request.documents === undefined ? [documentsNote(documents)] : [];
  return { root, configs: request.configs, ...(documents === undefined ? {} : { documents }), leftOut: [], notes };
}

/** As `resolveProject`, for commands that look at the configs themselves. */
export async function readProject(request: ProjectRequest): Promise<ReadProject> {
  if (request.configs.length > 0) {
    const project = await resolveProject(request);
    return {
      ...project,
      reads: await Promise.all(project.configs.map((path) => readWorker(path, request.environment))),
    };
  }
  const root = resolve(request.root ?? '.');
  const { workers, leftOut } = await findWorkers(root, request);
  const excluded = leftOut.filter(({ reason }) => reason === 'excluded').length;
  const told = leftOut
    .filter(({ reason }) => reason !== 'excluded')
    .map(({ path, text }) => `${fromHere(path)} is left out: ${text}`);
  if (workers.length === 0) {
    const all = [...told, ...(excluded > 0 ? [`${ignoreFileName} leaves out ${excluded}`] : [])];
    throw usageFailure(
      [
        `no wrangler config of a Worker was found below ${root}: name the wrangler configs of your Workers, or run this in their repository`,
        ...all,
      ].join('\n'),
    );
  }
  const documents = request.documents ?? (await findDocuments(root, [documentsFolder, otherDocumentsFolder]));
  const configs = workers.map(({ path }) => fromHere(path));
  const reads = workers.map(({ read }) => read);
  const notes = [
    `${configs.length === 1 ? 'one config' : `${configs.length} configs`} found: ${configs.join(', ')}`,
    ...(excluded > 0 ? [`${excluded} more left out by ${ignoreFileName}`] : []),
    ...told,
    ...(documents !== undefined && request.documents === undefined ? [documentsNote(documents)] : []),
  ];
  return { root, configs, ...(documents === undefined ? {} : { documents }), leftOut, notes, reads };
}

/** The configs that belong to the mesh of the current folder; none where there are none. */
export async function findProjectConfigs(environment: string | undefined): Promise<string[]> {
  const { workers } = await findWorkers(resolve('.'), { configs: [], environment });
  return workers.map(({ path }) => fromHere(path));
}

function documentsNote(documents: string): string {
  return `documents: ${documents}`;
}

async function findDocuments(root: string, folders: readonly string[]): Promise<string | undefined> {
  for (const name of folders) {
    const folder = join(root, name);
    const files = existsSync(folder) ? await documentFilesBelow(folder) : [];
    if (files.length === 0) continue;
    if (name === documentsFolder || (await holdsDocuments(files))) return fromHere(folder);
  }
  return undefined;
}

async function holdsDocuments(files: readonly string[]): Promise<boolean> {
  return (await readDocumentFiles(files)).some(({ file, text }) => parseFile(text, file).ok);
}

interface FoundWorker {
  /** The config as it was found; a build may have put another in its place. */
  readonly path: string;
  readonly read: ReadWorker;
}

async function findWorkers(root: string, { environment, excluded }: ProjectRequest) {
  const found = await findConfigs({ root, outputMarker: indexFile, excluded });
  const results = await Promise.all(found.configs.map(({ path }) => readOne(path, environment)));
  const leftOut = [...found.leftOut, ...results.flatMap((result) => ('reason' in result ? [result] : []))];
  const workers: FoundWorker[] = [];
  for (const worker of results.flatMap((result) => ('reason' in result ? [] : [result])).sort(byRank)) {
    const { source } = worker.read;
    const before = workers.find(({ read }) => read.source.worker === source.worker || read.source.name === source.name);
    if (before === undefined) workers.push(worker);
    else leftOut.push(sameName(worker, before));
  }
  return { workers: workers.sort(byPath), leftOut: leftOut.sort(byPath) };
}

function byPath({ path: one }: { readonly path: string }, { path: other }: { readonly path: string }): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

/** Of configs that describe one Worker the one counts that wrangler finds by itself, then the one nearest to the root. */
function byRank(one: FoundWorker, other: FoundWorker): number {
  const rank = ({ path }: FoundWorker) => [hasWranglerName(path) ? 0 : 1, path.split(/[\\/]/).length] as const;
  const [ownOne, depthOne] = rank(one);
  const [ownOther, depthOther] = rank(other);
  return ownOne - ownOther || depthOne - depthOther || byPath(one, other);
}

function sameName({ path, read }: FoundWorker, before: FoundWorker): LeftOutConfig {
  const { name, worker } = read.source;
  const shared = before.read.source.worker === worker ? worker : name;
  const text =
    `${fromHere(before.path)} describes a Worker named ${shared} too and comes first; ` +
    `if this one is meant, put the line ${fromHere(before.path)} into ${ignoreFileName}, or name the configs on the command line`;
  return { path, reason: 'same-name', text };
}

async function readOne(path: string, environment: string | undefined): Promise<FoundWorker | LeftOutConfig> {
  const named = fromHere(path);
  try {
    const read = await readWorker(named, environment);
    const { worker } = read.source;
    if (workerName.accepts(worker)) return { path, read };
    const text = `${JSON.stringify(worker)} cannot be the name of a service: ${workerNameRule}`;
    return { path, reason: 'bad-name', text };
  } catch (cause) {
    if (!(cause instanceof DerivationError)) throw cause;
    const message = cause.message.startsWith(`${named}: `) ? cause.message.slice(named.length + 2) : cause.message;
    return { path, reason: 'unreadable', text: oneLine(message) };
  }
}

const workerNameRule = 'at most 63 of a-z, 0-9, - and _, beginning with a letter, digit or _';

function oneLine(message: string): string {
  return message
    .replace(/^Processing .* configuration:\s*/, '')
    .replace(/\s*\n\s*(?:- )?/g, ' ')
    .replace(/^- /, '')
    .trim();
}
