/** `selvedge apply`: has control check document files and write them, all or none. */
import { defineCommand } from 'citty';
import type { WriteAnswer, WriteManyAnswer, WriteManyRequest } from '../../control/api-types.ts';
import { connectControl } from '../control/control-client.ts';
import { controlArgs } from '../control/find-control.ts';
import { readDocumentFiles } from '../documents/document-files.ts';
import { importArgs, importOptions, withImports } from '../documents/import-files.ts';
import { CliFailure, exitCode, usageFailure } from '../failure.ts';
import { paint, print, printError, printJson } from '../output.ts';
import { issueLine } from '../print-issues.ts';
import { repeated } from '../run-command.ts';

export const applyCommand = defineCommand({
  meta: { name: 'apply', description: 'Write document files into the mesh, all or none' },
  args: {
    documents: {
      type: 'positional',
      required: false,
      description: 'Files or directories of documents, as with --file',
    },
    file: {
      type: 'string',
      alias: 'f',
      description: 'File or directory of documents, or of manifests of the Gateway API and Istio; may be repeated',
      valueHint: 'path',
    },
    ...importArgs,
    'dry-run': { type: 'boolean', description: 'Say what would change and write nothing' },
    ...controlArgs,
  },
  async run({ args, rawArgs }) {
    const paths = [...repeated(rawArgs, 'file', 'f'), ...args._];
    if (paths.length === 0) throw usageFailure('name the documents: -f DIRECTORY or -f FILE');
    const files = await readDocumentFiles(paths);
    const documents = withImports(files, importOptions(args.lenient === true, rawArgs), args.json === true);
    const control = await connectControl(args);
    const request: WriteManyRequest = { documents, dryRun: args['dry-run'] === true };
    try {
      const answer = await control.send<WriteManyAnswer>('POST', '/api/documents', request);
      if (args.json) printJson(answer);
      else printAnswer(answer);
      return exitCode.ok;
    } catch (cause) {
      const issues = cause instanceof CliFailure && cause.code === 'malformed' ? cause.details.issues : undefined;
      if (args.json || !Array.isArray(issues)) throw cause;
      for (const issue of issues) printError(issueLine(issue));
      throw new CliFailure('malformed', 'nothing was written', exitCode.findings);
    }
  },
});

function printAnswer({ dryRun, results, warnings }: WriteManyAnswer): void {
  const colour = { unchanged: 'dim', created: 'green', updated: 'cyan' } as const;
  for (const { key, change, words, revision } of results as readonly WriteAnswer[]) {
    print(
      `${paint(colour[change], dryRun && change !== 'unchanged' ? `would be ${change}` : change)}  ${paint('bold', key)}  ${paint('dim', revision)}`,
    );
    for (const line of words) print(`  ${line}`);
  }
  for (const warning of warnings) printError(issueLine(warning));
}
