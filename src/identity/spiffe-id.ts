/** SPIFFE ids, as section 2 of the SPIFFE-ID standard defines them: `spiffe://<trust domain>/<path>`. */

export interface SpiffeId {
  readonly trustDomain: string;
  /** With its leading `/`; `''` for the id of the trust domain itself. */
  readonly path: string;
}

const trustDomainForm = /^[a-z0-9._-]{1,255}$/;
const pathForm = /^(?:\/[A-Za-z0-9._-]+)*$/;
const dotSegment = /\/\.\.?(?:\/|$)/;

/** Whether a name may be a trust domain (section 2.1: lower case, 255 bytes at most). */
export function isTrustDomain(name: string): boolean {
  return trustDomainForm.test(name);
}

/** Reads a SPIFFE id; `undefined` for everything that is not exactly one (section 2.2 to 2.4: no empty or dot segments, 2048 bytes at most). */
export function parseSpiffeId(text: string): SpiffeId | undefined {
  if (text.length > 2048 || !text.startsWith('spiffe://')) return undefined;
  const slash = text.indexOf('/', 9);
  const trustDomain = slash === -1 ? text.slice(9) : text.slice(9, slash);
  const path = slash === -1 ? '' : text.slice(slash);
  if (!isTrustDomain(trustDomain) || !pathForm.test(path) || dotSegment.test(path)) return undefined;
  return { trustDomain, path };
}

/** Whether a text would read as a SPIFFE id, well formed or not, to somebody less strict. */
export function looksLikeSpiffe(text: string): boolean {
  return /^\s*spiffe:/i.test(text);
}

/** The issuer of a trust domain's JWT-SVIDs. */
export function spiffeIssuer(trustDomain: string): string {
  return `spiffe://${trustDomain}`;
}

/** The trust domain whose JWT-SVIDs have this issuer; `undefined` for every other issuer. */
export function issuerTrustDomain(issuer: string): string | undefined {
  const id = parseSpiffeId(issuer);
  return id?.path === '' ? id.trustDomain : undefined;
}
