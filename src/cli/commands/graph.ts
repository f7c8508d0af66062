/** `selvedge graph`: the declared graph of a repository; no mesh needs to run. */
import { defineCommand } from 'citty';
import { type ExitCode, exitCode, usageFailure } from '../failure.ts';
import { graphOf } from '../init/plan-init.ts';
import { graphMermaid, graphText } from '../init/render-graph.ts';
import { print, printError, printJson } from '../output.ts';
import { readProject } from '../project.ts';

export const graphCommand = defineCommand({
  meta: { name: 'graph', description: 'Print who binds whom, from the wrangler configs' },
  args: {
    configs: {
      type: 'positional',
      required: false,
      description: 'CONFIG ... of wrangler (default: all below this folder)',
    },
    file: {
      type: 'string',
      alias: 'f',
      description: 'Directory of documents (default: selvedge, if there is one)',
      valueHint: 'directory',
    },
    env: { type: 'string', description: 'Environment of the wrangler configs', valueHint: 'name' },
    mermaid: { type: 'boolean', description: 'Print a Mermaid flowchart' },
    json: { type: 'boolean', description: 'Print JSON' },
  },
  async run({ args }): Promise<ExitCode> {
    if (args.json && args.mermaid) throw usageFailure('choose one of --json and --mermaid');
    const environment = args.env || undefined;
    const project = await readProject({ configs: args._, documents: args.file, environment });
    const { graph } = await graphOf(project, environment);
    if (args.json) printJson({ ...graph, leftOut: project.leftOut, notes: project.notes });
    else {
      for (const note of project.notes) printError(note);
      print(args.mermaid ? graphMermaid(graph) : graphText(graph));
    }
    return exitCode.ok;
  },
});
