/** `request.headers[x-user]`, `/users/{*}/orders`: within brackets or braces, YAML takes theirs for its own. */
const bracketed = /[\w./-]+(?:\[[\w.*-]+\])+|\/(?:[\w.~/-]*\{\*{1,2}\})+[\w.~/*-]*/;
/** `*`, `*-job`: YAML takes them for references to anchors. */
const starred = /^\*[\w.*/-]*/;
const quoted = /"[^"\n]*"|'[^'\n]*'/g;
/** The parser may notice only on the line below; lines may be long. */
const [before, after] = [300, 80];

/** What to do about a syntax error at the offset `at`, where a text without quotes is its likely reason; else nothing. */
export function quoteAdvice(text: string, at: number): string {
  const [rest = ''] = text.slice(at, at + after).split('\n', 1);
  const lines =
    text
      .slice(Math.max(0, at - before), at)
      .split('\n')
      .slice(-2)
      .join('\n') + rest;
  const word = (starred.exec(rest) ?? bracketed.exec(lines.replace(quoted, ' ')))?.[0];
  return word === undefined ? '' : `; a text with brackets or a leading * needs quotes: "${word}"`;
}
