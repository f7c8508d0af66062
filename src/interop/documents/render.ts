/** Imported documents as YAML for people, with what could not be carried over as comments where it belongs. */
import { Document, isNode } from 'yaml';
import type { ImportedDocument } from './document-types.ts';

/** Wide enough that no text is folded. */
const lineWidth = 0;

/** The text of one document; it ends with a line break. */
export function renderDocument({ value, comments }: ImportedDocument): string {
  const document = new Document(value, { aliasDuplicateObjects: false });
  const byPlace = new Map<string, { readonly at: readonly (string | number)[]; readonly lines: string[] }>();
  for (const { at, text } of comments) {
    const place = byPlace.get(JSON.stringify(at)) ?? { at, lines: [] };
    place.lines.push(` not imported: ${text.replace(/\s+/g, ' ')}`);
    byPlace.set(JSON.stringify(at), place);
  }
  for (const { at, lines } of byPlace.values()) {
    const node = at.length === 0 ? undefined : document.getIn(at, true);
    if (isNode(node)) node.commentBefore = lines.join('\n');
    else document.commentBefore = [document.commentBefore, ...lines].filter((line) => line).join('\n');
  }
  return document.toString({ lineWidth });
}
