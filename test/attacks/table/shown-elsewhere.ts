/**
 * Attacks that a test of another folder already sends, with the name of that test: docs/requests.md lists them beside the rows, and
 * `table.test.ts` holds that the tests are there.
 */

export interface ShownRow {
  readonly area: string;
  readonly name: string;
  readonly decided: string;
  readonly source: string;
  /** Below `test/`, without `.test.ts`. */
  readonly file: string;
  /** What the name of the test says, or a part of it. */
  readonly test: string;
}

type Lines = readonly (readonly [name: string, decided: string, source: string, file: string, test: string])[];

const of = (area: string, lines: Lines): readonly ShownRow[] =>
  lines.map(([name, decided, source, file, test]) => ({ area, name, decided, source, file, test }));

const mtls = 'mesh/identity/mtls';
const platform = 'mesh/identity/mtls-platform';
const issuing = 'mesh/identity/identity-certificates';
const operators = 'mesh/identity/identity-operators';
const tokens = 'control/lock/tokens';
const sessions = 'control/lock/sessions';

export const shownElsewhere: readonly ShownRow[] = [
  ...of('Client certificates', [
    [
      'self-signed, with our SPIFFE id',
      '401',
      'X509-SVID section 5.1',
      mtls,
      'one with our SPIFFE id that is signed by itself is refused',
    ],
    [
      'by a root of the same name that comes with the chain',
      '401',
      'RFC 5280 section 6.1',
      mtls,
      'a root that comes with the chain is no root, under whatever name',
    ],
    [
      "by the platform's authority alone, where the mesh is trusted",
      '401, though the platform says SUCCESS',
      'X509-SVID section 5.1',
      mtls,
      "one that only the platform's authority signed is refused",
    ],
    [
      'of a federated trust domain, with an id of ours',
      '401',
      'SPIFFE Trust Domain and Bundle section 5',
      mtls,
      'a partner cannot speak for our trust domain',
    ],
    ['several URIs', '401', 'X509-SVID section 2', mtls, 'one with two URIs is refused'],
    [
      'several URIs, one a SPIFFE id, that the platform verified',
      '401',
      'X509-SVID section 2',
      platform,
      'a SPIFFE id beside another URI is none',
    ],
    [
      'a NUL in a name',
      '401',
      'RFC 5280 section 4.2.1.6',
      'identity/ca/parsed-certificate',
      'names with characters that read as another name elsewhere',
    ],
    ['an authority, as a leaf', '401', 'X509-SVID section 4.1', mtls, 'one of an authority is nobody who calls'],
    [
      'for servers only',
      '401',
      'X509-SVID section 4.4',
      mtls,
      'one for servers only is refused (X509-SVID section 4.4)',
    ],
    [
      'revoked, by us or by the platform',
      '401, from the next verdict on',
      'RFC 5280 section 6.3',
      mtls,
      'one that we have revoked is refused',
    ],
    ['the fingerprint of another', '401', 'CWE-295', mtls, 'a fingerprint of another certificate is refused'],
    ['beside a JWT-SVID of another service', '401', 'RFC 8705 section 3', mtls, 'has to agree with a JWT-SVID'],
    [
      'X-Forwarded-Client-Cert of a client',
      'taken out; only what was verified is told',
      'CVE-2020-8664',
      platform,
      'is told to the callee in the words of Envoy, and to nobody by the words of a client',
    ],
    [
      'Client-Cert, and the words of local machinery',
      'count for nothing',
      'RFC 9440 section 4',
      platform,
      'counts for nothing: neither headers nor the words of machinery',
    ],
    [
      'unread by a silent identity Worker',
      '503 for one that is new',
      'CWE-636',
      mtls,
      'a certificate that is known goes on counting, and one that is new refuses the call',
    ],
  ]),
  ...of('The identity Worker', [
    [
      'a join token eight times at once',
      'serves whoever comes first',
      'CWE-367',
      issuing,
      'is given once, whoever comes first',
    ],
    [
      'a request for a certificate that asks for more names',
      'gets those that the operator named',
      'RFC 2986',
      issuing,
      'has DNS names only where the operator named them, and lives no longer than he said',
    ],
    ['a proof over another request', '401', 'RFC 7515', issuing, 'over another request'],
    [
      'a JWT-SVID as proof, again',
      'serves once',
      'RFC 7519 section 4.1.7',
      issuing,
      'a token with the audience of identity serves once',
    ],
    [
      'a JWT-SVID for somebody else as proof',
      '401',
      'JWT-SVID section 3',
      issuing,
      'the token of a service for another audience',
    ],
    ['a proof of another trust domain', '401', 'SPIFFE-ID section 2.1', issuing, 'the token of another trust domain'],
    [
      'a chain with the key of somebody else',
      '401',
      'RFC 7515 section 5.2',
      issuing,
      'the key of somebody else proves nothing',
    ],
    [
      'guesses of proofs',
      '429 after ten from one network',
      'CWE-307',
      issuing,
      'is refused unread after ten from one address, and others go on',
    ],
    [
      'a body that is too long',
      '400',
      'CWE-400',
      issuing,
      'a body that is too long, no JSON or nested too deep is refused',
    ],
    [
      'a rule for tokens of a CI provider that fits everybody',
      '400',
      'CWE-625',
      'identity/proofs/attestation',
      'a rule for everybody whose name is divided fits nothing',
    ],
    [
      'claims that only begin as the rule says',
      '401',
      'CWE-625',
      'identity/proofs/attestation',
      'a value that begins so is another one',
    ],
    [
      'a claim that every object has',
      '401',
      'CWE-1321',
      'identity/proofs/attestation',
      'members that every object has are no claims',
    ],
    [
      'a revoked id that asks again',
      '403',
      'SPIFFE-ID section 2',
      operators,
      'a revoked SPIFFE id loses what it has and gets nothing until that is lifted',
    ],
    ['the doors of operators, with a wrong token', '401', 'CWE-306', operators, 'is shut for everybody else'],
    ['keys of an issuer at a private address', '400', 'CWE-918', operators, "jwksUri: 'https://169.254.169.254/'"],
    ['a bundle at a private address', '400', 'CWE-918', operators, "bundleUrl: 'https://192.168.1.1/'"],
    [
      'an older bundle',
      '400 unless forced',
      'SPIFFE Trust Domain and Bundle section 4.1',
      operators,
      'a federated trust domain is believed by its bundle, whose sequence only grows',
    ],
  ]),
  ...of('The control API', [
    [
      'a role that the token itself names',
      '401 or the role of the rules',
      'CWE-269',
      tokens,
      'for which there is no rule is known, and gets nothing',
    ],
    [
      'claims exchanged after the signature',
      '401',
      'RFC 7515 section 5.2',
      tokens,
      'whose claims were exchanged after it was signed',
    ],
    [
      'a token of Access for another application',
      '401',
      'Cloudflare Access, validate JWTs',
      tokens,
      'of another application',
    ],
    [
      'headers of Access where control knows no Access',
      'never read',
      'CWE-290',
      tokens,
      'is not believed by a control that does not know it, whatever the header says',
    ],
    [
      'a wrong bearer token beside a right one of Access',
      '401',
      'CWE-287',
      tokens,
      'is not saved by what else is shown',
    ],
    ['a session, with a foreign Origin', '403', 'CWE-352', sessions, 'a foreign Origin'],
    ['a form, with a session', '415', 'CWE-352', sessions, 'changes nothing, from our own origin either'],
    ['a link, with a session', 'changes nothing', 'CWE-650', sessions, 'changes nothing, whatever its query says'],
    ['a frame', 'none', 'CWE-1021', sessions, 'no answer may be framed, sniffed, or read by another site'],
    ['a session that was changed', 'is none', 'CWE-565', 'control/lock/session', 'that was changed anywhere is none'],
    [
      'guesses of the token',
      '429',
      'CWE-307',
      sessions,
      'is refused for a while, with the time to wait; others are not',
    ],
    [
      'keys of an issuer at a private address',
      'never fetched',
      'CWE-918',
      tokens,
      'never makes control knock at a private address',
    ],
    ['a body that is too large', '413', 'CWE-400', 'control/audit/audit', 'a body that is too large'],
  ]),
];
