/** Who may call: Istio's AuthorizationPolicy and RequestAuthentication in the words of the mesh. */
import { absoluteUrl, anyMethod, givenName, hostPattern, printableText, rpcPattern } from './fields.ts';
import {
  anything,
  closed,
  either,
  list,
  literal,
  notEmpty,
  oneOf,
  oneOrMany,
  optional,
  record,
  string,
  text,
  word,
} from './form.ts';

/** `*` at one end at most; `declared` is a word of its own. */
export const principalPattern = text(/^(?:\*?[!-)+-~]{1,512}|[!-)+-~]{1,512}\*|\*)$/);

export const principals = list(principalPattern, 256, 1);

export const accessPath = text(/^[\x21-\x7e]{1,2048}$/);
export const anyHost = either(hostPattern, literal('*'));

const from = closed(
  {
    principals: optional(principals),
    notPrincipals: optional(principals),
  },
  notEmpty,
);

const to = closed(
  {
    methods: optional(list(anyMethod, 32, 1)),
    paths: optional(list(accessPath, 128, 1)),
    hosts: optional(list(anyHost, 32, 1)),
    rpc: optional(list(rpcPattern, 128, 1)),
  },
  notEmpty,
);

const rule = closed({
  name: optional(givenName),
  action: word(['allow', 'deny']),
  from: optional(oneOrMany(from, 32)),
  to: optional(oneOrMany(to, 32)),
});

export const access = closed({
  mode: optional(word(['strict', 'permissive'])),
  rules: optional(list(rule, 256)),
});

const jwtRule = closed(
  {
    issuer: printableText,
    audiences: list(printableText, 32, 1),
    jwksUri: optional(absoluteUrl),
    jwks: optional(closed({ keys: list(record(string, anything), 32, 1) })),
  },
  oneOf('jwksUri', 'jwks'),
);

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

export const authentication = closed({
  jwt: optional(list(jwtRule, 16)),
  mtls: optional(
    closed({
      certificates: list(certificate, 64),
    }),
  ),
});
