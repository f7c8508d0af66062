/** `selvedge import`: manifests of the Gateway API and of Istio become documents, on the terminal or as files. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defineCommand } from 'citty';
import { renderDocument } from '../../interop/documents/render.ts';
import { readDocumentFiles } from '../documents/document-files.ts';
import { importArgs, importOptions, importOrRefuse } from '../documents/import-files.ts';
import { CliFailure, exitCode, usageFailure } from '../failure.ts';
import { openFolder } from '../open-folder.ts';
import { paint, print, printJson } from '../output.ts';

interface Rendered {
  readonly name: string;
  readonly text: string;
}

export const importCommand = defineCommand({
  meta: { name: 'import', description: 'Turn manifests of the Gateway API and of Istio into documents' },
  args: {
    manifests: { type: 'positional', required: false, description: 'Files or directories of manifests' },
    out: {
      type: 'string',
      description: 'Folder for the documents, one file each; without it they are printed',
      valueHint: 'dir',
    },
    force: { type: 'boolean', description: 'Replace files that are there and say something else' },
    ...importArgs,
    json: { type: 'boolean', description: 'Print JSON' },
  },
  async run({ args, rawArgs }) {
    if (args._.length === 0) throw usageFailure('name the manifests: selvedge import FILE...');
    const files = await readDocumentFiles(args._);
    const json = args.json === true;
    const { documents, issues, names } = importOrRefuse(files, importOptions(args.lenient === true, rawArgs), json);
    const rendered = documents.map((document): Rendered => {
      return { name: `${document.key.replace(/^service\//, '')}.yaml`, text: renderDocument(document) };
    });
    const written = args.out ? await writeAll(args.out, rendered, args.force === true) : [];
    if (json) printJson({ documents, issues, names, written });
    else if (!args.out) print(rendered.map(({ text }) => text.trimEnd()).join('\n---\n'));
    else for (const path of written) print(`${paint('green', 'written')}  ${path}`);
    return exitCode.ok;
  },
});

/** All or none: a file that somebody may have changed by hand is replaced only where that was asked for. */
async function writeAll(folder: string, documents: readonly Rendered[], force: boolean): Promise<string[]> {
  const paths = documents.map(({ name }) => join(folder, name));
  for (const [index, path] of paths.entries()) {
    const there = await readFile(path, 'utf8').catch(() => undefined);
    if (!force && there !== undefined && there !== documents[index]?.text) {
      const message = `${path} is there and says something else; --force replaces it`;
      throw new CliFailure('file_exists', message, exitCode.findings);
    }
  }
  await openFolder(folder);
  await Promise.all(documents.map(({ text }, index) => writeFile(paths[index] as string, text)));
  return paths;
}
