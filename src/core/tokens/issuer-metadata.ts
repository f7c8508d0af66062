/** Where an issuer publishes its metadata: OpenID Connect Discovery 1.0 section 4, RFC 8414 section 3. */

/** Behind the issuer's path, and between its host and its path; none where an issuer has a query or a fragment, or is no URL. */
export function metadataUrls(issuer: string): readonly string[] {
  if (/[?#]/.test(issuer) || !URL.canParse(issuer)) return [];
  const plain = issuer.replace(/\/$/, '');
  const { origin, pathname } = new URL(plain);
  const path = pathname === '/' ? '' : pathname;
  return [`${plain}/.well-known/openid-configuration`, `${origin}/.well-known/oauth-authorization-server${path}`];
}
