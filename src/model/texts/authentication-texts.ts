/** What each field of an authentication section means. */
import type { FieldTexts } from './field-texts.ts';

const jwtTexts: FieldTexts = {
  issuer:
    'The `iss` claim. A rule without it takes every issuer that no other rule names: whoever holds the keys may say any.',
  audiences: 'Values of `aud` of which one must be in the token; a token for others is accepted where this is missing.',
  jwksUri:
    "Where the keys of the issuer are published; by default where the issuer's own metadata say (OpenID Connect Discovery).",
  jwks: ['The keys themselves, instead of jwksUri.', { keys: 'Public keys (RFC 7517).' }],
  fromHeaders: [
    'Headers in which a token is looked for. With fromHeaders, fromParams or fromCookies the usual places, `Authorization: Bearer` and the query parameter access_token, are not looked at.',
    {
      name: 'Name of the header.',
      prefix: 'What stands before the token, such as "Bearer ", in any case; nothing by default.',
    },
  ],
  fromParams: 'Query parameters in which a token is looked for.',
  fromCookies: 'Cookies in which a token is looked for.',
  presence: 'required: a call without a token of this rule is refused with 401; optional by default.',
  forwardOriginalToken: 'true leaves the token in the request; by default the callee does not see it.',
  outputPayloadToHeader: "Request header in which the callee finds the token's payload, in base64url as it was sent.",
  outputClaimToHeaders: [
    'Claims that the callee finds in request headers, whatever a client sends under these names.',
    {
      header: 'Name of the header.',
      claim: 'The claim: `sub`, or `realm.role` for a nested one. Texts, numbers and booleans only.',
    },
  ],
  spaceDelimitedClaims: 'Claims of which the text is a list of words; scope and permission always are.',
  clockSkew: "How far the issuer's clock may be off; 60s by default.",
  timeout: 'How long a call waits for keys; 5s by default.',
};

const jwtRulesText: FieldTexts[string] = [
  'Issuers whose tokens say who the end user is. A token that is shown must hold; a call without one passes, without an end user. Of several tokens the end user is that of the first rule.',
  jwtTexts,
];

export const meshAuthenticationTexts: FieldTexts = { jwt: jwtRulesText };

export const authenticationTexts: FieldTexts = {
  inherit: 'false leaves out what the mesh document says of authentication by default.',
  jwt: jwtRulesText,
  mtls: [
    'Client certificates on the public door. A call without one passes; one that is shown must hold.',
    {
      trust:
        "Who vouches for a certificate: platform (the default), where the platform's own verification succeeded, or mesh, where it leads to the trust bundle of this mesh or of one that it federates with.",
      certificates: [
        'Client certificates and the principals that they prove; others prove the SPIFFE id that they name.',
        {
          fingerprint: 'SHA-256 fingerprint of the client certificate.',
          subject: 'Subject of the client certificate as an RFC 2253 name.',
          principal: 'Who holds the certificate.',
        },
      ],
    },
  ],
};
