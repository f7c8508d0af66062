/** The words for what edges refuse: an edge names the value and its revision, and control knows what is wrong with it. */
import { refusal } from '../../core/errors/refusal.ts';
import type { DocumentFinding } from './document-finding.ts';

/** What an edge says, with the first mistake of each value that it refuses, where the value still stands in KV. */
export function withWords(
  said: string,
  documents: readonly Pick<DocumentFinding, 'key' | 'revision' | 'issues'>[],
): string {
  return documents.reduce((text, { key, revision, issues: [first, ...more] }) => {
    if (first === undefined) return text;
    const place = first.path === '' ? key : `${key}: ${first.path}`;
    const rest = more.length > 0 ? ` (and ${more.length} more)` : '';
    return text.replaceAll(refusal(key, revision), () => `${place}: ${first.message}${rest}`);
  }, said);
}
