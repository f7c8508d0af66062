/** Istio's patterns of text: `*` is any text that is not empty, `*rest` an ending, `start*` a beginning, everything else itself. */

export type TextTest = (text: string) => boolean;

/** One pattern. A leading `*` is looked for first, so `*x*` is the ending `x*` with its asterisk. Case counts. */
export function textPattern(pattern: string): TextTest {
  if (pattern === '*') return (text) => text !== '';
  if (pattern.startsWith('*')) {
    const ending = pattern.slice(1);
    return (text) => text.endsWith(ending);
  }
  if (pattern.endsWith('*')) {
    const beginning = pattern.slice(0, -1);
    return (text) => text.startsWith(beginning);
  }
  return (text) => text === pattern;
}

/** Whether a text fits one of the patterns; exact ones are looked up, whatever their number. */
export function textMatcher(patterns: readonly string[]): TextTest {
  return anyText(
    patterns.filter((pattern) => !isWild(pattern)),
    patterns.filter(isWild).map(textPattern),
  );
}

function isWild(pattern: string): boolean {
  return pattern.startsWith('*') || pattern.endsWith('*');
}

/** Whether a text is one of the exact ones, or passes one of the tests. */
export function anyText(exact: readonly string[], tests: readonly TextTest[]): TextTest {
  const [first] = tests;
  if (exact.length === 0 && tests.length === 1 && first !== undefined) return first;
  const [only] = exact;
  // Compared, a text need not be hashed.
  if (exact.length === 1 && tests.length === 0) return (text) => text === only;
  const known = new Set(exact);
  if (tests.length === 0) return (text) => known.has(text);
  return (text) => known.has(text) || tests.some((holds) => holds(text));
}

/** `*` anywhere stands for any text, also none. The time is linear in the text for each `*`. */
export function globPattern(pattern: string): TextTest {
  const parts = pattern.split('*');
  const start = parts[0] as string;
  const end = parts.at(-1) as string;
  if (parts.length === 1) return (text) => text === pattern;
  const between = parts.slice(1, -1);
  return (text) => {
    const last = text.length - end.length;
    if (last < start.length || !text.startsWith(start) || !text.endsWith(end)) return false;
    let at = start.length;
    for (const part of between) {
      const found = text.indexOf(part, at);
      at = found + part.length;
      if (found < 0 || at > last) return false;
    }
    return true;
  };
}
