/** `selvedge access`: who may call whom; from files, or as the running mesh has it. */
import { defineCommand } from 'citty';
import type { DryRunAnswer } from '../../control/api-types.ts';
import { type AccessMap, accessMap } from '../../model/access-map/access-map.ts';
import { narrowMap, summarise, unknownInMap } from '../../model/access-map/find-cell.ts';
import { accessLines } from '../access/print-access.ts';
import { dryRunLines } from '../access/print-dry-runs.ts';
import { connectControl } from '../control/control-client.ts';
import { controlArgs } from '../control/find-control.ts';
import { queryOf } from '../control/url-query.ts';
import { meshFilesArgs, readMeshFiles } from '../explain/mesh-files.ts';
import { CliFailure, exitCode } from '../failure.ts';
import { print, printError, printJson } from '../output.ts';
import { findProjectConfigs } from '../project.ts';
import { repeated } from '../run-command.ts';

export const accessCommand = defineCommand({
  meta: { name: 'access', description: 'Who may call whom, and which rule says so' },
  args: {
    service: { type: 'positional', required: false, description: 'One service, with its rules', valueHint: 'service' },
    caller: {
      type: 'string',
      description: 'One caller: a service, outside, "end users", or an id',
      valueHint: 'caller',
    },
    ...meshFilesArgs,
    ...controlArgs,
  },
  async run({ args, rawArgs }) {
    const { service } = args;
    const files = repeated(rawArgs, 'file', 'f');
    const { from, map, dryRuns } = files.length > 0 ? await ofFiles(files) : await ofControl(args, service);
    const unknown = unknownInMap(map, service, args.caller);
    if (unknown !== undefined) throw new CliFailure('not_found', unknown, exitCode.findings);
    const narrowed = narrowMap(map, service, args.caller);
    if (args.json) printJson({ from, summary: summarise(narrowed), ...narrowed, dryRuns: dryRuns?.services });
    else {
      const counted = args.caller === undefined ? dryRunLines(dryRuns?.services ?? [], Date.now()) : [];
      print([...accessLines(narrowed, { service, caller: args.caller }), ...counted].join('\n'));
      if (dryRuns !== undefined && dryRuns.problem !== '') printError(dryRuns.problem);
    }
    return exitCode.ok;
  },
});

interface SourcedMap {
  /** Where it was read, for people. */
  readonly from: string;
  readonly map: AccessMap;
  /** What the running mesh has counted of dry runs. */
  readonly dryRuns?: DryRunAnswer;
}

async function ofFiles(paths: readonly string[]): Promise<SourcedMap> {
  const { services, mesh, topology } = await readMeshFiles(paths, await findProjectConfigs(undefined).catch(() => []));
  return { from: paths.join(', '), map: accessMap({ documents: services, mesh, topology, nowMs: Date.now() }) };
}

async function ofControl(args: Parameters<typeof connectControl>[0], service: string | undefined): Promise<SourcedMap> {
  const control = await connectControl(args);
  const map = await control.get<AccessMap>('/api/access');
  const dryRuns = await control
    .get<DryRunAnswer>(`/api/access/dry-runs${queryOf({ service })}`)
    .catch((failure: unknown) => {
      // A control that was deployed before it counted dry runs still says who may call whom.
      if (failure instanceof CliFailure && failure.code === 'not_found') return undefined;
      throw failure;
    });
  return { from: control.url, map, dryRuns };
}
