/** How callers prove who they are: Istio's RequestAuthentication for end users, client certificates for services. */
import { absoluteUrl, cookieName, duration, headerName, printableText } from './fields.ts';
import { anything, closed, counted, flag, list, needed, oneOf, record, string, text, word } from './form.ts';

/** `sub`, `realm.role` for a nested one, `[https://example.com/roles]` for a name with dots. */
export const claimName = text(/^[\x21-\x7e]{1,512}$/);
/** What stands before the token, with the space that ends it: `Bearer `. */
export const tokenPrefix = text(/^[\x20-\x7e]{0,128}$/);
export const parameterName = text(/^[\x21-\x7e]{1,256}$/);

const jwtRule = closed(
  {
    issuer: printableText,
    audiences: list(printableText, 32, 1),
    jwksUri: absoluteUrl,
    jwks: closed({ keys: needed(list(record(string, anything), 32, 1)) }),
    fromHeaders: list(closed({ name: needed(headerName), prefix: tokenPrefix }), 16, 1),
    fromParams: list(parameterName, 16, 1),
    fromCookies: list(cookieName, 16, 1),
    presence: word(['optional', 'required']),
    forwardOriginalToken: flag,
    outputPayloadToHeader: headerName,
    outputClaimToHeaders: list(closed({ header: needed(headerName), claim: needed(claimName) }), 32, 1),
    spaceDelimitedClaims: list(claimName, 32, 1),
    clockSkew: duration,
    timeout: duration,
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
    fingerprint,
    subject: printableText,
    principal: needed(wholePrincipal),
  },
  oneOf('fingerprint', 'subject'),
);

/** Of the mesh document. */
export const meshAuthentication = closed({ jwt: jwtRules });

export const authentication = closed({
  inherit: flag,
  jwt: jwtRules,
  mtls: closed({
    trust: word(['platform', 'mesh']),
    certificates: list(certificate, 64),
  }),
});
