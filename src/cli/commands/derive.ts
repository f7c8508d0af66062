/** `selvedge derive`: the wrangler configs of a mesh as build output, and how to deploy them by hand. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { defineCommand } from 'citty';
import { DerivationError } from '../../derive/derivation-error.ts';
import { type Deployment, deriveDeployment } from '../derive/derive-deployment.ts';
import { handDeployment, registryPlaceholder, routeNotes, type Step } from '../derive/hand-deployment.ts';
import { checkOutput, writeDeployment } from '../derive/write-deployment.ts';
import { shippedSources } from '../dev/mesh/mesh-sources.ts';
import { CliFailure, type ExitCode, exitCode, usageFailure } from '../failure.ts';
import { hostArgument } from '../host-argument.ts';
import { paint, print, printJson } from '../output.ts';
import { resolveProject } from '../project.ts';

export const deriveCommand = defineCommand({
  meta: { name: 'derive', description: 'Write the derived wrangler configs, to be deployed with plain wrangler' },
  args: {
    configs: {
      type: 'positional',
      required: false,
      description: 'CONFIG ... of wrangler (default: all below this folder)',
    },
    file: {
      type: 'string',
      alias: 'f',
      description: 'Directory of documents (default: selvedge; without: open ones)',
      valueHint: 'directory',
    },
    env: { type: 'string', description: 'Environment of the wrangler configs', valueHint: 'name' },
    out: { type: 'string', description: 'Where the build output goes', valueHint: 'directory' },
    'registry-id': { type: 'string', description: "Id of the mesh's KV namespace", valueHint: 'id' },
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
    json: { type: 'boolean', description: 'Print JSON' },
  },
  async run({ args }): Promise<ExitCode> {
    const project = await resolveProject({
      configs: args._,
      documents: args.file,
      environment: args.env || undefined,
    });
    const { configs, documents } = project;
    if (!args.out) throw usageFailure('say where the build output goes: --out DIRECTORY');
    const registryId = args['registry-id'];
    if (registryId !== undefined && !/^[0-9a-f]{32}$/.test(registryId))
      throw usageFailure(`--registry-id is the id of a KV namespace, 32 hex digits, not "${registryId}"`);
    const controlHost = hostArgument('control-host', args['control-host']);
    const identityHost = hostArgument('identity-host', args['identity-host']);
    await checkOutput(args.out);

    const facts = { registryId: registryId ?? registryPlaceholder, controlHost, identityHost };
    const deployment = await derived({ configs, documents, environment: args.env || undefined }, facts);
    await writeDeployment(args.out, deployment, facts.registryId);
    const steps = handDeployment(deployment, fromHere(args.out), registryId);
    const notes = [
      ...project.notes,
      ...deployment.notes,
      ...deployment.public.notes,
      ...routeNotes(deployment),
      ...(controlHost === undefined ? [unreachableControl] : []),
    ];
    if (args.json) {
      const workers = deployment.workers.map(({ name, role, service }) => ({ name, role, service }));
      printJson({ out: resolve(args.out), registryId: registryId ?? null, workers, steps, notes });
    } else printDeployment(args.out, deployment, steps, notes);
    return exitCode.ok;
  },
});

const unreachableControl =
  'control has no public address: documents are edited with `wrangler kv key put`, or derive with --control-host';

/** A folder as a command line here names it. */
function fromHere(folder: string): string {
  const path = relative(process.cwd(), resolve(folder));
  return path.startsWith('..') ? resolve(folder) : path || '.';
}

async function derived(
  what: { readonly configs: readonly string[]; readonly documents?: string; readonly environment?: string },
  facts: Parameters<typeof deriveDeployment>[1],
): Promise<Deployment> {
  const buildFolder = await mkdtemp(join(tmpdir(), 'selvedge-derive-'));
  // One failure ends the other bundles that are still under way.
  const failed = new AbortController();
  try {
    return await deriveDeployment({ ...what, sources: shippedSources, buildFolder, signal: failed.signal }, facts);
  } catch (cause) {
    failed.abort();
    if (cause instanceof DerivationError) throw new CliFailure('derivation', cause.message, exitCode.findings);
    throw cause;
  } finally {
    await rm(buildFolder, { recursive: true, force: true });
  }
}

function printDeployment(out: string, { workers }: Deployment, steps: readonly Step[], notes: readonly string[]): void {
  print(`${workers.length} Workers are derived into ${out}. By hand they are deployed in this order;`);
  print('your own Workers must have been deployed once as they are, since edges bind them:');
  print('');
  for (const [index, { command, note }] of steps.entries()) {
    print(`${String(index + 1).padStart(3)}  ${paint('bold', command)}`);
    if (note !== undefined) print(`     ${paint('dim', `# ${note}`)}`);
  }
  if (notes.length > 0) print('');
  for (const note of notes) print(`${paint('yellow', 'note')} ${note}`);
}
