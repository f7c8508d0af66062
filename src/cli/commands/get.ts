/** `selvedge get`: the list of documents, or one of them as YAML or JSON. */
import { defineCommand } from 'citty';
import type { DocumentAnswer, DocumentList } from '../../control/api-types.ts';
import { connectControl } from '../control/control-client.ts';
import { controlArgs } from '../control/find-control.ts';
import { documentPath } from '../documents/document-key.ts';
import { yamlOf } from '../documents/document-yaml.ts';
import { exitCode } from '../failure.ts';
import { paint, print, printJson, span, table } from '../output.ts';

export const getCommand = defineCommand({
  meta: { name: 'get', description: 'List the documents of the mesh, or print one' },
  args: {
    key: { type: 'positional', required: false, description: 'A service, or a key: mesh, service/NAME' },
    output: {
      type: 'enum',
      alias: 'o',
      options: ['yaml', 'json'],
      description: 'Form of the document',
      default: 'yaml',
    },
    ...controlArgs,
  },
  async run({ args }) {
    const control = await connectControl(args);
    if (args.key === undefined) {
      const list = await control.get<DocumentList>('/api/documents');
      if (args.json || args.output === 'json') printJson(list);
      else printList(list);
      return exitCode.ok;
    }
    const answer = await control.get<DocumentAnswer>(documentPath(args.key));
    if (args.json) printJson(answer);
    else if (answer.document === null) print(answer.text.trimEnd());
    else if (args.output === 'json') printJson(answer.document);
    else print((await yamlOf(answer.document)).trimEnd());
    return exitCode.ok;
  },
});

function printList({ documents }: DocumentList): void {
  if (documents.length === 0) {
    print('The mesh has no documents yet. Write some with `selvedge apply -f DIRECTORY`.');
    return;
  }
  const now = Date.now();
  const rows = documents.map((one) => [
    one.key,
    one.revision,
    paint(one.state === 'ok' ? 'green' : one.state === 'unresolved' ? 'yellow' : 'red', one.state),
    one.writtenAtMs === undefined ? '-' : `${span(now - one.writtenAtMs)} ago`,
  ]);
  print(table(['KEY', 'REVISION', 'STATE', 'WRITTEN'], rows));
}
