/** The bearer token of the `Authorization` header (RFC 6750 section 2.1); undefined where it has none. */
export function authorizationBearer(headers: Headers): string | undefined {
  const authorization = headers.get('authorization');
  return authorization !== null && /^bearer /i.test(authorization) ? authorization.slice(7).trim() : undefined;
}
