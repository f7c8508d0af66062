/** `selvedge deploy`: what is missing is created, edges go before Workers, routes go to edges; what it will do is printed first. */
import { join, resolve } from 'node:path';
import { defineCommand } from 'citty';
import { inEnvironment } from '../../derive/plan/names.ts';
import type { DeployPlan } from '../deploy/plan/deploy-plan.ts';
import { describeStep } from '../deploy/plan/deploy-step.ts';
import { planDeployment } from '../deploy/plan/plan-deploy.ts';
import { printPlan } from '../deploy/plan/print-plan.ts';
import { checkWranglers, type Prepared, prepare } from '../deploy/prepare.ts';
import { runPlan } from '../deploy/run/run-plan.ts';
import type { StepContext } from '../deploy/run/run-step.ts';
import { type Verification, verifyDeployment } from '../deploy/run/verify.ts';
import { withRegistry } from '../deploy/run/with-registry.ts';
import type { DeployableWorker } from '../derive/derive-deployment.ts';
import { registryPlaceholder } from '../derive/hand-deployment.ts';
import { checkOutput, writeDeployment } from '../derive/write-deployment.ts';
import { CliFailure, type ExitCode, exitCode } from '../failure.ts';
import { hostArgument } from '../host-argument.ts';
import { paint, print, printError, printJson } from '../output.ts';
import { resolveProject } from '../project.ts';

export const deployCommand = defineCommand({
  meta: { name: 'deploy', description: 'Deploy your Workers with an edge before each' },
  args: {
    configs: {
      type: 'positional',
      required: false,
      description: 'CONFIG ... of wrangler (default: all below this folder)',
    },
    file: {
      type: 'string',
      alias: 'f',
      description: 'Directory of documents, which are written where KV has none',
      valueHint: 'directory',
    },
    env: { type: 'string', description: 'Environment of the wrangler configs', valueHint: 'name' },
    plan: { type: 'boolean', description: 'Say what would be done, and do nothing' },
    'dry-run': { type: 'boolean', description: 'The same as --plan' },
    'control-host': {
      type: 'string',
      description: 'Custom domain of control; without one it has no address',
      valueHint: 'host',
    },
    'identity-host': {
      type: 'string',
      description: 'Custom domain of identity; without one only Workers of the account reach it',
      valueHint: 'host',
    },
    'overwrite-documents': { type: 'boolean', description: 'Write documents over what was edited in KV' },
    out: { type: 'string', description: 'Build output (default: .selvedge/deploy)', valueHint: 'directory' },
    json: { type: 'boolean', description: 'Print JSON' },
  },
  async run({ args }): Promise<ExitCode> {
    const environment = args.env || undefined;
    const planOnly = args.plan === true || args['dry-run'] === true;
    const controlHost = hostArgument('control-host', args['control-host']);
    const identityHost = hostArgument('identity-host', args['identity-host']);
    const project = await resolveProject({ configs: args._, documents: args.file, environment });
    const out = resolve(args.out ?? join(project.root, '.selvedge', inEnvironment('deploy', environment)));
    await checkOutput(out);

    const prepared = await prepare({
      configs: project.configs,
      ...(project.documents === undefined ? {} : { documents: project.documents }),
      ...(environment === undefined ? {} : { environment }),
      ...(controlHost === undefined ? {} : { controlHost }),
      ...(identityHost === undefined ? {} : { identityHost }),
      overwriteDocuments: args['overwrite-documents'] === true,
    });
    const plan = await planOf(prepared, project.notes);
    if (plan.refusals.length > 0) return refused(plan, args.json === true);
    if (planOnly) {
      if (args.json) printJson(asJson(plan));
      else printPlan(plan, 'Nothing is done by --plan.');
      return exitCode.ok;
    }
    if (!args.json) printPlan(plan);
    const context: StepContext = {
      ...prepared,
      folder: out,
      registryId: prepared.registry.id,
      tokens: new Map(),
    };
    await writeOutput(out, prepared, context);
    const say = args.json ? printError : print;
    const results = await runPlan(plan.steps, context, 'deploy', say);
    await writeOutput(out, prepared, context);
    const verification = await verifyDeployment(prepared, context, controlHost);
    if (args.json)
      printJson({
        ...asJson(plan),
        results: results.map(({ words, ms, note }) => ({ words, ms, note })),
        tokens: Object.fromEntries(context.tokens),
        verification,
      });
    else printVerification(verification);
    return verification.missing.length === 0 ? exitCode.ok : exitCode.findings;
  },
});

/** The build output as it stands in the account: before the first step, so that the folder is known as ours, and after the last. */
async function writeOutput(out: string, { deployment, workers }: Prepared, { registryId }: StepContext): Promise<void> {
  const written = deployment.workers.map(({ name }) => withRegistry(workers.get(name) as DeployableWorker, registryId));
  await writeDeployment(out, { ...deployment, workers: written }, registryId ?? registryPlaceholder);
}

async function planOf(prepared: Prepared, notes: readonly string[]): Promise<DeployPlan> {
  const plan = planDeployment(prepared.input);
  const refusals = await checkWranglers(prepared);
  return {
    ...plan,
    notes: [...notes, ...prepared.deployment.notes, ...plan.notes],
    refusals: [...plan.refusals, ...refusals],
  };
}

function refused(plan: DeployPlan, json: boolean): never {
  if (!json) printPlan(plan);
  throw new CliFailure(
    'refused',
    `nothing was deployed:\n${plan.refusals.map((one) => `- ${one}`).join('\n')}`,
    exitCode.findings,
    { ...asJson(plan) },
  );
}

function asJson(plan: DeployPlan) {
  return { ...plan, steps: plan.steps.map((step) => ({ ...step, words: describeStep(step) })) };
}

function printVerification({ missing, verified, unverified }: Verification): void {
  print('');
  for (const line of verified) print(`${paint('green', 'verified')}      ${line}`);
  for (const line of unverified) print(`${paint('dim', 'not verified')}  ${line}`);
  for (const line of missing) print(`${paint('red', 'missing')}       ${line}`);
}
