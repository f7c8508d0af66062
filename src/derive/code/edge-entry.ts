/** The generated entry of a derived edge: the edge's bundle with the documents of its deployment baked in. */

export const edgeEntryModule = 'selvedge-entry.js';

/** `documents` are the stored texts by KV key: what a cold isolate serves when KV does not answer. */
export function edgeEntrySource(main: string, documents: Readonly<Record<string, string>>): string {
  return [
    `import { bake } from './${main}';`,
    `bake(${JSON.stringify(documents)});`,
    `export { default, Mesh, MeshRpc } from './${main}';`,
    '',
  ].join('\n');
}
