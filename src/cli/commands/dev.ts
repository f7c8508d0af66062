/** `selvedge dev`: the whole mesh on this machine, until it is told to stop. */
import { relative } from 'node:path';
import { defineCommand } from 'citty';
import { DerivationError } from '../../derive/derivation-error.ts';
import { StartFailure } from '../dev/mesh/mesh-host.ts';
import { runSession } from '../dev/session/run-session.ts';
import { type DevOptions, type RunningMesh, startDev } from '../dev/start.ts';
import { CliFailure, type ExitCode, exitCode, usageFailure } from '../failure.ts';
import { columns, paint, print, printError } from '../output.ts';
import { resolveProject } from '../project.ts';

export const devCommand = defineCommand({
  meta: { name: 'dev', description: 'Run your Workers with an edge before each, on this machine' },
  args: {
    configs: {
      type: 'positional',
      required: false,
      description: 'CONFIG ... of wrangler (default: all below this folder)',
    },
    file: {
      type: 'string',
      alias: 'f',
      description: 'Directory of documents (default: selvedge); they overwrite what local KV holds',
      valueHint: 'directory',
    },
    port: { type: 'string', description: 'Port of the gateway (8787, or the next free one)', valueHint: 'port' },
    env: { type: 'string', description: 'Environment of the wrangler configs', valueHint: 'name' },
    refresh: { type: 'string', description: 'Seconds after which edges look at KV again (1)', valueHint: 'seconds' },
    persist: {
      type: 'string',
      description: 'Where state is kept (.wrangler/state beside the first config)',
      valueHint: 'directory',
    },
    json: {
      type: 'boolean',
      description: 'Print one line of JSON when the mesh is ready; everything else goes to stderr',
    },
  },
  async run({ args }): Promise<ExitCode> {
    const onLine = args.json ? printError : print;
    const { configs, documents, notes } = await resolveProject({
      configs: args._,
      documents: args.file,
      environment: args.env || undefined,
    });
    for (const note of notes) onLine(note);
    const options: DevOptions = {
      configs,
      documents,
      port: args.port === undefined ? undefined : wholeNumber('--port', args.port, 0, 65535),
      environment: args.env,
      refreshSeconds: args.refresh === undefined ? undefined : wholeNumber('--refresh', args.refresh, 1, 86_400),
      persist: args.persist,
      watch: true,
      onLine,
    };
    try {
      return await runSession(
        (signal) => startDev({ ...options, signal }),
        (mesh) => (args.json ? printReadyJson(mesh) : printReady(mesh)),
      );
    } catch (cause) {
      if (cause instanceof DerivationError || cause instanceof StartFailure)
        throw new CliFailure('derivation', cause.message, exitCode.findings);
      throw cause;
    }
  },
});

function wholeNumber(option: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || value > most)
    throw usageFailure(`${option} is a whole number from ${least} to ${most}, not "${text}"`);
  return value;
}

/** Standard output is the ready line and nothing else; how documents are edited is said beside it. */
function printReadyJson(mesh: RunningMesh): void {
  printError(kvLine(mesh));
  print(JSON.stringify(mesh.info));
}

function printReady(mesh: RunningMesh): void {
  const { info } = mesh;
  const { open, plan, publicHosts } = mesh.host.mesh;
  const rows = Object.entries(info.services).map(([service, { url, host }]) => [
    paint('bold', `http://${host}/`),
    paint('dim', url),
    open.includes(service)
      ? paint('yellow', 'open: every caller may call it, since nobody wrote a document')
      : paint('dim', hostsText(Object.keys(publicHosts).filter((host) => publicHosts[host] === service))),
  ]);
  print('');
  print(`${paint('green', 'The mesh is ready.')}`);
  for (const line of columns(rows)) print(`  ${line}`);
  print('');
  print(`  Control  ${info.control}  ${paint('dim', `token ${info.token}`)}`);
  print(
    `  Identity ${info.identity}  ${paint('dim', `the same token; trust domain ${plan.trustDomain}, public keys at /v1/bundle`)}`,
  );
  print('');
  print(
    paint(
      'dim',
      'What you save is taken up: code, configs, documents. Documents are in local KV, where you may edit them too:',
    ),
  );
  print(`  ${kvLine(mesh)}`);
  print('');
}

/** The gateway answers under public hosts too, for requests that name one as theirs. */
function hostsText(hosts: readonly string[]): string {
  return hosts.length === 0 ? '' : `public: Host ${hosts.join(', ')}`;
}

/** The line that edits a document from another terminal. */
export function kvLine(mesh: Pick<RunningMesh, 'info' | 'registryId' | 'stateFolder'>): string {
  const service = Object.keys(mesh.info.services)[0] as string;
  const folder = relative(process.cwd(), mesh.stateFolder) || '.';
  return `npx wrangler kv key put service/${service} --path ${service}.json --namespace-id ${mesh.registryId} --local --persist-to ${folder}`;
}
