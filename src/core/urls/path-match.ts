/** Predicates over canonical paths, compiled once: HTTPRoute's path matches, and Istio's path patterns of access rules. */
import { textPattern } from '../matching/text-match.ts';

export type PathPredicate = (path: string) => boolean;

/** Segment-wise prefix: `/abc` and `/abc/` match `/abc`, `/abc/` and `/abc/def`, not `/abcd`. */
export function pathPrefix(value: string): PathPredicate {
  const prefix = value.endsWith('/') ? value.slice(0, -1) : value;
  if (prefix === '') return () => true;
  const length = prefix.length;
  return (path) => path.startsWith(prefix) && (path.length === length || path[length] === '/');
}

/** The literal text between the operators of a path pattern, with `x` for what an operator stands for: a path to be checked. */
export function examplePath(pattern: string): string {
  const example = pattern.replace(/\{\*{1,2}\}/g, 'x').replace(/^\*|\*$/, 'x');
  return example.startsWith('/') ? example : `/${example}`;
}

/** What is wrong with a path pattern, by name. */
export type PathPatternFault = 'operatorBehindLast' | 'operatorInSegment' | 'noTemplate' | 'starInside' | 'noPath';

/** What is wrong with a path pattern, or `undefined`. The forms are Istio's; a `*` elsewhere would silently match nothing. */
export function pathPatternFault(pattern: string): PathPatternFault | undefined {
  if (pattern === '*') return undefined;
  if (/[{}]/.test(pattern)) {
    const segments = pattern.split('/');
    let open = true;
    for (const segment of segments) {
      if (segment === '{*}' || segment === '{**}') {
        if (!open) return 'operatorBehindLast';
        open = segment !== '{**}';
      } else if (/[{}*]/.test(segment)) return 'operatorInSegment';
    }
    return pattern.startsWith('/') ? undefined : 'noTemplate';
  }
  const literal = pattern.startsWith('*') ? pattern.slice(1) : pattern.endsWith('*') ? pattern.slice(0, -1) : pattern;
  if (literal.includes('*')) return 'starInside';
  if (!pattern.startsWith('/') && !pattern.startsWith('*')) return 'noPath';
  return undefined;
}

/** Compiles a pattern without fault: exact, `prefix*`, `*suffix`, `*`, or a template. */
export function pathPattern(pattern: string): PathPredicate {
  return pattern.includes('{') ? template(pattern) : textPattern(pattern);
}

/** `{*}` is one segment that is not empty; `{**}` is any text, so `/files/{**}` asks for the slash but for nothing after it. */
function template(pattern: string): PathPredicate {
  const rest = pattern.indexOf('{**}');
  const parts = (rest < 0 ? pattern : pattern.slice(0, rest)).split('{*}');
  const tail = rest < 0 ? undefined : pattern.slice(rest + 4);
  return (path) => {
    let at = 0;
    for (let index = 0; index < parts.length; index += 1) {
      const part = parts[index] as string;
      if (index > 0) {
        const slash = path.indexOf('/', at);
        const end = slash < 0 ? path.length : slash;
        if (end === at) return false;
        at = end;
      }
      if (!path.startsWith(part, at)) return false;
      at += part.length;
    }
    return tail === undefined ? at === path.length : path.length - at >= tail.length && path.endsWith(tail);
  };
}
