/** `selvedge init`: makes a mesh of a repository that has Workers, without touching one of its files. */
import { defineCommand } from 'citty';
import { ignoreFileName } from '../../derive/configs/find-configs.ts';
import { type ExitCode, exitCode } from '../failure.ts';
import { type InitResult, initProject } from '../init/init-project.ts';
import { graphText } from '../init/render-graph.ts';
import { paint, print, printJson } from '../output.ts';
import { documentsFolder } from '../project.ts';
import { repeated } from '../run-command.ts';

export const initCommand = defineCommand({
  meta: { name: 'init', description: 'Make a mesh of the Workers of this repository: one document for each' },
  args: {
    configs: {
      type: 'positional',
      required: false,
      description: 'CONFIG ... of wrangler (default: all below this folder)',
    },
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
    const dryRun = args['dry-run'] ?? false;
    const result = await initProject({
      root: process.cwd(),
      configs: args._,
      documents: args.file,
      exclude: repeated(rawArgs, 'exclude', ''),
      environment: args.env || undefined,
      dryRun,
    });
    if (args.json) {
      const { project, ...told } = result;
      printJson({ ...told, dryRun, leftOut: project.leftOut, found: project.notes });
    } else printResult(result, dryRun);
    return exitCode.ok;
  },
});

function printResult({ project, graph, write, kept, notes, folder, excluded }: InitResult, dryRun: boolean): void {
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
