/** End users by issuer and subject, as Istio reads such patterns: each half by itself. */
import { type TextTest, textPattern } from '../matching/text-match.ts';
import type { AccessFacts, AccessTest } from './facts.ts';

interface Halves {
  readonly issuer: TextTest;
  readonly subject: TextTest;
}

/** A pattern is split at its last `/`, since an issuer may be a URL. Without one, `start*` is about the issuer and `*end` about the subject. */
function halvesOf(pattern: string): Halves | undefined {
  const any = textPattern('*');
  const slash = pattern.lastIndexOf('/');
  if (slash >= 0)
    return { issuer: textPattern(pattern.slice(0, slash)), subject: textPattern(pattern.slice(slash + 1)) };
  if (pattern.startsWith('*')) return { issuer: any, subject: textPattern(pattern) };
  return pattern.endsWith('*') ? { issuer: textPattern(pattern), subject: any } : undefined;
}

/** Whether there is an end user whom one of the patterns names. */
export function requestPrincipalMatcher(patterns: readonly string[]): AccessTest {
  const known = patterns.flatMap((pattern) => halvesOf(pattern) ?? []);
  return (facts) => {
    const { requestPrincipal } = facts;
    if (requestPrincipal === null) return false;
    const end = issuerLength(facts, requestPrincipal);
    const issuer = requestPrincipal.slice(0, end);
    const subject = requestPrincipal.slice(end + 1);
    return issuer !== '' && subject !== '' && known.some((half) => half.issuer(issuer) && half.subject(subject));
  };
}

/** The claims say where the issuer ends, since a subject may hold a `/` too. */
function issuerLength({ claims }: AccessFacts, requestPrincipal: string): number {
  const issuer = claims?.iss;
  return typeof issuer === 'string' && requestPrincipal[issuer.length] === '/' && requestPrincipal.startsWith(issuer)
    ? issuer.length
    : requestPrincipal.lastIndexOf('/');
}
