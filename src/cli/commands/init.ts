/** `selvedge init`: makes a mesh of a repository that has Workers, without touching one of its files. */
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { defineCommand } from 'citty';
import { ignoreFileName } from '../../derive/find-configs.ts';
import { type ExitCode, exitCode } from '../failure.ts';
import { addExcluded, allBut } from '../init/exclude.ts';
import { type InitPlan, planInit } from '../init/plan-init.ts';
import { graphText } from '../init/render-graph.ts';
import { paint, print, printJson } from '../output.ts';
import { documentsFolder, fromHere, type ReadProject, readProject } from '../project.ts';
import { repeated } from '../run-command.ts';

export const initCommand = defineCommand({
  meta: { name: 'init', description: 'Make a mesh of the Workers of this repository: one document for each' },
  args: {
    file: {
      type: 'string',
      alias: 'f',
      description: 'Directory of documents (default: selvedge)',
      valueHint: 'directory',
    },
    exclude: {
      type: 'string',
      description: `Leave out configs, for good, as a line of ${ignoreFileName}; may be repeated`,
      valueHint: 'pattern',
    },
    env: { type: 'string', description: 'Environment of the wrangler configs', valueHint: 'name' },
    'dry-run': { type: 'boolean', description: 'Say what would be written, and write nothing' },
    json: { type: 'boolean', description: 'Print JSON' },
  },
  async run({ args, rawArgs }): Promise<ExitCode> {
    const environment = args.env || undefined;
    const dryRun = args['dry-run'] ?? false;
    const root = process.cwd();
    const excluded = [...repeated(rawArgs, 'exclude', ''), ...(args._.length > 0 ? await allBut(root, args._) : [])];
    const named = args.file !== undefined && existsSync(args.file) ? args.file : undefined;
    const project = await readProject({ configs: args._, documents: named, environment, excluded });
    const folder = args.file ?? project.documents ?? fromHere(join(root, documentsFolder));
    const plan = await planInit(project, folder, environment);
    const lines = await addExcluded(root, excluded, dryRun);
    if (!dryRun) await writeAll(plan);
    if (args.json)
      printJson({ ...plan, dryRun, folder, excluded: lines, leftOut: project.leftOut, found: project.notes });
    else printPlan(project, plan, folder, lines, dryRun);
    return exitCode.ok;
  },
});

/** A file that has come to be in the meantime is a person's, and an error. */
async function writeAll({ write }: InitPlan): Promise<void> {
  for (const { file, text } of write) {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text, { flag: 'wx' });
  }
}

function printPlan(
  project: ReadProject,
  { graph, write, kept, notes }: InitPlan,
  folder: string,
  excluded: readonly string[],
  dryRun: boolean,
): void {
  for (const note of project.notes) print(note);
  print(`\n${graphText(graph)}\n`);
  const verb = dryRun ? 'would write' : 'wrote';
  for (const line of excluded) print(`${verb} the line ${line} into ${ignoreFileName}`);
  for (const { file, about } of write) print(`${paint('green', verb)} ${file}: ${about}`);
  if (kept.length > 0) print(`kept the documents of ${kept.join(', ')}`);
  if (write.length === 0 && excluded.length === 0) print('Nothing to do: every service has its document.');
  const told = project.reads.flatMap((read) => [...read.notes, ...read.faults]);
  for (const note of [...told, ...notes]) print(`${paint('yellow', 'note')} ${note}`);
  if (!dryRun) {
    const option = folder === documentsFolder ? '' : ` -f ${folder}`;
    const environment = graph.environment === undefined ? '' : ` --env ${graph.environment}`;
    print(`\nNow: selvedge dev${option}${environment}`);
  }
}
