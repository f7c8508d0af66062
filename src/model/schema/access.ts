/** Who may call: Istio's AuthorizationPolicy and RequestAuthentication in the words of the mesh. */
import * as v from 'valibot';
import { closed, list, oneOrMany, text, word } from './closed.ts';
import { givenName, hostPattern, httpMethod, rpcPattern } from './fields.ts';

const principalPhrase =
  'a service such as orders, declared, *, orders-* or *-job, or a whole id such as spiffe://mesh.local/svc/orders';

/** `*` at one end at most; `declared` is a word of its own. */
export const principalPattern = text(/^(?:\*?[!-)+-~]{1,512}|[!-)+-~]{1,512}\*|\*)$/, principalPhrase);

export const principals = list(principalPattern, 256, 1);

const atLeastOne =
  (names: string) =>
  (value: Readonly<Record<string, unknown>>): string | undefined =>
    Object.keys(value).length === 0 ? `at least one of ${names}` : undefined;

const from = closed(
  {
    principals: v.optional(principals),
    notPrincipals: v.optional(principals),
  },
  atLeastOne('principals, notPrincipals'),
);

const to = closed(
  {
    methods: v.optional(list(v.union([httpMethod, v.literal('*')], 'an HTTP method in upper case, or *'), 32, 1)),
    paths: v.optional(
      list(
        text(/^[\x21-\x7e]{1,2048}$/, 'a path such as /charge, /admin/*, *.json, /users/{*}/cards or /files/{**}'),
        128,
        1,
      ),
    ),
    hosts: v.optional(list(v.union([hostPattern, v.literal('*')], 'a host name, *.example.com, or *'), 32, 1)),
    rpc: v.optional(list(rpcPattern, 128, 1)),
  },
  atLeastOne('methods, paths, hosts, rpc'),
);

const rule = closed({
  name: v.optional(givenName),
  action: word(['allow', 'deny']),
  from: v.optional(oneOrMany(from, 32)),
  to: v.optional(oneOrMany(to, 32)),
});

export const access = closed({
  mode: v.optional(word(['strict', 'permissive'])),
  rules: v.optional(list(rule, 256)),
});

const httpsUrl = text(/^https?:\/\/[!-~]{1,2048}$/, 'an absolute http or https URL');
const someText = text(/^[\x20-\x7e]{1,1024}$/, 'printable text of at most 1024 characters');

const jwtRule = closed(
  {
    issuer: someText,
    audiences: list(someText, 32, 1),
    jwksUri: v.optional(httpsUrl),
    jwks: v.optional(closed({ keys: list(v.record(v.string(), v.unknown()), 32, 1) })),
  },
  (value) =>
    (value.jwksUri === undefined) === (value.jwks === undefined) ? 'exactly one of jwksUri and jwks' : undefined,
);

const certificate = closed(
  {
    fingerprint: v.optional(
      text(
        /^(?:[0-9A-Fa-f]{64}|(?:[0-9A-Fa-f]{2}:){31}[0-9A-Fa-f]{2})$/,
        'a SHA-256 fingerprint of 64 hexadecimal digits',
      ),
    ),
    subject: v.optional(someText),
    principal: text(/^[!-)+-~]{1,512}$/, 'a service name or a whole principal, without *'),
  },
  (value) =>
    (value.fingerprint === undefined) === (value.subject === undefined)
      ? 'exactly one of fingerprint and subject'
      : undefined,
);

export const authentication = closed({
  jwt: v.optional(list(jwtRule, 16)),
  mtls: v.optional(
    closed({
      certificates: list(certificate, 64),
    }),
  ),
});
