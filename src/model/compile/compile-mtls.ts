/** Compiles how client certificates are judged. */
import { wholePrincipal } from '../../core/principals/principal-match.ts';
import type { MtlsRule } from '../authentication-rules.ts';
import type { ServiceDocument } from '../schema/service.ts';

type Mtls = NonNullable<NonNullable<ServiceDocument['authentication']>['mtls']>;

interface Named {
  /** Place in the document: of two rules that fit a certificate the first counts. */
  readonly place: number;
  readonly principal: string;
}

/** The rule of a document with an `mtls` section; the platform vouches for certificates unless it says otherwise. */
export function compileMtls({ trust = 'platform', certificates = [] }: Mtls, trustDomain: string): MtlsRule {
  const byFingerprint = new Map<string, Named>();
  const bySubject = new Map<string, Named>();
  certificates.forEach((rule, place) => {
    const named = { place, principal: wholePrincipal(trustDomain, rule.principal) };
    const { fingerprint, subject } = rule;
    if (fingerprint !== undefined) addFirst(byFingerprint, fingerprint.replaceAll(':', '').toLowerCase(), named);
    if (subject !== undefined) addFirst(bySubject, subject, named);
  });
  return {
    trust,
    principalOf: (fingerprint, subject) => {
      const one = byFingerprint.get(fingerprint);
      const other = bySubject.get(subject);
      if (one === undefined || other === undefined) return (one ?? other)?.principal;
      return one.place < other.place ? one.principal : other.principal;
    },
  };
}

/** An empty text is what the platform says where there is nothing, so no rule is for it. */
function addFirst(rules: Map<string, Named>, key: string, named: Named): void {
  if (key !== '' && !rules.has(key)) rules.set(key, named);
}
