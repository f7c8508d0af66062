/** Kubernetes manifests among document files: read for `selvedge import`, and for `selvedge apply` beside the mesh's own documents. */
import type { Imported } from '../../interop/documents/document-types.ts';
import { renderDocument } from '../../interop/documents/render.ts';
import { type ImportOptions, importManifests } from '../../interop/import-manifests.ts';
import { withoutManifests } from '../../interop/manifests/mixed-file.ts';
import { CliFailure, exitCode, usageFailure } from '../failure.ts';
import { printError } from '../output.ts';
import { issueLine, issueSummary } from '../print-issues.ts';
import { repeated } from '../run-command.ts';
import type { DocumentFile } from './document-files.ts';

/** Options of every command that takes manifests. */
export const importArgs = {
  lenient: { type: 'boolean', description: 'Import what can be, and leave the rest as comments' },
  namespace: {
    type: 'string',
    description: 'Services of a namespace without manifests; may be repeated',
    valueHint: 'namespace=service,service',
  },
  worker: {
    type: 'string',
    description: 'Worker of a service, or of a subset of it; may be repeated',
    valueHint: 'service:subset=worker',
  },
  'root-namespace': {
    type: 'string',
    description: "Istio's namespace for what counts in the whole mesh; istio-system by default",
    valueHint: 'namespace',
  },
  keys: {
    type: 'string',
    description: "Where issuers' keys of a cluster's own address are published by https; may be repeated",
    valueHint: 'address=https-address',
  },
} as const;

/** What the options of a command line say. */
export function importOptions(lenient: boolean, rawArgs: readonly string[]): ImportOptions {
  const pairs = (option: string, form: string): [string, string][] =>
    repeated(rawArgs, option, option).map((text) => {
      // An address may have a query of its own, and a name has no sign of equality.
      const at = option === 'keys' ? text.search(/=https:/) : text.indexOf('=');
      if (at < 1 || at === text.length - 1) throw usageFailure(`--${option} takes ${form}, and not "${text}"`);
      return [text.slice(0, at), text.slice(at + 1)];
    });
  const members = pairs('namespace', importArgs.namespace.valueHint).map(([namespace, names]) => [
    namespace,
    names.split(','),
  ]);
  const rootNamespace = repeated(rawArgs, 'root-namespace').at(-1);
  return {
    lenient,
    ...(rootNamespace === undefined ? {} : { rootNamespace }),
    keyAddresses: Object.fromEntries(pairs('keys', importArgs.keys.valueHint)),
    namespaces: Object.fromEntries(members),
    workers: Object.fromEntries(pairs('worker', importArgs.worker.valueHint)),
  };
}

/** Imports files, and refuses them all where anything was an error. Prints what was found, unless `json`. */
export function importOrRefuse(files: readonly DocumentFile[], options: ImportOptions, json: boolean): Imported {
  const imported = importManifests(
    files.map(({ file, text }) => ({ name: file, text })),
    options,
  );
  const { issues } = imported;
  if (!json) {
    for (const issue of issues) printError(issueLine(issue));
    if (issues.length > 0) printError(issueSummary(issues, files.length));
  }
  if (issues.some(({ severity }) => severity === 'error')) {
    const message = options.lenient
      ? 'nothing is written: what keeps callers out is never left out, and what is malformed cannot be read'
      : 'not everything can be imported; --lenient makes comments of the rest';
    throw new CliFailure('not_imported', message, exitCode.findings, { issues });
  }
  return imported;
}

/** Document files with the manifests among them imported; those of the mesh itself stay as they are. */
export function withImports(files: readonly DocumentFile[], options: ImportOptions, json: boolean): DocumentFile[] {
  const own = files.map(({ file, text }) => ({ file, text: withoutManifests({ name: file, text }) }));
  const foreign = files.filter(({ text }, index) => own[index]?.text !== text);
  const documents = own.flatMap(({ file, text }) => (text === undefined ? [] : [{ file, text }]));
  if (foreign.length === 0) return documents;
  const imported = importOrRefuse(foreign, { ...options, mixed: true }, json);
  return [
    ...documents,
    ...imported.documents.map((document) => ({
      file: `imported ${document.key}.yaml`,
      text: renderDocument(document),
    })),
  ];
}
