/** Where a request may show a token, and the request as it is without it. */
import { allCookieValues, withoutCookie } from '../headers/cookie.ts';
import { allQueryValues, withoutQueryValue } from '../urls/query.ts';

export type TokenPlace =
  | {
      readonly kind: 'header';
      /** Lower case. */
      readonly name: string;
      /** What stands before the token, in lower case: schemes are read in any case (RFC 9110 section 11.1). */
      readonly prefix: string;
    }
  | { readonly kind: 'cookie' | 'param'; readonly name: string };

/** As much of a call as can show a token. */
export interface TokenBearer {
  readonly header: (name: string) => string | null;
  /** Without its `?`. */
  readonly query: string;
}

/**
 * The tokens at a place. A name that is repeated shows several, and what is empty or has another prefix is none. A repeated header is
 * one value with commas, which is no token that could hold.
 */
export function tokensAt(place: TokenPlace, { header, query }: TokenBearer): readonly string[] {
  if (place.kind === 'header') {
    const value = header(place.name);
    const token = afterPrefix(value, place.prefix) || behindPrefix(value ?? '', place.prefix);
    return token === '' ? none : [token];
  }
  if (place.kind === 'param') return query === '' ? none : allQueryValues(query, place.name).filter(isFilled);
  const cookies = header('cookie');
  return cookies === null ? none : allCookieValues(cookies, place.name).filter(isFilled);
}

/** What stands behind a prefix in lower case, in whatever case the value has it; `''` where the value does not begin so. */
export function afterPrefix(value: string | null, prefix: string): string {
  if (value === null || value.length <= prefix.length) return '';
  if (value.slice(0, prefix.length).toLowerCase() !== prefix) return '';
  return value.slice(prefix.length).trim();
}

/** What stands behind a prefix that has something else before it, as Envoy reads it: what lies at a token's place must not pass by its verdict. */
function behindPrefix(value: string, prefix: string): string {
  const at = value.toLowerCase().replaceAll('\t', ' ').indexOf(prefix);
  return at < 0 ? '' : value.slice(at + prefix.length).trim();
}

const none: readonly string[] = [];

function isFilled(text: string): boolean {
  return text !== '';
}

/** What of a request is another without the tokens at some places. */
export interface WithoutTokens {
  /** New values of headers, lower case; `null` for one that is gone. */
  readonly headers: ReadonlyMap<string, string | null>;
  readonly query: string;
}

/** The request without what stands at these places. */
export function withoutTokens(places: readonly TokenPlace[], { header, query }: TokenBearer): WithoutTokens {
  const headers = new Map<string, string | null>();
  let left = query;
  for (const place of places) {
    if (place.kind === 'header') headers.set(place.name, null);
    else if (place.kind === 'param') left = withoutQueryValue(left, place.name);
    else {
      // A header that is gone as a whole has no cookies that could be left.
      const cookies = headers.has('cookie') ? headers.get('cookie') : header('cookie');
      headers.set('cookie', withoutCookie(cookies ?? '', place.name) || null);
    }
  }
  return { headers, query: left };
}
