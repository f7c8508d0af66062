/** `selvedge explain`: what would become of a call, and why; from files, or as the running mesh has it. */
import { defineCommand } from 'citty';
import { explain } from '../../explain/explain.ts';
import { findService } from '../../explain/find-service.ts';
import { compileMesh, compileService } from '../../model/compile/compile.ts';
import type { Endpoint } from '../../model/snapshot.ts';
import { connectControl } from '../control/control-client.ts';
import { controlArgs } from '../control/find-control.ts';
import { meshFilesArgs } from '../explain/mesh-files.ts';
import { controlSource, filesSource, type SourcedService } from '../explain/mesh-source.ts';
import { explanationLines } from '../explain/print-explanation.ts';
import { readQuestion } from '../explain/read-question.ts';
import { CliFailure, exitCode } from '../failure.ts';
import { print, printJson } from '../output.ts';
import { findProjectConfigs } from '../project.ts';
import { repeated } from '../run-command.ts';

export const explainCommand = defineCommand({
  meta: { name: 'explain', description: 'Say what would become of a call, and why, without sending it' },
  args: {
    method: { type: 'positional', required: false, description: 'Method of the call (default GET)' },
    url: { type: 'positional', required: false, description: 'URL that is called; none beside --rpc' },
    header: { type: 'string', alias: 'H', description: 'Header "name: value"; may be repeated', valueHint: 'header' },
    caller: { type: 'string', description: 'Service that calls, through a binding', valueHint: 'service' },
    principal: { type: 'string', description: 'Who a caller from outside has proved to be', valueHint: 'principal' },
    service: { type: 'string', description: 'Service that is called, where the host does not tell', valueHint: 'name' },
    rpc: { type: 'string', description: 'RPC method, instead of a URL', valueHint: 'method' },
    claim: {
      type: 'string',
      description: 'Claim name=value of a verified token; may be repeated',
      valueHint: 'claim',
    },
    claims: { type: 'string', description: 'Claims of a verified token, as a JSON object', valueHint: 'json' },
    user: { type: 'string', description: 'End user of a verified token', valueHint: 'issuer/subject' },
    geo: { type: 'string', description: 'Where a caller from outside is: EU/DE/TXL', valueHint: 'place' },
    address: { type: 'string', alias: 'remote-ip', description: 'Address of a client outside', valueHint: 'ip' },
    ip: { type: 'string', description: 'Address that connected, where it is another: a proxy', valueHint: 'ip' },
    at: { type: 'string', description: 'When the call is made (default: now)', valueHint: 'instant' },
    journey: { type: 'string', description: 'Versions chosen further up: orders:v2,cart:v1', valueHint: 'versions' },
    ...meshFilesArgs,
    ...controlArgs,
  },
  async run({ args, rawArgs }) {
    const question = readQuestion({
      words: args._,
      headers: repeated(rawArgs, 'header', 'H'),
      caller: args.caller,
      principal: args.principal,
      rpc: args.rpc,
      claims: repeated(rawArgs, 'claim'),
      geo: args.geo,
      claimsJson: args.claims,
      user: args.user,
      address: args.address,
      ip: args.ip,
      at: args.at,
      journey: args.journey,
    });
    const files = repeated(rawArgs, 'file', 'f');
    const source =
      files.length > 0
        ? await filesSource(files, await findProjectConfigs(undefined).catch(() => []))
        : await controlSource(await connectControl(args));
    const service = args.service ?? findService(question.url, question.door, source.services);
    if (service === undefined)
      throw nobodyAnswers(
        question.door,
        source.services.map((one) => one.service),
      );
    const found = await source.read(service);
    const mesh = compileMesh(found.mesh, found.meshRevision);
    const snapshot = compileService(found.document, mesh, { revision: found.revision, declared: found.declared });
    const explained = await explain(question, found.document, snapshot, {
      declared: found.declared,
      resolves: (endpoint) => isReached(endpoint, found),
    });
    if (args.json) printJson({ from: source.from, ...explained });
    else print(explanationLines(explained).join('\n'));
    return exitCode.ok;
  },
});

function isReached(endpoint: Endpoint, { reached }: SourcedService): boolean {
  if (reached === undefined || endpoint.kind === 'url') return true;
  if (endpoint.kind === 'service') return reached.peers.includes(endpoint.service);
  return reached.workers.includes(endpoint.worker);
}

function nobodyAnswers(door: 'mesh' | 'public', known: readonly string[]): CliFailure {
  const message =
    door === 'public'
      ? 'no service is public under this host (404 not_public); if a Worker of the mesh calls, say which with --caller'
      : `the host is no service of the mesh; name it with --service, one of ${known.join(', ') || 'none'}`;
  return new CliFailure('unknown_service', message, exitCode.findings, { known });
}
