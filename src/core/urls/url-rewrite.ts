/**
 * What stands in for the path of a request, in a redirect's Location or in the request that goes to the backend: HTTPRoute's path
 * modifiers, and Istio's replacement by a regular expression. Paths are canonical and without query.
 */

import { compileRegexRewrite } from '../regex/linear-regex.ts';
import { canonicalTarget, type Normalization } from './canonical-path.ts';

export type PathModifier =
  | { readonly type: 'ReplaceFullPath'; readonly value: string }
  | { readonly type: 'ReplacePrefixMatch'; readonly value: string }
  | { readonly type: 'ReplaceRegexMatch'; readonly pattern: string; readonly substitution: string };

/** The new path of one whose route was found by `prefix`, or `undefined` where none can be made of it. */
export type PathRewrite = (path: string, prefix: string) => string | undefined;

/** The path and the host of a request that goes to a backend; a member that is absent stays as the request has it. */
export interface RewriteRule {
  /** Host that the backend sees, with a port or without. */
  readonly hostname?: string;
  readonly path?: PathModifier;
}

/** Compiles a modifier, once for each snapshot. */
export function pathRewrite(modifier: PathModifier, normalization: Normalization): PathRewrite {
  switch (modifier.type) {
    case 'ReplaceFullPath':
      return () => modifier.value || '/';
    case 'ReplacePrefixMatch':
      return prefixRewrite(modifier.value);
    case 'ReplaceRegexMatch':
      return regexRewrite(compileRegexRewrite(modifier.pattern, modifier.substitution), normalization);
  }
}

/**
 * HTTPPathModifier: a trailing slash of prefix and replacement does not count, what follows the prefix stays as it is, and a path is never
 * empty. So `/foo/bar` with `/foo` replaced by `/xyz/` is `/xyz/bar`, `/foo/` is `/xyz/`, and with `/foo` taken away `/foo` is `/`.
 */
function prefixRewrite(replacement: string): PathRewrite {
  const before = withoutLastSlash(replacement);
  return (path, prefix) => before + path.slice(withoutLastSlash(prefix).length) || '/';
}

function withoutLastSlash(path: string): string {
  return path.endsWith('/') ? path.slice(0, -1) : path;
}

/**
 * The one replacement whose result nobody can know before. Groups of a canonical path, put together anew, may yield dots
 * and escapes that would lead elsewhere: such a path is refused and not resolved.
 */
function regexRewrite(replace: (path: string) => string, normalization: Normalization): PathRewrite {
  return (path) => {
    const rewritten = replace(path);
    return isCanonicalPath(rewritten, normalization) ? rewritten : undefined;
  };
}

/** Whether a path begins with a slash and is what canonicalising makes of it. */
export function isCanonicalPath(path: string, normalization: Normalization): boolean {
  if (!path.startsWith('/')) return false;
  const target = canonicalTarget(`http://host${path}`, normalization);
  return target.ok && target.path === path;
}

/** A request's own address, and the prefix that its route was found by. */
export interface RewrittenRequest {
  /** Canonical and absolute. */
  readonly url: string;
  readonly path: string;
  /** Without its `?`. */
  readonly query: string;
  readonly prefix: string;
}

/** The address that a rewrite makes of a request's, the query kept; `undefined` where no path can be made. */
export type TargetRewrite = (request: RewrittenRequest) => string | undefined;

/** Compiles a rule, once for each snapshot. The port goes with the host: a hostname without one has none. */
export function targetRewrite({ hostname, path }: RewriteRule, normalization: Normalization): TargetRewrite {
  const rewritten = path === undefined ? undefined : pathRewrite(path, normalization);
  return (request) => {
    const { url } = request;
    const scheme = url.indexOf('://') + 3;
    const pathStart = authorityEnd(url, scheme);
    const newPath = rewritten === undefined ? request.path : rewritten(request.path, request.prefix);
    if (newPath === undefined) return undefined;
    const authority = hostname ?? url.slice(scheme, pathStart);
    return `${url.slice(0, scheme)}${authority}${newPath}${request.query === '' ? '' : `?${request.query}`}`;
  };
}

/** Where the authority of a canonical URL ends. */
export function authorityEnd(url: string, start: number): number {
  const end = url.slice(start).search(/[/?\\]/);
  return end < 0 ? url.length : start + end;
}
