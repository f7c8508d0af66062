/** `selvedge lint`: every mistake of every document file, with its place, without a mesh. */
import { stat } from 'node:fs/promises';
import { defineCommand } from 'citty';
import type { Issue } from '../../model/issue.ts';
import { lintMesh } from '../../model/lint.ts';
import { lintCode } from '../../model/lint-code.ts';
import { keyOf, parseFile } from '../../model/parse.ts';
import type { StoredDocument } from '../../model/validate.ts';
import { readDocumentFiles } from '../document-files.ts';
import { exitCode } from '../failure.ts';
import { print, printJson } from '../output.ts';
import { issueLine, issueSummary } from '../print-issues.ts';
import { repeated } from '../run-command.ts';

/** Where documents are, unless somebody says else. */
const defaultDirectory = 'config';

export const lintCommand = defineCommand({
  meta: { name: 'lint', description: 'Check document files; every mistake with its place, all at once' },
  args: {
    file: {
      type: 'string',
      alias: 'f',
      description: `File or directory of documents; may be repeated (default: ${defaultDirectory})`,
      valueHint: 'path',
    },
    json: { type: 'boolean', description: 'Print JSON' },
  },
  async run({ args, rawArgs }) {
    const named = [...repeated(rawArgs, 'file', 'f'), ...args._];
    const paths = named.length > 0 ? named : [defaultDirectory];
    const files = await readDocumentFiles(paths);
    const issues: Issue[] = [];
    const fileOf = new Map<string, string>();
    const documents: StoredDocument[] = [];
    for (const { file, text } of files) {
      const parsed = parseFile(text, file);
      if (!parsed.ok) issues.push(...parsed.issues);
      for (const document of parsed.ok ? parsed.documents : []) {
        documents.push(document);
        fileOf.set(keyOf(document), file);
      }
    }
    // Which services the mesh has can only be judged where all documents are at hand and could be read.
    const whole = issues.length === 0 && (await anyDirectory(paths));
    for (const warning of lintMesh(documents)) {
      if (warning.code === lintCode.unknownPrincipal && !whole) continue;
      issues.push({ ...warning, file: fileOf.get(warning.file) ?? warning.file });
    }
    if (args.json) printJson({ files: files.map((one) => one.file), issues });
    else print([...issues.map(issueLine), issueSummary(issues, files.length)].join('\n'));
    return issues.some((issue) => issue.severity === 'error') ? exitCode.findings : exitCode.ok;
  },
});

async function anyDirectory(paths: readonly string[]): Promise<boolean> {
  return (await Promise.all(paths.map((path) => stat(path)))).some((found) => found.isDirectory());
}
