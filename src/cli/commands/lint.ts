/** `selvedge lint`: every mistake of every document, and every way around an edge in the wrangler configs; no mesh needs to run. */
import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { defineCommand } from 'citty';
import { byPlace, type Issue } from '../../model/findings/issue.ts';
import { lintMesh } from '../../model/lint/lint.ts';
import { lintCode, lintOfWhole } from '../../model/lint/lint-code.ts';
import { documentPlaces, type Place } from '../../model/reading/document-places.ts';
import { keyOf, parseFile } from '../../model/reading/parse.ts';
import type { StoredDocument } from '../../model/sound-document.ts';
import { readDocumentFiles } from '../documents/document-files.ts';
import { exitCode, usageFailure } from '../failure.ts';
import { lintConfigs } from '../lint/lint-configs.ts';
import { sortFiles } from '../lint/lint-files.ts';
import { print, printJson } from '../output.ts';
import { issueLine, issueSummary } from '../print-issues.ts';
import { documentsFolder, findProjectConfigs } from '../project.ts';
import { repeated } from '../run-command.ts';

/** Where documents are, unless somebody says else. */
const otherDirectory = 'config';

function noDocuments(): never {
  throw usageFailure(
    `there are no documents in ${documentsFolder} or ${otherDirectory} here: \`selvedge init\` writes them, and -f names others`,
  );
}

export const lintCommand = defineCommand({
  meta: { name: 'lint', description: 'Check documents, and what in wrangler configs goes around an edge; all at once' },
  args: {
    files: {
      type: 'positional',
      required: false,
      description: 'Documents and wrangler configs, told apart by what they hold',
    },
    file: {
      type: 'string',
      alias: 'f',
      description: `File or directory of documents; may be repeated (default: ${documentsFolder}, else ${otherDirectory})`,
      valueHint: 'path',
    },
    env: { type: 'string', description: 'Environment of the wrangler configs', valueHint: 'name' },
    json: { type: 'boolean', description: 'Print JSON' },
  },
  async run({ args, rawArgs }) {
    const environment = args.env || undefined;
    const named = await sortFiles(args._);
    const given = [...repeated(rawArgs, 'file', 'f'), ...named.documents];
    const paths = given.length > 0 ? given : [[documentsFolder, otherDirectory].find(existsSync) ?? noDocuments()];
    const files = await readDocumentFiles(paths);
    const issues: Issue[] = [];
    const placeOf = new Map<string, (path: string) => Place & { readonly file: string }>();
    const documents: StoredDocument[] = [];
    for (const { file, text } of files) {
      const parsed = parseFile(text, file);
      if (!parsed.ok) issues.push(...parsed.issues);
      if (!parsed.ok) continue;
      const places = documentPlaces(text, file);
      parsed.documents.forEach((document, index) => {
        documents.push(document);
        placeOf.set(keyOf(document), (path) => ({ file, ...(places[index]?.(path) ?? { line: 0, column: 0 }) }));
      });
    }
    // Documents that are named by themselves are judged by themselves.
    const configs =
      named.configs.length > 0 || given.length > 0 ? named.configs : await findProjectConfigs(environment);
    const { topology, issues: around } = await lintConfigs(configs, documents, environment);
    // Which services the mesh has can only be judged where all documents are at hand and could be read.
    const whole = issues.length === 0 && (await anyDirectory(paths));
    const found: Issue[] = [];
    for (const warning of lintMesh(documents, whole ? topology : undefined, Date.now())) {
      if (lintOfWhole.has(warning.code) && !whole) continue;
      // A service of the configs without a document gets an open one, in development and at deployment.
      if (warning.code === lintCode.missingDocument) continue;
      found.push({ ...warning, ...placeOf.get(warning.file)?.(warning.path) });
    }
    issues.push(...found.sort(byPlace), ...around);
    const names = [...files.map((one) => one.file), ...configs];
    if (args.json) printJson({ files: names, issues });
    else print([...issues.map(issueLine), issueSummary(issues, names.length)].join('\n'));
    return issues.some((issue) => issue.severity === 'error') ? exitCode.findings : exitCode.ok;
  },
});

async function anyDirectory(paths: readonly string[]): Promise<boolean> {
  return (await Promise.all(paths.map((path) => stat(path)))).some((found) => found.isDirectory());
}
