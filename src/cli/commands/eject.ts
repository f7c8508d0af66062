/** `selvedge eject`: the reverse of `deploy`, until the account is as it would be without the mesh. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineCommand } from 'citty';
import { describeStep } from '../deploy/plan/deploy-step.ts';
import { printPlan } from '../deploy/plan/print-plan.ts';
import { prepareEject } from '../deploy/prepare-eject.ts';
import { runPlan } from '../deploy/run/run-plan.ts';
import { type ExitCode, exitCode } from '../failure.ts';
import { print, printError, printJson } from '../output.ts';
import { resolveProject } from '../project.ts';

export const ejectCommand = defineCommand({
  meta: { name: 'eject', description: 'Take the mesh out of the account again' },
  args: {
    configs: {
      type: 'positional',
      required: false,
      description: 'CONFIG ... of wrangler (default: all below this folder)',
    },
    file: { type: 'string', alias: 'f', description: 'Directory of documents', valueHint: 'directory' },
    env: { type: 'string', description: 'Environment of the wrangler configs', valueHint: 'name' },
    plan: { type: 'boolean', description: 'Say what would be done, and do nothing' },
    'dry-run': { type: 'boolean', description: 'The same as --plan' },
    'delete-data': { type: 'boolean', description: 'Delete the KV namespace with the documents too' },
    json: { type: 'boolean', description: 'Print JSON' },
  },
  async run({ args }): Promise<ExitCode> {
    const environment = args.env || undefined;
    // Derived forms of strict Workers; nobody has a use for them afterwards.
    const folder = await mkdtemp(join(tmpdir(), 'selvedge-eject-'));
    try {
      return await eject(args, environment, folder);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
});

interface EjectArgs {
  readonly _: readonly string[];
  readonly file?: string;
  readonly plan?: boolean;
  readonly 'dry-run'?: boolean;
  readonly json?: boolean;
  readonly 'delete-data'?: boolean;
}

async function eject(args: EjectArgs, environment: string | undefined, folder: string): Promise<ExitCode> {
  const planOnly = args.plan === true || args['dry-run'] === true;
  const project = await resolveProject({ configs: args._, documents: args.file, environment });
  const { plan, context } = await prepareEject({
    configs: project.configs,
    ...(project.documents === undefined ? {} : { documents: project.documents }),
    ...(environment === undefined ? {} : { environment }),
    deleteData: args['delete-data'] === true,
    folder,
  });
  const told = { ...plan, notes: [...project.notes, ...plan.notes] };
  const steps = plan.steps.map((step) => ({ ...step, words: describeStep(step) }));
  if (!args.json) printPlan(told, planOnly ? 'Nothing is done by --plan.' : undefined);
  if (planOnly) {
    if (args.json) printJson({ ...told, steps });
    return exitCode.ok;
  }
  const results = await runPlan(plan.steps, context, 'eject', args.json ? printError : print);
  if (args.json) printJson({ ...told, steps, results: results.map(({ words, ms, note }) => ({ words, ms, note })) });
  else print(`The mesh is out: ${results.length} ${results.length === 1 ? 'step was' : 'steps were'} done.`);
  return exitCode.ok;
}
