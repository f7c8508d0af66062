/** `selvedge init` as a function: decides, keeps the choice of configs, and writes. */
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fromHere } from '../from-here.ts';
import { documentsFolder, type ReadProject, readProject } from '../project.ts';
import { addExcluded, allBut } from './exclude.ts';
import { type InitPlan, planInit } from './plan-init.ts';

export interface InitRequest {
  readonly root: string;
  /** Configs that are to be the mesh; none for those that are found. */
  readonly configs: readonly string[];
  /** Folder of documents; `selvedge` below the root unless there are documents elsewhere. */
  readonly documents?: string;
  /** Lines for the ignore file. */
  readonly exclude: readonly string[];
  readonly environment?: string;
  readonly dryRun: boolean;
}

export interface InitResult extends InitPlan {
  readonly project: ReadProject;
  /** Where documents are from now on. */
  readonly folder: string;
  /** Lines that are new in the ignore file. */
  readonly excluded: readonly string[];
}

export async function initProject(request: InitRequest): Promise<InitResult> {
  const { root, configs, documents, environment, dryRun } = request;
  const lines = [...request.exclude, ...(configs.length > 0 ? await allBut(root, configs) : [])];
  const known = documents !== undefined && existsSync(documents) ? documents : undefined;
  const project = await readProject({ root, configs, documents: known, environment, excluded: lines });
  const folder = documents ?? project.documents ?? fromHere(join(root, documentsFolder));
  const plan = await planInit(project, folder, environment);
  const excluded = await addExcluded(root, lines, dryRun);
  for (const { file, text } of dryRun ? [] : plan.write) {
    await mkdir(dirname(file), { recursive: true });
    // A file that has come to be in the meantime is a person's, and an error.
    await writeFile(file, text, { flag: 'wx' });
  }
  return { ...plan, project, folder, excluded };
}
