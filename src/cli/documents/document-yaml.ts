/** A document of the registry as people read it: YAML, the same bytes for the same document. */
export async function yamlOf(document: unknown): Promise<string> {
  const { stringify } = await import('yaml');
  return stringify(document, { lineWidth: 120 });
}
