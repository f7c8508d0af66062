/** Who may call: Istio's AuthorizationPolicy and RequestAuthentication in the words of the mesh. */
import * as v from 'valibot';
import { closed, field, list, oneOrMany, required, text, word } from './closed.ts';
import { givenName, hostPattern, httpMethod, rpcPattern } from './fields.ts';

const principalPhrase =
  'a service such as orders, declared, *, orders-* or *-job, or a whole id such as spiffe://mesh.local/svc/orders';

/** `*` at one end at most; `declared` is a word of its own. */
export const principalPattern = text(/^(?:\*?[!-)+-~]{1,512}|[!-)+-~]{1,512}\*|\*)$/, principalPhrase);

const principals = list(principalPattern, 256, 1);

const atLeastOne =
  (names: string) =>
  (value: Readonly<Record<string, unknown>>): string | undefined =>
    Object.keys(value).length === 0 ? `at least one of ${names}` : undefined;

const from = closed(
  {
    principals: field(
      principals,
      'Callers that the entry is about. `declared` is every Worker that has a binding to this service; `*` is every caller with an identity.',
    ),
    notPrincipals: field(principals, 'Callers that the entry is not about.'),
  },
  atLeastOne('principals, notPrincipals'),
);

const to = closed(
  {
    methods: field(
      list(v.union([httpMethod, v.literal('*')], 'an HTTP method in upper case, or *'), 32, 1),
      'HTTP methods of a fetch.',
    ),
    paths: field(
      list(
        text(/^[\x21-\x7e]{1,2048}$/, 'a path such as /charge, /admin/*, *.json, /users/{*}/cards or /files/{**}'),
        128,
        1,
      ),
      'Canonical paths of a fetch: exact, `/admin/*`, `*.json`, `*`, or templates with `{*}` (one segment) and `{**}` (any number).',
    ),
    hosts: field(
      list(v.union([hostPattern, v.literal('*')], 'a host name, *.example.com, or *'), 32, 1),
      'Hosts of a fetch.',
    ),
    rpc: field(list(rpcPattern, 128, 1), 'RPC methods.'),
  },
  atLeastOne('methods, paths, hosts, rpc'),
);

const rule = closed({
  name: field(givenName, 'Name of the rule, in traces.'),
  action: required(word(['allow', 'deny']), 'What happens to a call that the rule matches.'),
  from: field(oneOrMany(from, 32), 'Callers; one of a list must hold. Everybody by default.'),
  to: field(oneOrMany(to, 32), 'What is called; one of a list must hold. Everything by default.'),
});

export const access = closed({
  mode: field(
    word(['strict', 'permissive']),
    '`strict` refuses a caller without a verified principal; permissive by default.',
  ),
  rules: field(
    list(rule, 256),
    'A deny that matches wins. Where there are allow rules, a call that matches none of them is denied; where there is none, it is allowed.',
  ),
});

const httpsUrl = text(/^https?:\/\/[!-~]{1,2048}$/, 'an absolute http or https URL');
const someText = text(/^[\x20-\x7e]{1,1024}$/, 'printable text of at most 1024 characters');

const jwtRule = closed(
  {
    issuer: required(someText, 'The `iss` claim.'),
    audiences: required(list(someText, 32, 1), 'Values of `aud` of which one must be in the token.'),
    jwksUri: field(httpsUrl, 'Where the keys of the issuer are published.'),
    jwks: field(
      closed({ keys: required(list(v.record(v.string(), v.unknown()), 32, 1), 'Public keys (RFC 7517).') }),
      'The keys themselves, instead of jwksUri.',
    ),
  },
  (value) =>
    (value.jwksUri === undefined) === (value.jwks === undefined) ? 'exactly one of jwksUri and jwks' : undefined,
);

const certificate = closed(
  {
    fingerprint: field(
      text(
        /^(?:[0-9A-Fa-f]{64}|(?:[0-9A-Fa-f]{2}:){31}[0-9A-Fa-f]{2})$/,
        'a SHA-256 fingerprint of 64 hexadecimal digits',
      ),
      'SHA-256 fingerprint of the client certificate.',
    ),
    subject: field(someText, 'Subject of the client certificate as an RFC 2253 name.'),
    principal: required(
      text(/^[!-)+-~]{1,512}$/, 'a service name or a whole principal, without *'),
      'Who holds the certificate.',
    ),
  },
  (value) =>
    (value.fingerprint === undefined) === (value.subject === undefined)
      ? 'exactly one of fingerprint and subject'
      : undefined,
);

export const authentication = closed({
  jwt: field(list(jwtRule, 16), 'Issuers whose tokens are accepted on the public door.'),
  mtls: field(
    closed({
      certificates: required(list(certificate, 64), 'Client certificates and the principals that they prove.'),
    }),
    'Client certificates on the public door.',
  ),
});
