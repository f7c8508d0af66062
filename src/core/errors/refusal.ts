/**
 * How an edge says that it refuses a value of the registry. An edge carries the rules of documents, not the words for what may be
 * wrong: those are control's, which reads the same value and puts them in the place of this sentence.
 */
export function refusal(key: string, revision: string): string {
  return `the value of ${key} at revision ${revision} is malformed`;
}

/** Whether a text may have such a sentence in it. */
export function mentionsRefusal(text: string): boolean {
  return text.includes(' is malformed');
}
