/** Principals are SPIFFE ids, `spiffe://<trust domain>/svc/<service>` (SPIFFE-ID section 2). */

/** The principal of a service. */
export function servicePrincipal(trustDomain: string, service: string): string {
  return `spiffe://${trustDomain}/svc/${service}`;
}

/** The service name inside a principal of this trust domain, or `undefined` for any other principal. */
export function principalService(trustDomain: string, principal: string): string | undefined {
  const prefix = `spiffe://${trustDomain}/svc/`;
  return principal.startsWith(prefix) && principal.length > prefix.length ? principal.slice(prefix.length) : undefined;
}

/** How people and telemetry name a caller: the service's name inside the mesh, the whole principal outside it, `''` for nobody. */
export function callerName(trustDomain: string, principal: string | null): string {
  if (principal === null) return '';
  return principalService(trustDomain, principal) ?? principal;
}
