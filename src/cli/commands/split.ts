/** `selvedge split`: new weights for the versions of one route, everything else as it was. */
import { defineCommand } from 'citty';
import type { SplitAnswer } from '../../control/api-types.ts';
import { connectControl } from '../control/control-client.ts';
import { controlArgs } from '../control/find-control.ts';
import { exitCode, usageFailure } from '../failure.ts';
import { paint, print, printJson, table } from '../output.ts';

/** Reads `v1=90 v2=10`. */
export function readWeights(pairs: readonly string[]): Record<string, number> {
  const weights: Record<string, number> = {};
  for (const pair of pairs) {
    const found = /^([^=\s]+)=(\d+)%?$/.exec(pair);
    if (found === null)
      throw usageFailure(`"${pair}" is no weight; write VERSION=WEIGHT with a whole number, as in v1=90`);
    const [, version, weight] = found as unknown as [string, string, string];
    if (Object.hasOwn(weights, version)) throw usageFailure(`the version "${version}" is named twice`);
    weights[version] = Number(weight);
  }
  if (pairs.length === 0) throw usageFailure('name the weights, as in: selvedge split payment v1=90 v2=10');
  return weights;
}

export const splitCommand = defineCommand({
  meta: { name: 'split', description: 'Move traffic between the versions of a service' },
  args: {
    service: { type: 'positional', required: true, description: 'The service' },
    weights: { type: 'positional', description: 'VERSION=WEIGHT ..., relative to each other; versions left out get 0' },
    route: {
      type: 'string',
      description: 'The route, if not "default" or the one that catches all',
      valueHint: 'name',
    },
    ...controlArgs,
  },
  async run({ args }) {
    const weights = readWeights(args._.slice(1));
    const control = await connectControl(args);
    const body = args.route === undefined ? weights : { ...weights, route: args.route };
    const answer = await control.send<SplitAnswer>(
      'POST',
      `/api/services/${encodeURIComponent(args.service)}/split`,
      body,
    );
    if (args.json) printJson(answer);
    else printSplit(answer);
    return exitCode.ok;
  },
});

function printSplit(answer: SplitAnswer): void {
  const total = (side: 'before' | 'after') => answer.changes.reduce((sum, change) => sum + change[side], 0);
  const share = (weight: number, sum: number) => (sum === 0 ? '0%' : `${Number(((100 * weight) / sum).toFixed(1))}%`);
  const rows = answer.changes.map((change) => [
    change.version,
    share(change.before, total('before')),
    paint('bold', share(change.after, total('after'))),
  ]);
  print(`${paint('bold', answer.service)}, route ${answer.route}`);
  print(table(['VERSION', 'WAS', 'IS'], rows));
  print(
    `Revision ${answer.revision}; edges take it up at their next refresh, within ${answer.refreshSeconds} s and what KV needs to propagate.`,
  );
}
