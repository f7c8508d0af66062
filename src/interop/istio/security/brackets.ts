/** Names in brackets, as keys of conditions have them: `request.headers[x-user]`, `request.auth.claims[realm][role]`. */

/** What stands between the first bracket and the last; undefined where the text does not begin and end with them. */
export function nameInBrackets(text: string): string | undefined {
  return text.startsWith('[') && text.endsWith(']') && text.length > 1 ? text.slice(1, -1) : undefined;
}

/** The names of brackets that follow each other. */
export function namesInBrackets(text: string): string[] | undefined {
  return nameInBrackets(text)?.split('][');
}
