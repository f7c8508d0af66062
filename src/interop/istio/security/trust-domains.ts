/** Trust domains that mean the same mesh: a rule that names one of them holds for all, as in Istio. */

/** The parts of `TRUST_DOMAIN/ns/NAMESPACE/sa/ACCOUNT`; undefined for any other form. */
function partsOf(principal: string): string[] | undefined {
  const parts = principal.split('/');
  return parts.length === 5 && parts[1] === 'ns' && parts[3] === 'sa' ? parts : undefined;
}

/** The trust domain that a principal names; `''` where it has another form. */
export function trustDomainOf(principal: string): string {
  return partsOf(principal)?.[0] ?? '';
}

/** Whether a principal is of one trust domain, or of some; `*` stands for any. */
export function namesTrustDomain(principal: string): boolean {
  const parts = partsOf(principal);
  return parts !== undefined && parts[0] !== '*';
}

/** The same principal in another trust domain; undefined where it has another form. */
export function inTrustDomain(trustDomain: string, principal: string): string | undefined {
  const parts = partsOf(principal);
  return parts === undefined ? undefined : [trustDomain, ...parts.slice(1)].join('/');
}

/** Whether one of the texts fits a pattern: itself, `*`, or with `*` at one end. */
export function fitsOne(pattern: string, texts: readonly string[]): boolean {
  return texts.some(
    (text) =>
      pattern === '*' ||
      pattern === text ||
      (pattern.endsWith('*') && text.startsWith(pattern.slice(0, -1))) ||
      (pattern.startsWith('*') && text.endsWith(pattern.slice(1))),
  );
}

/** A principal in all trust domains of the mesh where it names one of them; else itself alone. */
export function inAllTrustDomains(principal: string, trustDomains: readonly string[]): string[] {
  const own = trustDomainOf(principal);
  if (!namesTrustDomain(principal) || own === '' || !fitsOne(own, trustDomains)) return [principal];
  const each = trustDomains.map((domain) =>
    own.startsWith('*') && domain.endsWith(own.slice(1)) ? principal : (inTrustDomain(domain, principal) ?? principal),
  );
  return [...new Set(each)];
}
