/** What a new path stands in for: with Istio, for what the route's own condition on the path matched. */
import type { Filter } from '../../documents/document-types.ts';
import type { Located } from '../../manifests/located.ts';
import { quoted } from './string-match.ts';

type PathModifier = NonNullable<NonNullable<Filter['urlRewrite']>['path']>;

/** The condition on the path that a route has, as far as rewrites ask for it. */
export type UriCondition =
  | { readonly type: 'prefix'; readonly value: string; readonly caseless: boolean }
  | { readonly type: 'whole' };

/** Reads it of a match; no condition is the prefix `/`. */
export function uriConditionOf(uri: Located, caseless: boolean): UriCondition {
  if (!uri.present) return { type: 'prefix', value: '/', caseless };
  const prefix = uri.get('prefix');
  return prefix.present ? { type: 'prefix', value: prefix.text() ?? '/', caseless } : { type: 'whole' };
}

/** A key that is equal for conditions which new paths stand in for alike. */
export function uriKey(condition: UriCondition): string {
  return condition.type === 'whole' ? '' : `${condition.caseless ? 'i' : ''}${condition.value}`;
}

/** Replaces a prefix as text, or else the whole path. The Gateway API's prefixes are segments, so that an expression says it. */
export function replaceMatched(path: string, condition: UriCondition): PathModifier {
  if (condition.type === 'whole') return { type: 'ReplaceFullPath', replaceFullPath: path };
  return {
    type: 'ReplaceRegexMatch',
    replaceRegexMatch: {
      pattern: `${condition.caseless ? '(?i)' : ''}^${quoted(condition.value)}`,
      substitution: path.replaceAll('\\', '\\\\'),
    },
  };
}

/** A RegexRewrite. */
export function regexRewrite(where: Located): PathModifier | undefined {
  where.only(['match', 'rewrite']);
  const pattern = where.get('match').text();
  const substitution = where.get('rewrite').text() ?? '';
  if (pattern === undefined) {
    where.get('match').wrong('an expression');
    return undefined;
  }
  return { type: 'ReplaceRegexMatch', replaceRegexMatch: { pattern, substitution } };
}
