/** How callers prove who they are: Istio's RequestAuthentication for end users, client certificates for services. */
import { absoluteUrl, cookieName, duration, headerName, printableText } from './fields.ts';
import { anything, closed, counted, flag, list, oneOf, optional, record, string, text, word } from './form.ts';

/** `sub`, `realm.role` for a nested one, `[https://example.com/roles]` for a name with dots. */
export const claimName = text(/^[\x21-\x7e]{1,512}$/);
/** What stands before the token, with the space that ends it: `Bearer `. */
export const tokenPrefix = text(/^[\x20-\x7e]{0,128}$/);
export const parameterName = text(/^[\x21-\x7e]{1,256}$/);

const jwtRule = closed(
  {
    issuer: optional(printableText),
    audiences: optional(list(printableText, 32, 1)),
    jwksUri: optional(absoluteUrl),
    jwks: optional(closed({ keys: list(record(string, anything), 32, 1) })),
    fromHeaders: optional(list(closed({ name: headerName, prefix: optional(tokenPrefix) }), 16, 1)),
    fromParams: optional(list(parameterName, 16, 1)),
    fromCookies: optional(list(cookieName, 16, 1)),
    presence: optional(word(['optional', 'required'])),
    forwardOriginalToken: optional(flag),
    outputPayloadToHeader: optional(headerName),
    outputClaimToHeaders: optional(list(closed({ header: headerName, claim: claimName }), 32, 1)),
    spaceDelimitedClaims: optional(list(claimName, 32, 1)),
    clockSkew: optional(duration),
    timeout: optional(duration),
  },
  // With neither the keys are those that the issuer's own metadata lead to (OpenID Connect Discovery).
  counted(['jwksUri', 'jwks'], 0, 1),
  counted(['issuer', 'jwksUri', 'jwks'], 1, 3),
);

export const jwtRules = list(jwtRule, 64);

export const fingerprint = text(/^(?:[0-9A-Fa-f]{64}|(?:[0-9A-Fa-f]{2}:){31}[0-9A-Fa-f]{2})$/);
export const wholePrincipal = text(/^[!-)+-~]{1,512}$/);

const certificate = closed(
  {
    fingerprint: optional(fingerprint),
    subject: optional(printableText),
    principal: wholePrincipal,
  },
  oneOf('fingerprint', 'subject'),
);

/** Of the mesh document. */
export const meshAuthentication = closed({ jwt: optional(jwtRules) });

export const authentication = closed({
  inherit: optional(flag),
  jwt: optional(jwtRules),
  mtls: optional(
    closed({
      trust: optional(word(['platform', 'mesh'])),
      certificates: optional(list(certificate, 64)),
    }),
  ),
});
