/**
 * Cross-origin sharing as the Fetch standard asks it of servers (section "CORS protocol"), configured in the Gateway API's words
 * (HTTPCORSFilter). What an origin may do is said here alone: the headers that a backend sets are replaced.
 */
import { compileLinearRegex } from '../regex/linear-regex.ts';

export type OriginRule =
  | { readonly type: 'Exact' | 'Prefix' | 'RegularExpression'; readonly value: string }
  /** `https://*.example.com`: what stands before and after the star. */
  | { readonly type: 'Wildcard'; readonly before: string; readonly after: string };

export interface CorsRule {
  readonly allowOrigins: readonly OriginRule[];
  readonly allowCredentials: boolean;
  readonly allowMethods: readonly string[];
  readonly allowHeaders: readonly string[];
  readonly exposeHeaders: readonly string[];
  /** Seconds; undefined leaves the header out. */
  readonly maxAge?: number;
}

type Pairs = readonly (readonly [name: string, value: string])[];

export interface Cors {
  /** Of the answer to a preflight: without one that allows something where the origin is not allowed. */
  preflight(origin: string, method: string, headers: string | null): Pairs;
  /** Of an answer to the origin; `names` lists the headers of the answer, which a wildcard may have to name one by one. */
  answer(origin: string | null, names: () => Iterable<string>): Pairs;
}

/** What a route with CORS says itself; a backend's own is dropped. */
export const corsHeaders = [
  'access-control-allow-origin',
  'access-control-allow-credentials',
  'access-control-allow-methods',
  'access-control-allow-headers',
  'access-control-expose-headers',
  'access-control-max-age',
] as const;

/** What the answer to a preflight depends on. */
const preflightVary = 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers';

/** Compiles a rule, once for each snapshot. */
export function compileCors(rule: CorsRule): Cors {
  const allows = originPredicate(rule.allowOrigins);
  const anyOrigin = rule.allowOrigins.some(isAny);
  const { allowCredentials, exposeHeaders, maxAge } = rule;
  const credentials: Pairs = allowCredentials ? [['access-control-allow-credentials', 'true']] : [];
  const exposesAll = exposeHeaders.includes('*');

  /** With credentials the wildcard means nothing, and the origin itself is named. */
  const allowed = (origin: string): Pairs => [
    ['access-control-allow-origin', anyOrigin && !allowCredentials ? '*' : origin],
    ...credentials,
  ];
  return {
    preflight(origin, method, headers) {
      if (!allows(origin)) return [['vary', preflightVary]];
      const pairs = [...allowed(origin)];
      // A wildcard is answered by what was asked for: that holds with credentials too, and for `authorization`, for which `*` does not.
      const methods = rule.allowMethods.includes('*') ? method : rule.allowMethods.join(',');
      const names = rule.allowHeaders.includes('*') ? (headers ?? '') : rule.allowHeaders.join(',');
      if (methods !== '') pairs.push(['access-control-allow-methods', methods]);
      if (names !== '') pairs.push(['access-control-allow-headers', names]);
      if (exposeHeaders.length > 0 && !(exposesAll && allowCredentials))
        pairs.push(['access-control-expose-headers', exposesAll ? '*' : exposeHeaders.join(',')]);
      if (maxAge !== undefined) pairs.push(['access-control-max-age', String(maxAge)]);
      return [...pairs, ['vary', preflightVary]];
    },
    answer(origin, names) {
      // An answer that was stored for a request without Origin must not be given to one that has it.
      if (origin === null || !allows(origin)) return [['vary', 'Origin']];
      const exposed = exposesAll ? (allowCredentials ? [...names()] : ['*']) : exposeHeaders;
      return [
        ...allowed(origin),
        ...(exposed.length > 0 ? ([['access-control-expose-headers', exposed.join(',')]] as const) : []),
        ['vary', 'Origin'],
      ];
    },
  };
}

function isAny(rule: OriginRule): boolean {
  return rule.type === 'Wildcard' && rule.before === '' && rule.after === '';
}

function originPredicate(rules: readonly OriginRule[]): (origin: string) => boolean {
  const predicates = rules.map(predicateOf);
  return (origin) => {
    const bare = withoutDefaultPort(origin);
    return predicates.some((holds) => holds(bare));
  };
}

/** Scheme and host compare without case (browsers send them in lower case), and the scheme's own port is none. */
function predicateOf(rule: OriginRule): (origin: string) => boolean {
  if (isAny(rule)) return () => true;
  switch (rule.type) {
    case 'Exact': {
      const value = withoutDefaultPort(rule.value);
      return (origin) => origin === value;
    }
    case 'Prefix': {
      const value = rule.value.toLowerCase();
      return (origin) => origin.startsWith(value);
    }
    case 'RegularExpression':
      return compileLinearRegex(rule.value).matches;
    case 'Wildcard': {
      const before = rule.before.toLowerCase();
      const after = afterStar(rule);
      return (origin) =>
        origin.length > before.length + after.length &&
        origin.startsWith(before) &&
        origin.endsWith(after) &&
        labels.test(origin.slice(before.length, origin.length - after.length));
    }
  }
}

/** What a star stands for: any number of labels, and nothing that is not part of a host name. */
const labels = /^[a-z0-9_.-]+$/;

function afterStar({ before, after }: Extract<OriginRule, { type: 'Wildcard' }>): string {
  return withoutDefaultPort(`${before}${after}`).slice(before.length);
}

function withoutDefaultPort(origin: string): string {
  const lower = origin.toLowerCase();
  if (lower.startsWith('https://') && lower.endsWith(':443')) return lower.slice(0, -4);
  return lower.startsWith('http://') && lower.endsWith(':80') ? lower.slice(0, -3) : lower;
}
